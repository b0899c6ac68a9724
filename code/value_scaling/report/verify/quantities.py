"""The numbers of a study by name, for comparison with published numbers."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from value_scaling.records import (
    BaselineChoice,
    Budget,
    Crossings,
    DataEfficiency,
    Estimate,
    FittedLaw,
    Study,
    entry,
)
from value_scaling.records.axes import FITTED
from value_scaling.report.findings.held_out import KINDS, QUANTITIES, checks
from value_scaling.report.results import Results

Quantity = dict[str, Estimate]
"""Values by cell label; ends are NaN if no interval is known."""


class NotAvailable(Exception):
    """The number cannot be computed from the available data; the message says why."""


class UnknownQuantity(Exception):
    """No quantity has this name."""


def quantity(key: str, study: Study, results: Results) -> Quantity:
    """Return the quantity called `key`.

    Names (SET is `sweep`, `ours` or `baseline`):
        crossings.SET: env steps to each level, by setting and level;
        baseline.batch_size, baseline.learning_rate: constant choice by environment;
        hyperparameters.{batch_size,learning_rate}.{shared,separate}_{exponent,scale}:
            B(σ) = scale·σ^exponent, by environment (the shared exponent: one cell);
        correlation: correlation of log B* and log η*;
        data.SET.{a,b,c}: coefficients of c + (σ/b)^-a in units of M, by level;
        data.SET.{median,environment_median}: M and m_env, env steps;
        data.SET.at_top_level: pooled data, env steps, by σ;
        data.SET.fit_error: fitted/pooled data - 1 at the top level, by σ;
        budget.SET.{utd_star,compute_star,data_star,budget}: optima, by level;
        budget.SET.compute_at_top_level: compute of the runs, FLOPs, by σ;
        budget.SET.{utd,data,compute}_{exponent,scale}: laws along the budget;
        held_out.SET.QUANTITY.KIND: relative errors, by cell.

    Raises:
        NotAvailable: a required archive is missing.
        UnknownQuantity: there is no quantity of this name.
    """
    head, _, rest = key.partition(".")
    if head not in _HEADS:
        raise UnknownQuantity(f"{key!r}; names start with one of {', '.join(_HEADS)}")
    return _HEADS[head](rest, study, results)


def _one(values: Estimate) -> Quantity:
    return {"": values}


def plain(value: float) -> Estimate:
    """Return a number without a known interval."""
    none = np.asarray(np.nan)
    return Estimate(np.asarray(float(value)), none, none)


def _by(labels: list[str], values: Estimate) -> Quantity:
    return {label: entry(values, i) for i, label in enumerate(labels)}


def _levels(levels: np.ndarray) -> list[str]:
    return [f"J = {level:.6g}" for level in levels]


def _missing(study: Study, set_name: str) -> NotAvailable:
    rule = study.archives.get(set_name)
    return NotAvailable(f"{rule.file if rule else set_name} is not here")


def _pick(name: str, table: dict[str, Callable[[], Quantity]], key: str) -> Quantity:
    if name not in table:
        raise UnknownQuantity(f"{key!r}; after the dot one of {', '.join(table)}")
    return table[name]()


def _crossings(set_name: str, study: Study, results: Results) -> Quantity:
    crossings: Crossings | None = results.crossings.get(set_name)
    if crossings is None:
        raise _missing(study, set_name)
    return {
        f"{setting}, {level}": plain(steps)
        for setting, row in zip(crossings.settings, crossings.steps, strict=True)
        for level, steps in zip(_levels(crossings.levels), row, strict=True)
    }


def _baseline(name: str, study: Study, results: Results) -> Quantity:
    if results.hyperparameters is None:
        raise _missing(study, "sweep")
    chosen = results.hyperparameters.baseline
    table: dict[str, Callable[[], Quantity]] = {
        axis.name: partial(_constant, chosen, axis.name) for axis in FITTED
    }
    return _pick(name, table, f"baseline.{name}")


def _constant(chosen: Iterable[BaselineChoice], name: str) -> Quantity:
    return {choice.env: plain(getattr(choice, name)) for choice in chosen}


def _hyperparameters(rest: str, study: Study, results: Results) -> Quantity:
    if results.hyperparameters is None:
        raise _missing(study, "sweep")
    fits = results.hyperparameters
    which, _, name = rest.partition(".")
    values = {each.name: each for each in fits.fitted}
    if which not in values:
        raise UnknownQuantity(f"hyperparameters.{rest!r}; one of {', '.join(values)}")
    best = values[which]
    environments = list(best.environments)
    return _pick(
        name,
        {
            "shared_exponent": lambda: _one(entry(best.shared.exponent, 0)),
            "shared_scale": lambda: _by(environments, best.shared.scale),
            "separate_exponent": lambda: _by(environments, best.separate.exponent),
            "separate_scale": lambda: _by(environments, best.separate.scale),
        },
        f"hyperparameters.{rest}",
    )


def _correlation(_: str, study: Study, results: Results) -> Quantity:
    if results.hyperparameters is None:
        raise _missing(study, "sweep")
    return _one(results.hyperparameters.correlation)


def _data(rest: str, study: Study, results: Results) -> Quantity:
    set_name, _, name = rest.partition(".")
    efficiency: DataEfficiency | None = results.data.get(set_name)
    if efficiency is None or efficiency.source != "archive":
        raise _missing(study, set_name)
    law, unit = efficiency.law, efficiency.median
    levels = _levels(efficiency.levels)
    utds = [f"UTD {utd:g}" for utd in efficiency.utds]
    fit = law.value(efficiency.utds)[-1] / efficiency.pooled.value[:, -1] - 1
    return _pick(
        name,
        {
            "a": lambda: _by(levels, _each(law, lambda k, e, c: -e)),
            "b": lambda: _by(
                levels, _each(law, lambda k, e, c: (k / unit) ** (-1 / e))
            ),
            "c": lambda: _by(levels, _each(law, lambda k, e, c: c / unit)),
            "median": lambda: _one(plain(unit)),
            "environment_median": lambda: {
                env: plain(median)
                for env, median in zip(
                    efficiency.environments, efficiency.environment_median, strict=True
                )
            },
            "at_top_level": lambda: {
                utd: entry(efficiency.pooled, i, -1) for i, utd in enumerate(utds)
            },
            "fit_error": lambda: {
                utd: plain(error) for utd, error in zip(utds, fit, strict=True)
            },
        },
        f"data.{rest}",
    )


def _each(law: FittedLaw, read: Callable[..., np.ndarray]) -> Estimate:
    """Return coefficients of the authors' form, as point estimates only."""
    value = law.value
    read_values = read(
        np.asarray(value.scale), np.asarray(value.exponent), np.asarray(value.asymptote)
    )
    none = np.full(read_values.shape, np.nan)
    return Estimate(read_values, none, none)


