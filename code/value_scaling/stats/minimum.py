"""The minimum of a function of one positive variable, for a stack of functions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

GRID_POINTS = 100
_ZOOMS = 12
_ZOOM = np.linspace(0.0, 1.0, 9)
_BESIDE = 1 + 1e-9
"""Ratio within which an x counts as the end of its range. The zooms stop just short of
the end."""


@dataclass(frozen=True)
class Minimum:
    """Location of the minimum of each function of a stack, fields [...]."""

    x: np.ndarray
    """Position of the minimum; arbitrary if the function is finite nowhere."""
    at_edge: np.ndarray
    """Whether the minimum is at an end of the range that was searched."""


def find_minimum(
    function: Callable[[np.ndarray], np.ndarray],
    shape: tuple[int, ...],
    *,
    low: float,
    high: float,
    continuous: bool = True,
) -> Minimum:
    """Find the x in [low, high] at which each function is smallest.

    Args:
        function: evaluates each function of the stack at its own x, or at x that
            broadcast, [..., points] -> [..., points]; values that are not finite are
            ignored.
        shape: [...] of the stack.
        low, high: ends of the range, > 0.
        continuous: zoom into the best cell of a grid of `GRID_POINTS` values, evenly
            spaced in log x; otherwise take the best value of the grid.
    """

    def best_of(x: np.ndarray) -> np.ndarray:
        value = function(x)
        return np.where(np.isfinite(value), value, np.inf).argmin(axis=-1)

    grid = np.geomspace(low, high, GRID_POINTS)
    # Parts that are the same for all functions are evaluated once, on a shared grid.
    best = best_of(grid.reshape(*(1 for _ in shape), -1))
    x = grid[best]
    if continuous:
        left = np.log(grid[np.maximum(best - 1, 0)])
        right = np.log(grid[np.minimum(best + 1, GRID_POINTS - 1)])
        for _ in range(_ZOOMS):
            trial = left[..., None] + (right - left)[..., None] * _ZOOM
            best = best_of(np.exp(trial))
            left, right = (
                np.take_along_axis(trial, index[..., None], axis=-1)[..., 0]
                for index in (
                    np.maximum(best - 1, 0),
                    np.minimum(best + 1, len(_ZOOM) - 1),
                )
            )
        x = np.exp((left + right) / 2)
    return Minimum(x, (x <= low * _BESIDE) | (x >= high / _BESIDE))
