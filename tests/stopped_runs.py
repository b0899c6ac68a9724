"""Runs shortened by the rule of `stop_at_level`."""

from dataclasses import replace

from value_scaling.records import Curves, Runs
from value_scaling.records.training import STOP_ERRORS
from value_scaling.stats.isotonic import has_passed


def stopped_at(runs: Runs, target: float) -> Runs:
    """Return runs that end as training ends them; see `Group`.

    Args:
        target: mean return, in the unit of the curves.
    """
    return runs.mapped(lambda curves: _stopped(curves, target))


def _stopped(curves: Curves, target: float) -> Curves:
    ends = (
        n
        for n in range(1, len(curves.steps))
        if has_passed(curves.returns[:n], target, errors=STOP_ERRORS)
    )
    n = next(ends, len(curves.steps))
    return replace(curves, steps=curves.steps[:n], returns=curves.returns[:n])
