"""Tables of the first stage: laws of B* and η*, best values, what to run next."""

import numpy as np

from value_scaling.records import (
    BestValues,
    Estimate,
    Hyperparameters,
    Study,
    entry,
    negated,
)
from value_scaling.report.tables.formats.table import Column, Heading, Row, Table
from value_scaling.report.text.latex import escape, scaled

_RATE = 1e-4
"""Unit in which learning rates are written."""


def laws(study: Study, fits: Hyperparameters) -> Table:
    """B*(σ) and η*(σ): exponents, values at σ = 1; the constant B and η beside them."""
    size, rate = fits.batch_size, fits.learning_rate
    constant = {choice.env: choice for choice in fits.baseline}
    rows: list[Row] = [
        (
            "all, one slope",
            None,
            negated(entry(size.shared.exponent, 0)),
            None,
            negated(entry(rate.shared.exponent, 0)),
            *(None, None, None, None),
        )
    ]
    for e, env in enumerate(size.environments):
        own = constant.get(env)
        rows.append(
            (
                env,
                entry(size.shared.scale, e),
                negated(entry(size.separate.exponent, e)),
                entry(rate.shared.scale, e),
                negated(entry(rate.separate.exponent, e)),
                own.batch_size if own else None,
                own.learning_rate if own else None,
                own.data if own else None,
                own.level if own else "none reached",
            )
        )
    return Table(
        slug=f"{study.name}_laws",
        caption=(
            rf"\textbf{{{escape(study.title)}: fits of $B^*$ and $\eta^*$.}} "
            r"$B^*(\sigma)=B^*(1)\,\sigma^{-\alpha_B}$ and likewise "
            r"$\eta^*(\sigma)$. First row: the slope shared by all environments, which "
            r"the values at $\sigma=1$ belong to; below, the slope of each environment "
            r"alone. Right: the constant hyperparameters, which reach "
            rf"the highest level that any setting reaches first at "
            rf"$\sigma={study.baseline_utd:g}$."
        ),
        columns=(
            Column("environment", "Environment", "l"),
            Column("batch_size_at_utd_1", "$B^*(1)$"),
            Column("batch_size_exponent", r"$\alpha_B$"),
            Column("learning_rate_at_utd_1", r"$\eta^*(1)$ ($10^{-4}$)", unit=_RATE),
            Column("learning_rate_exponent", r"$\alpha_\eta$"),
            Column("constant_batch_size", "$B$"),
            Column("constant_learning_rate", r"$\eta$ ($10^{-4}$)", unit=_RATE),
            Column("constant_data_env_steps"),
            Column("constant_level"),
        ),
        rows=tuple(rows),
    )


def best_values(study: Study, fits: Hyperparameters) -> Table:
    """Best batch size and learning rate of each (environment, σ)."""
    size, rate = fits.batch_size, fits.learning_rate
    machine = Table(
        slug=f"{study.name}_best_values",
        caption="",
        columns=tuple(
            Column(name)
            for name in ("environment", "utd", "batch_size", "learning_rate")
        ),
        rows=tuple(
            (env, float(utd), entry(size.best, e, u), entry(rate.best, e, u))
            for e, env in enumerate(size.environments)
            for u, utd in enumerate(size.utds)
        ),
    )

    def block(values: BestValues, unit: float) -> list[Row]:
        return [
            (
                env,
                *(
                    scaled(entry(values.best, e, u), unit)
                    for u in range(len(values.utds))
                ),
            )
            for e, env in enumerate(values.environments)
        ]

    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: best values found by the grid search}} "
            r"for each $\sigma$, averaged over bootstrap draws, the other "
            "hyperparameter's grid and the deciding levels."
        ),
        columns=(
            Column("environment", r"$\sigma$", "l"),
            *(Column(f"{utd:g}", f"{utd:g}") for utd in size.utds),
        ),
        rows=(
            Heading("Batch size"),
            *block(size, 1.0),
            Heading(r"Learning rate ($10^{-4}$)"),
            *block(rate, _RATE),
        ),
        machine=machine,
        in_paper=False,  # figures of every environment show them
    )


def proposals(study: Study, fits: Hyperparameters, *, shared: bool) -> Table:
    """Batch sizes and learning rates to run, for every σ of the study file.

    Readers get a row for each σ and a column for each environment, machines a row for
    each (environment, σ), with intervals.
    """
    chosen = fits.proposals if shared else fits.separate_proposals
    slope = "shared" if shared else "separate"
    tried = fits.batch_size.utds
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
    cell = {
        (p.env, p.utd): f"{p.batch_size_rounded} / {p.learning_rate / _RATE:.2f}"
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
    """The constant hyperparameters: best setting of each environment at one σ."""
    return Table(
        slug=f"{study.name}_baseline",
        caption=rf"\textbf{{{escape(study.title)}: constant hyperparameters.}}",
        columns=(
            Column("environment", "Environment", "l"),
            Column("batch_size", "$B$"),
            Column("learning_rate", r"$\eta$ ($10^{-4}$)", unit=_RATE),
            Column("data_env_steps", "Data ($10^3$ steps)", unit=1e3),
            Column("level", "at $J$"),
        ),
        rows=tuple(
            (
                choice.env,
                choice.batch_size,
                choice.learning_rate,
                choice.data,
                choice.level,
            )
            for choice in fits.baseline
        ),
        in_paper=False,
    )
