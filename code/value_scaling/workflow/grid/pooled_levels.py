"""The levels that decide B* and η*, pooled into one."""

from dataclasses import replace

import numpy as np

from value_scaling.workflow.grid.sweep_table import NEVER, Arranged, SweepTable


def pooled_levels(table: SweepTable) -> SweepTable:
    """Return the mean data over the levels of a sweep, as one level.

    The mean is over steps, so the expensive levels decide, and the first levels, which
    a run reaches within a few logged points, hardly matter. In each replicate, at each
    (environment, σ), a level counts if any setting reaches it and no run that was cut
    short might have reached it first. If a setting reaches some of these levels but not
    all, it counts with the steps of the longest run there for the others, since it
    needs at least as many. A setting that reaches none of them never reaches the pooled
    level. Pooling a pooled table changes nothing.
    """
    return table.once("pooled", lambda: _pooled(table))


def _pooled(table: SweepTable) -> SweepTable:
    longest = table.longest

    def pooled(e: int) -> np.ndarray:
        steps, cut_at = table.steps[e], table.cut_at[e]
        least = steps.min(axis=(1, 2))
        counts = (least < NEVER) & ~ended_before(steps, cut_at, least, axis=(1, 2))
        found = np.empty((*steps.shape[:-1], 1))
        for u, own in enumerate(steps):  # one σ at a time is in memory as floats
            needed = np.where(own == NEVER, longest[e][u], own)
            total = np.where(counts[u], needed, 0.0).sum(axis=-1, keepdims=True)
            number = np.maximum(counts[u].sum(axis=-1, keepdims=True), 1)
            reached = (counts[u] & (own < NEVER)).any(axis=-1, keepdims=True)
            found[u] = np.where(reached, total / number, NEVER)
        return found

    size = sum(ran.size for ran in table.ran) * table.replicates * 8
    waited = tuple(np.full(cut_at.shape, np.inf) for cut_at in table.cut_at)
    steps = Arranged.within(size, len(table.environments), pooled)
    return replace(table, steps=steps, cut_at=waited)


def ended_before(
    steps: np.ndarray,
    cut_at: np.ndarray,
    least: np.ndarray,
    *,
    axis: int | tuple[int, int],
) -> np.ndarray:
    """Return where a run that was cut short ended before the winner reached the level.

    Args:
        steps: [utds, batch sizes, learning rates, replicates, levels].
        cut_at: [utds, batch sizes, learning rates], see `SweepTable`.
        least: the smallest of `steps` along `axis`.

    Returns:
        bool, with the shape of `least`.
    """
    if not np.isfinite(cut_at).any():
        return np.zeros(least.shape, dtype=bool)
    before = cut_at[..., None, None] < np.expand_dims(least, axis)
    return np.asarray(((steps == NEVER) & before).any(axis=axis))
