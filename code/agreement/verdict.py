"""Whether two sides agree: intervals of the difference in data and in final return."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from value_scaling.stats.bootstrap import interval, resample_counts, stream
from value_scaling.stats.isotonic import first_crossings, isotonic_fit

LEVEL_SHARES = (0.25, 0.5, 0.75)
"""Levels, as shares of the way from the first return to the highest return that both
sides reach."""
FINAL_SHARE = 0.1
"""Share of the last logged points whose mean is the final return."""
REPLICATES = 2000


@dataclass(frozen=True)
class Difference:
    """A difference, ours minus the peer's, and its 95% interval."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    @property
    def includes_zero(self) -> bool:
        """Whether the interval includes zero; false if there is no interval."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True)
class Summary:
    """One side: its seed mean with a 95% interval at each step."""

    seeds: int
    steps: np.ndarray
    """[points], environment steps."""
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    final: float
    """Mean final return."""


@dataclass(frozen=True)
class Comparison:
    """The two sides of a row at the steps that both have."""

    levels: tuple[float, ...]
    """Returns J at which D_J is compared."""
    log_data: Difference
    """log D_J (natural), averaged over the levels."""
    final: Difference
    """Final return."""
    gain: float
    """Highest return that both sides reach, minus the first return."""

    @property
    def agrees(self) -> bool:
        """Whether both intervals include zero."""
        return self.log_data.includes_zero and self.final.includes_zero


Sides = Mapping[str, tuple[np.ndarray, np.ndarray]]
"""Steps, [points], and returns, [points, seeds], of both sides by name, ours first."""


def at_shared_steps(sides: Sides) -> Sides:
    """Return both sides at the steps that both have."""
    first, second = (steps for steps, _ in sides.values())
    shared = np.intersect1d(first, second)
    return {
        name: (shared, returns[np.isin(steps, shared)])
        for name, (steps, returns) in sides.items()
    }


def summarise(row: str, side: str, steps: np.ndarray, returns: np.ndarray) -> Summary:
    """Return the seed mean and its interval, by resampling seeds."""
    counts = _counts(row, side, returns.shape[1])
    low, high = interval(counts @ returns.T / returns.shape[1])
    tail = _tail(len(steps))
    return Summary(
        seeds=returns.shape[1],
        steps=steps,
        mean=returns.mean(axis=1),
        low=low,
        high=high,
        final=float(returns[-tail:].mean()),
    )


def compare(row: str, sides: Sides) -> Comparison:
    """Compare the two sides of a row; see `at_shared_steps`.

    Levels and differences follow from the curves alone. D_J is the first step at which
    the isotonic fit of the seed mean reaches J. Seeds are resampled on each side
    separately. A sample that does not reach a level has no D_J.

    Args:
        row: name of the row, which decides the random streams.
    """
    means = [returns.mean(axis=1) for _, returns in sides.values()]
    start = float(np.mean([mean[0] for mean in means]))
    top = float(min(isotonic_fit(mean)[-1] for mean in means))
    levels = start + np.array(LEVEL_SHARES) * (top - start)
    data, finals = [], []
    for side, (steps, returns) in sides.items():
        seeds = returns.shape[1]
        counts = np.vstack([np.ones((1, seeds), int), _counts(row, side, seeds)])
        reached = first_crossings(returns, levels, counts=counts)
        at = np.append(np.log(steps), np.nan)
        data.append(at[reached].mean(axis=1))
        final = returns[-_tail(len(steps)) :].mean(axis=0)
        finals.append(counts @ final / seeds)
    return Comparison(
        levels=tuple(levels.tolist()),
        log_data=_difference(*data),
        final=_difference(*finals),
        gain=top - start,
    )


def _difference(ours: np.ndarray, peer: np.ndarray) -> Difference:
    """Return the difference; the first value of each is the estimate."""
    both = ours - peer
    low, high = interval(both[1:])
    return Difference(float(both[0]), float(low), float(high))


def _counts(row: str, side: str, seeds: int) -> np.ndarray:
    return resample_counts(stream(0, "agreement", row, side), seeds, REPLICATES)


def _tail(points: int) -> int:
    return max(1, round(FINAL_SHARE * points))
