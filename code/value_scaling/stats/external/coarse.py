"""Crossings of curves with few log points, each with the interval that contains it.

A curve that is logged every h steps shows only between which two log points it reaches
a level: the crossing is censored to an interval of h steps. Linear interpolation of the
isotonic fit gives the point estimate. Replicates draw the crossing uniformly from its
interval, so that intervals of all later results contain what the log does not show.
"""

from dataclasses import dataclass

import numpy as np

_BLOCK_ELEMENTS = 1 << 20


@dataclass(frozen=True)
class CoarseCrossing:
    """Where isotonic curves first reach one level; arrays of one shape.

    All parts are NaN for a curve that never reaches the level.
    """

    steps: np.ndarray
    """Step of the crossing, by linear interpolation."""
    before: np.ndarray
    """Last logged step below the level."""
    after: np.ndarray
    """First logged step at or above the level."""

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        """Draw each crossing uniformly from its interval."""
        share = 1 - rng.random(self.steps.shape)  # in (0, 1], as logarithms follow
        return self.before + share * (self.after - self.before)


def isotonic_fits(curves: np.ndarray) -> np.ndarray:
    """Return the non-decreasing least-squares fit of each curve, [..., points].

    The fit at k is max over i ≤ k of min over j ≥ k of the mean of points i … j
    (Barlow et al. 1972). All curves are fitted at once, which suits few points.
    """
    curves = np.asarray(curves, dtype=float)
    flat = curves.reshape(-1, curves.shape[-1])
    points = flat.shape[-1]
    block = max(1, _BLOCK_ELEMENTS // points**2)
    parts = [_fits(flat[at : at + block]) for at in range(0, len(flat), block)]
    return np.concatenate(parts).reshape(curves.shape) if parts else curves


def _fits(curves: np.ndarray) -> np.ndarray:
    points = curves.shape[-1]
    sums = np.concatenate([np.zeros((len(curves), 1)), curves.cumsum(axis=1)], axis=1)
    first, last = np.arange(points)[:, None], np.arange(points)[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (sums[:, None, 1:] - sums[:, :-1, None]) / (last - first + 1)
    means[:, first > last] = np.inf
    lowest = np.minimum.accumulate(means[:, :, ::-1], axis=2)[:, :, ::-1]
    lowest[:, first > last] = -np.inf
    return lowest.max(axis=1)


def coarse_crossings(
    steps: np.ndarray, fits: np.ndarray, level: float
) -> CoarseCrossing:
    """Find where non-decreasing curves first reach a level.

    A curve that begins at or above the level crosses it in the first interval.

    Args:
        steps: [points], logged steps, ascending, at least two.
        fits: [..., points], non-decreasing.

    Returns:
        a crossing with parts of shape [...].
    """
    points = len(steps)
    found = (fits < level).sum(axis=-1)
    never = found == points
    at = np.clip(found, 1, points - 1)
    low, high = (
        np.take_along_axis(fits, each[..., None], axis=-1)[..., 0]
        for each in (at - 1, at)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(high > low, (level - low) / (high - low), 0.5)
    share = np.clip(np.where(found == 0, 0.5, share), 0.0, 1.0)
    before, after = steps[at - 1].astype(float), steps[at].astype(float)
    parts = before + share * (after - before), before, after
    return CoarseCrossing(*(np.where(never, np.nan, part) for part in parts))
