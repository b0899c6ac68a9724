"""Runs that ended too early to show whether they reach a level."""

from collections import defaultdict
from collections.abc import Hashable, Iterable

import numpy as np

from value_scaling.records import Crossings
from value_scaling.records.axes import FITTED

ENOUGH = 0.5
"""Share of a rival's data from which on a run without the level counts as slower."""
NEARLY = 0.9
"""Share from which on there is no warning: runs that stop at their top level end within
a log point of each other."""


def cut_short(crossings: Crossings, *, share: float = ENOUGH) -> np.ndarray:
    """Find the runs of a sweep that ended before their rivals reached a level.

    The rivals of a setting are those that differ from it in one fitted axis only, B or
    η. A run is cut short if it does not reach a level and its last step is below this
    share of the data of its fastest rival: it is then unknown which is faster. For a
    run that was stopped because it was solved, the share is 1.

    Returns:
        [settings] of bool.
    """
    rows: dict[Hashable, list[int]] = defaultdict(list)
    for i, s in enumerate(crossings.settings):
        for axis in FITTED:
            same = tuple((k, v) for k, v in s.table().items() if k != axis.name)
            rows[same].append(i)
    return _ended_before_rivals(crossings, rows.values(), share)


def cut_short_of_fitted(crossings: Crossings) -> np.ndarray:
    """Find the runs of a fitted set that ended before any other σ reached a level.

    There is one setting for each environment and σ, so the rivals of a run are the
    other σ of its environment.

    Returns:
        [settings] of bool.
    """
    rows: dict[Hashable, list[int]] = defaultdict(list)
    for i, s in enumerate(crossings.settings):
        rows[s.env].append(i)
    return _ended_before_rivals(crossings, rows.values(), share=1.0)


def _ended_before_rivals(
    crossings: Crossings, rows: Iterable[list[int]], share: float
) -> np.ndarray:
    """Find settings that end before a rival in one of their rows reaches a level.

    Args:
        rows: indices of settings that compete.
        share: share of the rival's steps before which a run ended too early.

    Returns:
        [settings] of bool.
    """
    steps = np.where(np.isnan(crossings.steps), np.inf, crossings.steps)
    found, stopped = np.zeros(len(steps), dtype=bool), crossings.is_stopped
    for row in rows:
        least = steps[row].min(axis=0)
        needed = np.where(stopped[row], 1.0, share)[:, None] * least
        waited = crossings.last_steps[row][:, None] >= needed
        found[row] |= (np.isinf(steps[row]) & np.isfinite(least) & ~waited).any(axis=1)
    return found
