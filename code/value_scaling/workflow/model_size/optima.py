"""σ*, N*, D and C along the budget F, from D(σ, N) of each level."""

import numpy as np

from value_scaling.records import FittedLaw, PowerLaw, estimate
from value_scaling.records.model_size.choices import SizeChoices
from value_scaling.records.model_size.record import FittedDataLaw, SizeOptima
from value_scaling.stats.model_size.optimum import Optimum, least_budget
from value_scaling.stats.power_law import fit_line
from value_scaling.workflow.prediction.held_out import Check, held_out

FIELDS = ("utd", "size", "data", "compute")
NAMES = {
    "utd": "utd_star",
    "size": "size_star",
    "data": "budget_data",
    "compute": "budget_compute",
}
"""Quantities of the held-out checks, by field."""


def optima(
    law: FittedDataLaw,
    choices: SizeChoices,
    *,
    utds: np.ndarray,
    sizes: np.ndarray,
    flops_per_update: float,
    delta: float,
    left_out: int,
) -> tuple[SizeOptima, list[Check]]:
    """Find the optimum of each level and fit its laws of F to the smaller budgets.

    Args:
        utds, sizes: σ and N that were run; optima outside their range are censored
            unless the choices count them.
        left_out: number of levels with the largest budgets that are predicted.
    """
    costs = {"per_step": flops_per_update, "delta": delta}
    value, drawn = (least_budget(each, **costs) for each in (law.value, law.replicates))
    inside = [_inside(each, utds, sizes) for each in (value, drawn)]
    counted = np.isfinite(value.budget)
    if choices.outside == "censored":
        counted &= inside[0]
        value, drawn = _only(value, counted), _only(drawn, counted & inside[1])
    # The authors order the levels of σ* and N* by J and do not sort them by budget.
    by_budget = np.argsort(np.argsort(np.where(counted, value.budget, np.inf)))
    by_level = np.cumsum(counted) - 1
    total = int(counted.sum())
    laws, fits, found = {}, {}, []
    for name in FIELDS:
        level = choices.held_out == "level" and name in ("utd", "size")
        keep = (by_level if level else by_budget) < total - left_out
        fits[name] = keep & counted
        laws[name] = _law(name, value, drawn, fits[name])
        found += _checks(name, laws[name], value, drawn, fits[name], counted)
    record = SizeOptima(
        **{
            name: estimate(getattr(value, name), getattr(drawn, name))
            for name in (*FIELDS, "budget")
        },
        inside=inside[0],
        counted=counted,
        laws=laws,
        r_squared={name: _r_squared(name, laws[name], value) for name in FIELDS},
        fitted=fits,
    )
    return record, found


def _inside(found: Optimum, utds: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return (
            (found.utd >= utds.min())
            & (found.utd <= utds.max())
            & (found.size >= sizes.min())
            & (found.size <= sizes.max())
        )


def _only(found: Optimum, keep: np.ndarray) -> Optimum:
    parts = (getattr(found, name) for name in (*FIELDS, "budget"))
    return Optimum(*(np.where(keep, part, np.nan) for part in parts))


def _law(name: str, value: Optimum, drawn: Optimum, keep: np.ndarray) -> FittedLaw:
    if keep.sum() < 2:
        none = np.full((), np.nan)
        empty = np.full(len(drawn.budget), np.nan)
        return FittedLaw(PowerLaw(none, none), PowerLaw(empty, empty))
    with np.errstate(over="ignore", invalid="ignore"):  # draws far from any budget
        point, draws = (
            fit_line(
                np.where(keep, each.budget, np.nan),
                np.where(keep, getattr(each, name), np.nan),
            )
            for each in (value, drawn)
        )
    return FittedLaw(point, draws)


def _checks(
    name: str,
    law: FittedLaw,
    value: Optimum,
    drawn: Optimum,
    fitted: np.ndarray,
    counted: np.ndarray,
) -> list[Check]:
    """Predict each level that was left out from its budget."""
    found: list[Check] = []
    if not fitted.any():
        return found
    last = int(np.where(fitted, value.budget, -np.inf).argmax())
    for level in np.flatnonzero(counted & ~fitted):
        with np.errstate(over="ignore", invalid="ignore"):
            predicted = (
                law.value(value.budget[level]),
                law.replicates.paired(drawn.budget[:, level, None])[:, 0],
            )
            grown = (1.0, 1.0)
            if name in ("data", "compute"):  # with the same share of the budget
                grown = (
                    value.budget[level] / value.budget[last],
                    drawn.budget[:, level] / drawn.budget[:, last],
                )
        found.append(
            held_out(
                quantity=NAMES[name],
                kind="budget",
                label=f"level {level + 1}",
                predicted=predicted,
                actual=(getattr(value, name)[level], getattr(drawn, name)[:, level]),
                status=law.status_of(),
                naive={
                    "no change": (
                        getattr(value, name)[last] * grown[0],
                        getattr(drawn, name)[:, last] * grown[1],
                    )
                },
            )
        )
    return found


def _r_squared(name: str, law: FittedLaw, value: Optimum) -> float:
    """Return R² of ln y over all levels with an optimum, as the authors report it."""
    there = np.isfinite(value.budget)
    if there.sum() < 2:
        return float("nan")
    actual = np.log(getattr(value, name)[there])
    rest = actual - np.log(law.value(value.budget[there]))
    return float(1 - (rest**2).sum() / ((actual - actual.mean()) ** 2).sum())
