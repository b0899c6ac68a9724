"""Held-out checks, with naive predictors beside the fit."""

from collections.abc import Iterable, Sequence

import numpy as np

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.text.terminal.value_texts import is_known, percent
from value_scaling.records import WIDEST, AgainstNaive, HeldOut, Status
from value_scaling.report.findings.held_out import beside, better_predictor

_NAMES = (
    *("held out", "median |error|", "worst", "naive predictors", "which is better"),
    "intervals of the error",
)


def held_out(
    checks: Sequence[HeldOut], against_naive: Sequence[AgainstNaive] = ()
) -> list[TextPart]:
    """Return a table with a row for each kind of check; nothing without checks."""
    rows: list[tuple[str, ...]] = []
    for quantity, kind in dict.fromkeys((c.quantity, c.kind) for c in checks):
        own = [c for c in checks if (c.quantity, c.kind) == (quantity, kind)]
        name = f"{quantity}, {kind}"
        if counted := [c for c in own if c.counts]:
            errors = [abs(float(c.error.value)) for c in counted]
            against = [
                c for c in against_naive if (c.quantity, c.kind) == (quantity, kind)
            ]
            median = percent(float(np.median(errors)))
            naive, better = beside(against, percent), better_predictor(against)
            worst = percent(max(errors))
            rows.append((name, median, worst, naive, better, _coverage(counted)))
        rows += [(name, "", "", "", "", why) for why in _not_checked(own)]
    return listing(_NAMES, rows, right=_NAMES[1:3])


def _coverage(checks: Sequence[HeldOut]) -> str:
    """Count the intervals that include zero among those that exclude something."""
    known = [c for c in checks if c.telling]
    wide = sum(is_known(float(c.error.low), float(c.error.high)) for c in checks)
    wide -= len(known)
    texts = []
    if known:
        covered = sum(c.covered for c in known)
        texts.append(f"{covered} of {len(known)} include zero")
    if wide:
        texts.append(f"{wide} too wide to tell (more than a factor of {WIDEST:g})")
    return ", ".join(texts) or "interval unknown"


def _not_checked(checks: Sequence[HeldOut]) -> Iterable[str]:
    """Say why some predictions are not checks, one text for each reason."""
    for status in dict.fromkeys(c.status for c in checks if c.status != "converged"):
        yield _why([c for c in checks if c.status == status], status)


def _why(own: Sequence[HeldOut], status: Status) -> str:
    if status == "at a bound" and own[0].quantity.startswith(("utd_star", "budget")):
        levels = ", ".join(c.label.removeprefix("J = ") for c in own)
        one = len(own) == 1
        return (
            f"no check: the {'optimum' if one else 'optima'} of J = {levels} "
            f"{'is a bound' if one else 'are bounds'}"
        )
    why = {
        "at a bound": "the fit to the rest ends at the limit of its search",
        "not identifiable": "the fit along the budget is not identifiable",
        "too few points": "too few points are left to fit",
    }
    return f"no check in {len(own)} cases: {why[status]}"
