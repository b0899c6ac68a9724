"""The fits of each task along the budget: σ*, N*, D* and C* at one F."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from value_scaling.records import Estimate, entry
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.workflow.advice.distance import Distance
from value_scaling.workflow.advice.limits import Request
from value_scaling.workflow.advice.size_distance import of_size_budget

ALONG = ("utd", "size", "data", "compute")
"""Quantities along the budget, as in `SizeOptima.laws`."""


@dataclass(frozen=True)
class SizeSpending:
    """The fits along the budget of one task at one F."""

    task: str
    budget: float
    """F, FLOPs."""
    values: dict[str, Estimate]
    """σ*(F), N*(F), D*(F) and C*(F), by the names in `ALONG`; empty without a fit."""
    distances: dict[str, Distance]
    """Distance of F from the budgets of the optima, with the held-out error of each."""
    outside: tuple[str, ...]
    """Which of σ* and N* lie outside the range that was run."""

    @property
    def factor(self) -> float:
        """Return how far F lies beyond the budgets of the optima; 1 without a fit."""
        return max((each.factor for each in self.distances.values()), default=1.0)


def along_size_budget(record: ModelSizes, request: Request) -> Iterator[SizeSpending]:
    """Evaluate the fits along the budget of each task; nothing without a budget."""
    budget = request.limits.budget
    if not np.isfinite(budget):
        return
    for key, task in record.variants["default"].items():
        laws = task.optima.laws
        known = all(np.isfinite(laws[name].value.exponent) for name in ALONG)
        names = ALONG if known else ()
        at = np.array([budget])
        values = {name: entry(laws[name].at(at), 0) for name in names}
        ran = {
            "utd": [each.utd for each in task.settings],
            "size": [each.values["model_size"] for each in task.settings],
        }
        yield SizeSpending(
            key,
            budget,
            values,
            {name: of_size_budget(task.optima, name, budget) for name in names},
            tuple(
                name
                for name, own in ran.items()
                if values and not min(own) <= float(values[name].value) <= max(own)
            ),
        )
