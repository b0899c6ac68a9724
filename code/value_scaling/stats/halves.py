"""Random splits of a sample into two halves, one for a choice and one to evaluate it.

A choice looks better than it is on the units that made it. The other half gives an
unbiased evaluation.
"""

import numpy as np
from scipy.special import stdtrit

LEAST_UNITS = 4
"""Least number of units: two in each half, as all draws of one unit are the same."""


def half_counts(
    rng: np.random.Generator, units: int, splits: int, draws: int
) -> np.ndarray:
    """Split a sample several times and draw bootstrap samples of each half.

    If the number of units is odd, the first half has one more.

    Returns:
        [2·splits·(1 + draws), units] of integers, how often each unit occurs: first
        the halves themselves, [splits, half], then their samples,
        [splits, half, draws].
    """
    order = rng.permuted(np.tile(np.arange(units), (splits, 1)), axis=1)
    whole = np.zeros((splits, 2, units), dtype=np.int64)
    drawn = np.zeros((splits, 2, draws, units), dtype=np.int64)
    parts = np.split(order, [(units + 1) // 2], axis=1)
    for half, members in enumerate(parts):
        count = members.shape[1]
        np.put_along_axis(whole[:, half], members, 1, axis=1)
        sampled = rng.multinomial(
            count, np.full(count, 1 / count), size=(splits, draws)
        )
        np.put_along_axis(drawn[:, half], members[:, None], sampled, axis=2)
    return np.concatenate([whole.reshape(-1, units), drawn.reshape(-1, units)])


def split_interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean over random splits, with its 95% interval.

    All splits use the same units, so the spread between splits is not the uncertainty
    of their mean. Within a split, the two halves exchange roles, and half of the
    difference between their results estimates the standard error of their mean, as in
    half-sample replication (McCarthy, Pseudo-replication: half samples, Review of the
    International Statistical Institute 37, 1969). The square of this estimate is
    averaged over the splits. The mean over many splits varies less than the mean of
    one split, so the interval tends to be too wide;
    `tests/benchmarks/test_regret_intervals.py` counts how often it includes the truth.

    Args:
        values: [2·splits, ...], the two halves of each split one after the other. A
            split with a NaN is left out.

    Returns:
        value, low and high, each [...]. The value is NaN if no split is left, and the
        ends are NaN if fewer than two are left.
    """
    one, other = values[::2], values[1::2]
    known = np.isfinite(one) & np.isfinite(other)
    count = known.sum(axis=0)
    at_least = np.maximum(count, 1)
    mean = np.where(known, (one + other) / 2, 0.0).sum(axis=0) / at_least
    squares = np.where(known, (one - other) ** 2 / 4, 0.0).sum(axis=0) / at_least
    reach = stdtrit(np.maximum(count - 1, 1), 0.975) * np.sqrt(squares)
    reach = np.where(count > 1, reach, np.nan)
    mean = np.where(count > 0, mean, np.nan)
    return mean, mean - reach, mean + reach
