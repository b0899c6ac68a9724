"""Words about fits of studies of σ and N, the same in figures, tables and text."""

import numpy as np

from value_scaling.records import WIDEST, entry
from value_scaling.records.estimates import STATUSES
from value_scaling.records.model_size.record import SizeOptima, TaskSizes
from value_scaling.records.stages.budget import LEAST_OPTIMA

OUTSIDE = 0.025
"""Share of replicates on either side of an interval."""
LEAST_SPAN = 1.5
"""Least ratio of the largest to the smallest budget on which a law can rest."""
NAMES = {"data": "D", "compute": "C", "utd": "σ*", "size": "N*"}
"""Quantities along the budget, in the order in which they are shown."""
LATEX = {"data": "D", "compute": "C", "utd": r"\sigma^{*}", "size": "N^{*}"}
EXPONENTS = {"alpha": 0, "beta": 1}
"""Exponents of D(σ, N), with their column in `FittedDataLaw.status`."""
QUANTITIES = {
    "data": "data",
    "utd_star": "σ* at the budget",
    "size_star": "N* at the budget",
    "budget_data": "data at the budget",
    "budget_compute": "compute at the budget",
}
KINDS = {
    "interpolated": "interpolated settings",
    "larger utd": "larger σ",
    "larger size": "larger N",
    "largest utd": "largest σ",
    "largest size": "largest N",
    "budget": "largest budgets",
}
"""Words for readers, by names in the records."""
SIGNED = ("utd", "size")
"""Quantities that may rise or fall with the budget."""


def undetermined(optima: SizeOptima, name: str) -> str:
    """Say why the data do not determine an exponent of F; empty if they do."""
    fitted = optima.fitted[name]
    if fitted.sum() < LEAST_OPTIMA:
        return f"not identifiable: rests on {int(fitted.sum())} optima"
    budgets = optima.budget.value[fitted]
    span = float(budgets.max() / budgets.min())
    if span < LEAST_SPAN:
        return f"not identifiable: budgets span a factor of {span:.2g}"
    exponent = optima.laws[name].exponent
    if name in SIGNED and not exponent.low * exponent.high > 0:
        return "sign not determined"
    return ""


def exponent_status(task: TaskSizes, name: str, level: int = -1) -> str:
    """Say why an exponent of D(σ, N) is not determined; empty if it converged."""
    column = EXPONENTS[name]
    if code := int(task.law.status[level, column]):
        return STATUSES[code]
    if task.law.at_bound[level, column] > OUTSIDE:
        return "the interval ends at a limit of the search"
    found = entry(task.law.of_field(name), level)
    wide = np.isfinite(found.low) and found.high > WIDEST * found.low
    return (
        f"the interval spans a factor of {found.high / found.low:.2g}" if wide else ""
    )
