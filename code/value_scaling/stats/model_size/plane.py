"""The minimum over a rectangle of each function of a stack.

The functions are what is left of a least-squares problem after its linear part has been
solved (variable projection), so they have two arguments and may have several minima.
"""

from collections.abc import Callable

import numpy as np

Objective = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From rows [k], x and y [k or 1, points], to values [k, points]."""
_BLOCK = 1 << 19
"""Number of functions × grid points that are evaluated at once, to bound memory."""
_STARTS = 2
_ROUNDS = 60
_STENCIL = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], dtype=float).T
_SMALLEST = 1e-4
"""Smallest half-width of the stencil, in the units of x and y. Below it, differences of
the function are rounding errors."""


def search_plane(
    objective: Objective, count: int, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise each of `count` functions over the rectangle that x and y span.

    Each function is evaluated on the grid x × y. From its two best local minima on
    the grid, Newton steps descend. Their derivatives come from the 3×3 points around
    the current one, and the best of these points replaces a step that does not help.

    Args:
        x, y: ascending grids, evenly spaced, of three or more values.

    Returns:
        the position of the minimum, two arrays [count].
    """
    steps = x[1] - x[0], y[1] - y[0]
    found = np.empty((2, count))
    block = max(1, _BLOCK // (len(x) * len(y)))
    for start in range(0, count, block):
        rows = np.arange(start, min(start + block, count))
        at = _starts(objective, rows, x, y)
        owner = np.repeat(rows, at.shape[-1])
        ends = [(x[0], x[-1]), (y[0], y[-1])]
        place, value = _descend(objective, owner, at.reshape(2, -1), steps, ends)
        best = value.reshape(len(rows), -1).argmin(axis=1)
        pick = np.arange(len(rows)) * at.shape[-1] + best
        found[:, rows] = place[:, pick]
    return found[0], found[1]


def _starts(
    objective: Objective, rows: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Return the best local minima on the grid, [2, rows, starts]."""
    grid = np.stack(np.meshgrid(x, y, indexing="ij")).reshape(2, -1)
    value = objective(rows, grid[:1], grid[1:]).reshape(len(rows), len(x), len(y))
    padded = np.pad(value, ((0, 0), (1, 1), (1, 1)), constant_values=np.inf)
    lowest = np.ones(value.shape, dtype=bool)
    for i in range(3):
        for j in range(3):
            lowest &= value <= padded[:, i : i + len(x), j : j + len(y)]
    ranked = np.where(lowest, value, np.inf).reshape(len(rows), -1)
    order = np.argsort(ranked, axis=1, kind="stable")[:, :_STARTS]
    # Fewer minima than starts: the best one again.
    there = np.isfinite(np.take_along_axis(ranked, order, axis=1))
    return grid[:, np.where(there, order, order[:, :1])]


def _descend(
    objective: Objective,
    rows: np.ndarray,
    at: np.ndarray,
    steps: tuple[float, float],
    ends: list[tuple[float, float]],
) -> tuple[np.ndarray, np.ndarray]:
    """Descend from `at` [2, k]; return positions [2, k] and values [k]."""
    scale = np.array(steps)[:, None]
    low, high = np.array(ends).T[..., None]
    size = np.full(len(rows), 0.5)
    at, value = at.copy(), np.full(len(rows), np.inf)
    todo = np.arange(len(rows))
    for _ in range(_ROUNDS):
        if not len(todo):
            break
        here, h = at[:, todo], (scale * size[todo])[:, :, None]
        points = np.clip(here[..., None] + h * _STENCIL[:, None], low[..., None],
                         high[..., None])  # fmt: skip
        around = objective(rows[todo], points[0], points[1])
        newton = np.clip(here + h[..., 0] * _newton(around), low, high)
        reached = objective(rows[todo], newton[0][:, None], newton[1][:, None])
        points = np.concatenate([points, newton[..., None]], axis=-1)
        around = np.concatenate([around, reached], axis=-1)
        best = around.argmin(axis=1)
        own = np.arange(len(todo))
        at[:, todo], value[todo] = points[:, own, best], around[own, best]
        moved = np.abs(points[:, own, best] - here) / h[..., 0]
        # A step of the size of the stencil means that the minimum is farther away.
        shrink = (moved < 0.5).all(axis=0)
        size[todo] = np.where(shrink, size[todo] / 4, np.minimum(size[todo] * 1.5, 2))
        todo = todo[size[todo] > _SMALLEST]
    return at, value


def _newton(around: np.ndarray) -> np.ndarray:
    """Return the Newton step from the values on the stencil, in its half-widths.

    Curvatures along the two principal directions count by their size, so the step
    descends where the function is not convex. Along either one it is at most four.
    """
    value = around.reshape(-1, 3, 3)
    centre = value[:, 1, 1]
    gx = (value[:, 2, 1] - value[:, 0, 1]) / 2
    gy = (value[:, 1, 2] - value[:, 1, 0]) / 2
    xx = value[:, 2, 1] - 2 * centre + value[:, 0, 1]
    yy = value[:, 1, 2] - 2 * centre + value[:, 1, 0]
    xy = (value[:, 2, 2] - value[:, 2, 0] - value[:, 0, 2] + value[:, 0, 0]) / 4
    angle = np.arctan2(2 * xy, xx - yy) / 2
    middle, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    step = np.zeros((2, len(value)))
    for curvature, turn in ((middle + spread, 0.0), (middle - spread, np.pi / 2)):
        along = np.stack([np.cos(angle + turn), np.sin(angle + turn)])
        slope = along[0] * gx + along[1] * gy
        size = slope / np.maximum(np.abs(curvature), 1e-300)
        step -= np.clip(size, -4.0, 4.0) * along
    return step
