"""Tables of the first stage: fits of B* and η*, best values, and proposals."""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from value_scaling.records import (
    BestValues,
    Estimate,
    Hyperparameters,
    Study,
    entry,
    negated,
)
from value_scaling.records.axes import AXES, FITTED, Axis
from value_scaling.report.tables.formats.table import Column, Heading, Row, Table
from value_scaling.report.text.latex import escape, scaled


def laws(study: Study, fits: Hyperparameters) -> Table:
    """Return a table of the fits of B*(σ) and η*(σ), and of the constant B and η."""
    constant = {choice.env: choice for choice in fits.baseline}
    first = [(None, negated(entry(v.shared.exponent, 0))) for v in fits.fitted]
    rows: list[Row] = [
        (
            "all, one slope",
            *chain.from_iterable(first),
            *(None for _ in FITTED),
            None,
            None,
        )
    ]
    for e, env in enumerate(fits.fitted[0].environments):
        own = constant.get(env)
        laws_of = [
            (entry(v.shared.scale, e), negated(entry(v.separate.exponent, e)))
            for v in fits.fitted
        ]
        rows.append(
            (
                env,
                *chain.from_iterable(laws_of),
                *(getattr(own, axis.name, None) for axis in FITTED),
                own.data if own else None,
                own.level if own else "none reached",
            )
        )
    exponents = [
        (
            Column(
                f"{axis.name}_at_utd_1",
                f"${axis.latex}^*(1)${axis.latex_unit}",
                unit=axis.unit,
            ),
            Column(f"{axis.name}_exponent", rf"$\alpha_{axis.latex}$"),
        )
        for axis in FITTED
    ]
    return Table(
        slug=f"{study.name}_laws",
        caption=(
            rf"\textbf{{{escape(study.title)}: fits of $B^*$ and $\eta^*$.}} "
            r"$B^*(\sigma)=B^*(1)\,\sigma^{-\alpha_B}$, with the same form for "
            r"$\eta^*(\sigma)$. First row: the slope shared by all environments, to "
            r"which the values at $\sigma=1$ belong. Below: the slope of each "
            r"environment alone. Right: the constant hyperparameters, which reach "
            rf"the highest level that any setting reaches first at "
            rf"$\sigma={study.baseline_utd:g}$."
        ),
        columns=(
            Column("environment", "Environment", "l"),
            *chain.from_iterable(exponents),
            *(_column(axis, "constant_") for axis in FITTED),
            Column("constant_data_env_steps"),
            Column("constant_level"),
        ),
        rows=tuple(rows),
    )


def _column(axis: Axis, before: str = "") -> Column:
    symbol = f"${axis.latex}${axis.latex_unit}"
    return Column(f"{before}{axis.name}", symbol, unit=axis.unit)


def best_values(study: Study, fits: Hyperparameters) -> Table:
    """Return a table of the best batch size and learning rate at each σ."""
    first = fits.fitted[0]
    machine = Table(
        slug=f"{study.name}_best_values",
        caption="",
        columns=tuple(
            Column(name)
            for name in ("environment", "utd", *(axis.name for axis in FITTED))
        ),
        rows=tuple(
            (env, float(utd), *(entry(values.best, e, u) for values in fits.fitted))
            for e, env in enumerate(first.environments)
            for u, utd in enumerate(first.utds)
        ),
    )

    def block(values: BestValues) -> Iterator[Row | Heading]:
        axis = values.axis
        yield Heading(f"{axis.words.capitalize()}{axis.latex_unit}")
        for e, env in enumerate(values.environments):
            own = (entry(values.best, e, u) for u in range(len(values.utds)))
            yield (env, *(scaled(each, axis.unit) for each in own))

    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: best values found by the grid search}} "
            r"for each $\sigma$: geometric means over bootstrap draws, with the data "
            "averaged over the deciding levels."
        ),
        columns=(
            Column("environment", r"$\sigma$", "l"),
            *(Column(f"{utd:g}", f"{utd:g}") for utd in first.utds),
        ),
        rows=tuple(chain.from_iterable(map(block, fits.fitted))),
        machine=machine,
        in_paper=False,  # figures of every environment show them
    )


def proposals(study: Study, fits: Hyperparameters, *, shared: bool) -> Table:
    """Return a table of batch sizes and learning rates to run at each proposal σ.

    The paper has a row for each σ and a column for each environment. The CSV file has a
    row for each (environment, σ), with intervals.
    """
    chosen = fits.proposals if shared else fits.separate_proposals
    slope = "shared" if shared else "separate"
    tried = fits.fitted[0].utds
    low, high = float(tried.min()), float(tried.max())
    slug = f"{study.name}_proposals_{slope}"
    machine = Table(
        slug=slug,
        caption="",
        columns=(
            Column("environment"),
            Column("utd"),
            Column("extrapolated"),
            Column("batch_size"),
            Column("batch_size_rounded"),
            Column("learning_rate"),
        ),
        rows=tuple(
            (
                p.env,
                p.utd,
                not low <= p.utd <= high,
                _with(p.batch_size, p.batch_size_interval),
                p.batch_size_rounded,
                _with(p.learning_rate, p.learning_rate_interval),
            )
            for p in chosen
        ),
    )
    environments = tuple(dict.fromkeys(p.env for p in chosen))
    utds = tuple(dict.fromkeys(p.utd for p in chosen))
    unit = AXES["learning_rate"].unit
    cell = {
        (p.env, p.utd): f"{p.batch_size_rounded} / {p.learning_rate / unit:.2f}"
        for p in chosen
    }
    return Table(
        slug=slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: hyperparameters to run,}} $B$ / $\eta$ "
            rf"in $10^{{-4}}$, from the fits with {slope} slopes. $B$ is truncated and "
            r"then rounded to a multiple of $16$, at least $16$; $\eta$ has three "
            rf"significant digits. \dag: beyond the swept $\sigma$, {low:g} to "
            rf"{high:g}. Intervals: in the CSV file."
        ),
        columns=(
            Column("utd", r"$\sigma$", "l"),
            *(Column(env, escape(env)) for env in environments),
        ),
        rows=tuple(
            (
                f"{utd:g}" + ("" if low <= utd <= high else "†"),
                *(cell.get((env, utd)) for env in environments),
            )
            for utd in utds
        ),
        machine=machine,
        in_paper=False,
    )


def _with(value: float, ends: tuple[float, float]) -> Estimate:
    return Estimate(np.asarray(value), np.asarray(ends[0]), np.asarray(ends[1]))


def baseline(study: Study, fits: Hyperparameters) -> Table:
    """Return a table of the constant hyperparameters of each environment."""
    return Table(
        slug=f"{study.name}_baseline",
        caption=rf"\textbf{{{escape(study.title)}: constant hyperparameters.}}",
        columns=(
            Column("environment", "Environment", "l"),
            *map(_column, FITTED),
            Column("data_env_steps", "Data ($10^3$ steps)", unit=1e3),
            Column("level", "at $J$"),
        ),
        rows=tuple(
            (
                choice.env,
                *(getattr(choice, axis.name) for axis in FITTED),
                choice.data,
                choice.level,
            )
            for choice in fits.baseline
        ),
        in_paper=False,
    )
