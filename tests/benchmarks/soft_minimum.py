"""Another way to find B* and η*, only for comparison with the project's way."""

import numpy as np

WIDTH = 0.35
"""Increase in the logarithm of data over which a cell's weight falls by e."""
OUTSIDE = 0.5


def soft_minimum(
    table: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Locate the minimum of one quadratic through all cells, the better ones weighted.

    Args:
        table: [x, y, tables], logarithms of data; infinite where nothing is known.

    Returns:
        x and y of the minimum, each [tables], at most half a step outside the grid; the
        best cell where the quadratic has no minimum.
    """
    u, v = np.meshgrid(_steps(x), _steps(y), indexing="ij")
    u, v = u.ravel(), v.ravel()
    design = np.stack([np.ones(u.size), u, v, u * u, u * v, v * v], axis=1)
    cells = table.reshape(-1, table.shape[-1]).T  # [tables, cells]
    best = cells.min(axis=1, keepdims=True)
    known = np.isfinite(cells)
    some = known.any(axis=1)
    over = np.where(
        known & some[:, None], cells - np.where(some, best[:, 0], 0.0)[:, None], 0.0
    )
    weights = np.where(known, np.exp(-np.minimum(over / WIDTH, 50.0)), 0.0)
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    left = (weights @ products).reshape(-1, 6, 6) + 1e-9 * np.eye(6)
    right = (weights * over) @ design
    _, a, b, aa, ab, bb = np.linalg.solve(left, right[..., None])[..., 0].T
    determinant = 4 * aa * bb - ab * ab
    convex = (aa > 0) & (bb > 0) & (determinant > 0)
    divisor = np.where(convex, determinant, 1.0)
    winner = cells.argmin(axis=1)
    found = []
    for fitted, own, values in (
        ((ab * b - 2 * bb * a) / divisor, u, x),
        ((ab * a - 2 * aa * b) / divisor, v, y),
    ):
        at = np.where(convex, fitted, own[winner])
        at = np.clip(at, -OUTSIDE, len(values) - 1 + OUTSIDE)
        step = (values[-1] - values[0]) / (len(values) - 1)
        found.append(np.where(some, values[0] + step * at, np.nan))
    return found[0], found[1]


def _steps(values: np.ndarray) -> np.ndarray:
    """Return the distances of values from the first one, in mean steps of the grid."""
    return (values - values[0]) / (values[-1] - values[0]) * (len(values) - 1)
