"""What the terminal says about held-out checks, naive predictors beside the fit."""

import math
from collections.abc import Sequence

import numpy as np

from value_scaling.records import WIDEST, AgainstNaive, HeldOut, Status
from value_scaling.report.findings.held_out import beside, better_predictor

_MOST_PERCENT = 1000


def percent(share: float) -> str:
    """Format as whole percents, anything above 1000% as `> 1000%`."""
    whole = round(100 * share)
    return f"> {_MOST_PERCENT}%" if whole > _MOST_PERCENT else f"{whole}%"


def is_known(low: float, high: float) -> bool:
    """Whether there is an interval; one without width is none."""
    return math.isfinite(low) and math.isfinite(high) and low < high


def held_out(
    checks: Sequence[HeldOut], against_naive: Sequence[AgainstNaive] = ()
) -> list[str]:
    """One line for each kind of held-out check, naive predictors beside the fit."""
    lines = []
    for quantity, kind in dict.fromkeys((c.quantity, c.kind) for c in checks):
        own = [c for c in checks if (c.quantity, c.kind) == (quantity, kind)]
        head = f"  held out, {quantity}, {kind}: "
        counted = [c for c in own if c.counts]
        if counted:
            errors = [abs(float(c.error.value)) for c in counted]
            against = [
                c for c in against_naive if (c.quantity, c.kind) == (quantity, kind)
            ]
            naive = beside(against, percent)
            lines.append(
                f"{head}median |error| {percent(float(np.median(errors)))}"
                + (f" ({naive}; {better_predictor(against)}), " if naive else ", ")
                + f"worst {percent(max(errors))}, {_coverage(counted)}"
            )
        for status in dict.fromkeys(c.status for c in own if c.status != "converged"):
            lines.append(f"{head}{_no_check(own, status)}")
    return lines


def _coverage(checks: Sequence[HeldOut]) -> str:
    """How many intervals include zero, of those that exclude anything."""
    known = [c for c in checks if c.telling]
    wide = sum(is_known(float(c.error.low), float(c.error.high)) for c in checks)
    wide -= len(known)
    texts = []
    if known:
        covered = sum(c.covered for c in known)
        texts.append(f"{covered} of {len(known)} intervals include zero")
    if wide:
        texts.append(f"{wide} too wide to tell (more than a factor of {WIDEST:g})")
    return ", ".join(texts) or "interval unknown"


def _no_check(checks: Sequence[HeldOut], status: Status) -> str:
    """Say why predictions are no checks."""
    own = [c for c in checks if c.status == status]
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
        "too few points": "too few points are left to fit on",
    }
    return f"no check in {len(own)} cases: {why[status]}"
