"""Summaries of the held-out checks in the records of a study."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from value_scaling.records import (
    AgainstNaive,
    BestValues,
    Budget,
    DataEfficiency,
    HeldOut,
    Status,
)
from value_scaling.records.axes import FITTED
from value_scaling.report.results import FITTED_SETS, HYPERPARAMETERS, Results

QUANTITIES = {
    **{axis.name: f"best {axis.words}" for axis in FITTED},
    "data": "data",
    "utd_star": "σ* at the budget",
    "budget_data": "data at the budget",
    "budget_compute": "compute at the budget",
}
SET_WORDS = {"sweep": "grid search"} | HYPERPARAMETERS
KINDS = {
    "largest utd": "largest σ",
    "smallest utd": "smallest σ",
    "larger utd": "all larger σ",
    "smaller utd": "all smaller σ",
    "environment": "an environment",
    "level": "the top levels",
}
"""Words for readers, by names in the records."""


@dataclass(frozen=True)
class Summary:
    """Held-out checks of one quantity and one kind."""

    set_name: str
    quantity: str
    kind: str
    count: int
    """Number of predictions that are checks; see `HeldOut.counts`."""
    median: float
    """Median |relative error|; NaN if there are no checks."""
    worst: HeldOut | None
    known: int
    """Number of checks whose interval excludes some errors; see `HeldOut.telling`."""
    covered: int
    """Number of these intervals that include zero."""
    wide: int
    """Number of intervals that are too wide to exclude anything."""
    without: dict[Status, int]
    """Number of predictions that are not checks, by status of the fit."""
    against: tuple[AgainstNaive, ...] = ()
    """Comparisons of the fit with each naive predictor."""

    @property
    def words(self) -> str:
        """Say why predictions are not checks; empty if all are checks."""
        return "; ".join(
            NO_CHECK["bound" if self.kind == "level" and s == "at a bound" else s]
            + (f" ({n} of {self.count + n})" if self.count else "")
            for s, n in self.without.items()
        )


NO_CHECK = {
    "bound": "the optimum is a bound",
    "at a bound": "the fit is at the limit of its search",
    "not identifiable": "the fit is not identifiable",
    "too few points": "too few points for a fit",
}
"""Reasons why a prediction is not a check."""


def checks(results: Results) -> tuple[tuple[str, HeldOut], ...]:
    """Return all held-out predictions of a study that are checks, with their set."""
    return tuple(
        pair for pair in predictions(results) if np.isfinite(pair[1].error.value)
    )


def checked(
    results: Results,
) -> Iterator[tuple[str, BestValues | DataEfficiency | Budget]]:
    """Yield the set name and the record for each record with held-out checks."""
    if fits := results.hyperparameters:
        for values in fits.fitted:
            yield "sweep", values
    for name in FITTED_SETS:
        for record in (results.data.get(name), results.budget.get(name)):
            if record:
                yield name, record


def predictions(results: Results) -> tuple[tuple[str, HeldOut], ...]:
    """Return the set name and the prediction for each held-out prediction."""
    records = checked(results)
    return tuple((name, each) for name, record in records for each in record.heldout)


def summaries(results: Results) -> tuple[Summary, ...]:
    """Return one summary per set, quantity and kind, in the order of the records."""
    groups: dict[tuple[str, str, str], list[HeldOut]] = {}
    for name, check in predictions(results):
        groups.setdefault((name, check.quantity, check.kind), []).append(check)
    found = []
    compared = [
        (name, each)
        for name, record in checked(results)
        for each in record.against_naive
    ]
    for (name, quantity, kind), own in groups.items():
        real = [check for check in own if check.counts]
        known = [check for check in real if check.telling]
        without = Counter[Status](c.status for c in own if c.status != "converged")
        if not (real or without):
            continue  # the predicted value is not reached
        found.append(
            Summary(
                set_name=name,
                quantity=quantity,
                kind=kind,
                count=len(real),
                median=float(np.median([abs(c.error.value) for c in real]))
                if real
                else np.nan,
                worst=max(real, key=lambda c: abs(float(c.error.value)), default=None),
                known=len(known),
                covered=sum(check.covered for check in known),
                wide=sum(bool(np.isfinite(c.error.low)) for c in real) - len(known),
                without=dict(without),
                against=tuple(
                    each
                    for own_set, each in compared
                    if (own_set, each.quantity, each.kind) == (name, quantity, kind)
                ),
            )
        )
    return tuple(found)


def better_predictor(against: Sequence[AgainstNaive]) -> str:
    """Name the better predictor for one kind of check; empty if none are compared."""
    compared = [each for each in against if each.verdict != "no check"]
    better = [each.naive for each in compared if each.verdict == "fit better"]
    worse = [each.naive for each in compared if each.verdict == "naive better"]
    if not compared:
        return ""
    if worse:
        return f"{' and '.join(worse)} better"
    if len(better) == len(compared):
        return "fit better"
    return f"fit better than {better[0]} only" if better else "undecided"


def which_wins(results: Results) -> str:
    """Say which predictor is better for which checks; empty without comparisons."""
    won: dict[str, list[str]] = {}
    for each in summaries(results):
        if word := better_predictor(each.against):
            what = QUANTITIES.get(each.quantity, each.quantity)
            out = KINDS.get(each.kind, each.kind)
            name = SET_WORDS.get(each.set_name, each.set_name)
            won.setdefault(word, []).append(f"{what}, {out}, {name}")
    total = sum(len(cells) for cells in won.values())
    if not total:
        return ""
    undecided = len(won.pop("undecided", []))
    parts = [
        f"{_clause(word)} in {len(won[word])} ({'; '.join(won[word])})"
        for word in sorted(won, key=lambda word: (not word.startswith("fit"), word))
    ]
    if undecided:
        parts.append(f"{undecided} {'is' if undecided == 1 else 'are'} undecided")
    return f"Of {total} kind{'s' * (total > 1)} of checks: {', '.join(parts)}."


def _clause(word: str) -> str:
    """Turn a verdict into a clause."""
    if word.startswith("fit better"):
        return word.replace("fit better", "the fit is better")
    verb = "are" if " and " in word else "is"
    return word.replace(" better", f" {verb} better")


def beside(against: Sequence[AgainstNaive], percent: Callable[[float], str]) -> str:
    """Write the median errors of the naive predictors; empty if none are compared."""
    return ", ".join(
        f"{each.naive} {percent(float(each.error.value))}"
        for each in against
        if each.verdict != "no check"
    )
