"""How to divide a budget: σ*(F), D*(F) and C*(F), and how far they extrapolate."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import Estimate, entry
from value_scaling.workflow.advice.distance import Distance, of_budget
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.limits import Request


@dataclass(frozen=True)
class Spending:
    """The fits along the budget at one F."""

    budget: float
    """F, in the unit of C."""
    utd: Estimate
    """σ*(F)."""
    data: Estimate
    """D*(F), environment steps."""
    compute: Estimate
    """C*(F)."""
    distance: Distance
    """Distance of F from the budgets of the optima."""
    beyond_utds: bool
    """Whether σ*(F) lies outside the range of σ that was run."""


def along_budget(fits: Fits, request: Request) -> Spending | str | None:
    """Evaluate the fits along the budget at the largest budget of a request.

    Returns:
        The values at this budget, or the reason why there is no fit. None if the
        request has no limit on the budget.
    """
    budget = request.limits.budget
    if not np.isfinite(budget):
        return None
    record = fits.budgets.sets.get(fits.set_name) if fits.budgets else None
    if record is None:
        return "no runs with a known compute"
    if record.unidentified:
        return f"not identifiable: {record.unidentified}"
    if not record.utd_law.converged[()]:
        return "no fit"
    at = np.array([budget])
    laws = (record.utd_law, record.data_law, record.compute_law)
    utd, data, compute = (entry(law.at(at), 0) for law in laws)
    limits = record.limits
    return Spending(
        budget,
        utd,
        data,
        compute,
        of_budget(record, budget),
        not limits.low <= float(utd.value) <= limits.high,
    )
