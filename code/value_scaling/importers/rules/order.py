"""Steps that go back or repeat within one run: resumed runs, and rows logged twice."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from value_scaling.importers.options import Resumed


@dataclass(frozen=True)
class Ordered:
    """A run with strictly increasing steps, and what was done to it."""

    steps: np.ndarray
    """[points], environment steps."""
    values: np.ndarray
    """[points]."""
    repeats: int = 0
    """Rows that repeat an earlier one exactly; one of each was kept."""
    ties: int = 0
    """Further values at a step that has one already, averaged or left out."""
    back: int = 0
    """Number of times that the steps go back."""
    lost: int = 0
    """Values that another part of the run replaced."""


def in_order(
    steps: np.ndarray,
    values: np.ndarray,
    rule: Resumed,
    *,
    ties: Literal["mean", "rule"],
) -> Ordered:
    """Bring the values of one run into the order of their steps.

    A row that repeats an earlier one exactly is dropped. Where the steps go back, the
    run was resumed from there. Under `last`, everything logged before at that step and
    later is dropped, as TensorBoard does. Under `first`, what was logged again is
    dropped. Under `mean`, all values stay, and those of one step are averaged.

    Args:
        steps: [values], as logged.
        ties: what to do with several values at one step: take their mean, since several
            environments may end an episode together, or follow the rule for repeats.
    """
    if (np.diff(steps) > 0).all():
        return Ordered(steps, values)
    pairs = np.column_stack([steps, values])
    _, first = np.unique(pairs, axis=0, return_index=True)
    kept = np.sort(first)
    repeats = len(steps) - len(kept)
    steps, values = steps[kept], values[kept]
    starts = np.flatnonzero(np.diff(steps) < 0) + 1
    before = len(steps)
    if len(starts) and rule in ("last", "first"):
        keep = np.ones(len(steps), dtype=bool)
        for start in starts:
            if rule == "last":
                keep[:start] &= steps[:start] < steps[start]
            else:
                keep[start:] &= steps[start:] > steps[:start].max()
        steps, values = steps[keep], values[keep]
    lost = before - len(steps)
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    unique, starts_of, counts = np.unique(steps, return_index=True, return_counts=True)
    tied = int((counts - 1).sum())
    if tied:
        if ties == "rule" and rule in ("first", "last"):
            chosen = starts_of if rule == "first" else starts_of + counts - 1
            values = values[chosen]
        else:
            values = np.add.reduceat(values, starts_of) / counts
    return Ordered(unique, values, repeats, tied, len(starts), lost)
