"""The steps of the archive: the logged steps, or a regular grid.

An archive has one column of steps for all seeds of a setting. If the seeds were logged
at the same steps, these are kept. Otherwise all runs are brought to multiples of
`every`. The value at a step uses only what was logged by then, so no run reaches a
level too early.
"""

import math

import numpy as np

MOST_POINTS = 1000
"""Most points of the longest run, if `every` is chosen here."""
_NICE = (1, 2, 5, 10)


def choose_every(intervals: list[float], longest: float) -> int:
    """Return a step grid for runs whose log intervals differ.

    It is the smallest of 1, 2, 5, 10, 20, … steps that is at least the log interval of
    every run and gives the longest run at most `MOST_POINTS` points.

    Args:
        intervals: median log interval of each run, in steps.
        longest: last step of the longest run.
    """
    wanted = max(*intervals, longest / MOST_POINTS, 1)
    scale = 10 ** math.floor(math.log10(wanted))
    return int(
        next(scale * nice for nice in _NICE if scale * nice >= wanted * (1 - 1e-9))
    )


def grid_between(first: float, last: float, every: int) -> np.ndarray:
    """Return the multiples of `every` from `first` to `last`."""
    start, stop = math.ceil(first / every), math.floor(last / every)
    return every * np.arange(start, stop + 1, dtype=float)


def last_values(grid: np.ndarray, steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return, at each grid step, the last value logged by then."""
    return values[np.searchsorted(steps, grid, side="right") - 1]


def mean_values(
    grid: np.ndarray, steps: np.ndarray, values: np.ndarray, window: float
) -> tuple[np.ndarray, int]:
    """Return, at each grid step, the mean of the values logged in the window before it.

    A value at step s belongs to the grid step g if g - window < s ≤ g. If a window has
    no value, the last value logged by then is used.

    Returns:
        the means, and the number of grid steps whose window has no value.
    """
    end = np.searchsorted(steps, grid, side="right")
    begin = np.searchsorted(steps, grid - window, side="right")
    count = end - begin
    total = np.concatenate([[0.0], np.cumsum(values)])
    means = (total[end] - total[begin]) / np.maximum(count, 1)
    alone = count == 1
    means[alone] = values[end[alone] - 1]  # the exact value, not a difference of sums
    empty = count == 0
    means[empty] = values[end[empty] - 1]
    return means, int(empty.sum())


def is_regular(steps: np.ndarray) -> bool:
    """Whether a run was logged at regular intervals."""
    gaps = np.diff(steps)
    return len(gaps) < 2 or bool(np.ptp(gaps) <= 0.01 * gaps.mean())