def _budget(rest: str, study: Study, results: Results) -> Quantity:
    set_name, _, name = rest.partition(".")
    found: Budget | None = results.budget.get(set_name)
    if found is None:
        raise _missing(study, set_name)
    levels = _levels(found.levels)
    table: dict[str, Callable[[], Quantity]] = {
        field: partial(_by, levels, getattr(found, field))
        for field in ("utd_star", "compute_star", "data_star", "budget")
    }
    if np.isfinite(found.run_compute).any():
        table["compute_at_top_level"] = lambda: {
            f"UTD {utd:g}": plain(compute)
            for utd, compute in zip(found.run_utds, found.run_compute[-1], strict=True)
        }
    elif name == "compute_at_top_level":
        raise _missing(study, set_name)
    for name_of_law in ("utd", "data", "compute"):
        law: FittedLaw = getattr(found, f"{name_of_law}_law")
        table[f"{name_of_law}_exponent"] = partial(_one, law.exponent)
        table[f"{name_of_law}_scale"] = partial(_one, law.scale)
    return _pick(name, table, f"budget.{rest}")


def _held_out(rest: str, study: Study, results: Results) -> Quantity:
    set_name, _, name = rest.partition(".")
    known = [f"{quantity}.{kind}" for quantity in QUANTITIES for kind in KINDS]
    if name not in known:
        raise UnknownQuantity(
            f"held_out.{rest!r}; after the set one of {', '.join(known)}"
        )
    own = {
        check.label: check.error
        for each, check in checks(results)
        if each == set_name and f"{check.quantity}.{check.kind}" == name
    }
    if not own:
        raise _missing(study, set_name)
    return own


_HEADS: dict[str, Callable[[str, Study, Results], Quantity]] = {
    "crossings": _crossings,
    "baseline": _baseline,
    "hyperparameters": _hyperparameters,
    "correlation": _correlation,
    "data": _data,
    "budget": _budget,
    "held_out": _held_out,
}
