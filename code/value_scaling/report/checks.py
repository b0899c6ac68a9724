"""Held-out checks of a study, gathered from its records."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import HeldOut
from value_scaling.report.results import FITTED_SETS, Results

QUANTITIES = {
    "batch_size": "best batch size",
    "learning_rate": "best learning rate",
    "data": "data",
    "utd_star": "σ* at the budget",
    "budget_data": "data at the budget",
    "budget_compute": "compute at the budget",
}
KINDS = {
    "largest utd": "largest σ",
    "smallest utd": "smallest σ",
    "larger utd": "all larger σ",
    "smaller utd": "all smaller σ",
    "environment": "an environment",
    "level": "the top levels",
}
"""Names of the records, and words for readers."""


@dataclass(frozen=True)
class Summary:
    """Held-out checks of one quantity and one kind."""

    set_name: str
    quantity: str
    kind: str
    count: int
    median: float
    """Median |relative error|."""
    worst: HeldOut
    known: int
    """How many have an interval."""
    covered: int
    """How many of those intervals hold zero."""


def checks(results: Results) -> tuple[tuple[str, HeldOut], ...]:
    """All held-out checks of a study with a finite error, with their set."""
    found: list[tuple[str, HeldOut]] = []
    if fits := results.hyperparameters:
        for values in (fits.batch_size, fits.learning_rate):
            found += [("sweep", check) for check in values.heldout]
    for name in FITTED_SETS:
        for stage in (results.data.get(name), results.budget.get(name)):
            found += [(name, check) for check in (stage.heldout if stage else ())]
    return tuple(pair for pair in found if np.isfinite(pair[1].error.value))


def summaries(results: Results) -> tuple[Summary, ...]:
    """One summary for each set, quantity and kind, in the order of the records."""
    groups: dict[tuple[str, str, str], list[HeldOut]] = {}
    for name, check in checks(results):
        groups.setdefault((name, check.quantity, check.kind), []).append(check)
    found = []
    for (name, quantity, kind), own in groups.items():
        known = [check for check in own if np.isfinite(check.error.low)]
        found.append(
            Summary(
                set_name=name,
                quantity=quantity,
                kind=kind,
                count=len(own),
                median=float(np.median([abs(c.error.value) for c in own])),
                worst=max(own, key=lambda c: abs(float(c.error.value))),
                known=len(known),
                covered=sum(check.covered for check in known),
            )
        )
    return tuple(found)
