"""Minimum of a function of two variables that is known, with noise, on a grid.

Each of the two estimators handles a stack of tables at once. One takes the best cell,
the other the minimum of a quadratic through the cells around it. Both use the two
variables jointly, so a valley that is tilted in the grid does not bias them.
"""

from functools import lru_cache

import numpy as np

OUTSIDE = 0.5
"""Steps by which a fitted minimum may lie outside the grid."""
_FLAT = 1e-9
"""Curvature, relative to the largest coefficient, below which it is rounding error."""
_DECIMALS = 12
"""Decimal places of the weights of a fit."""


def grid_minimum(
    table: np.ndarray, x: np.ndarray, y: np.ndarray, *, fitted: bool, first: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Locate the minimum of each table of a stack.

    The winner is the smallest cell. With `fitted`, a quadratic in x and y with a cross
    term is fitted by least squares to a block of three by three cells around the
    winner, moved inwards at an edge of the grid. The result is the minimum of the
    quadratic, clipped to the block, or to `OUTSIDE` steps beyond it at an edge of the
    grid. The quadratic has no minimum if it is a saddle or if too few cells are there
    for its six coefficients, because the grid has fewer than three values or cells are
    infinite. Each variable is then treated alone, with a parabola through the three
    cells that share the winner's other value. If the parabola has no minimum either,
    the result is the winner's own value.

    Args:
        table: [x, y, tables]; infinite where nothing is known.
        x: [x] ascending.
        y: [y] ascending.
        fitted: whether to fit the quadratic instead of taking the smallest cell.
        first: whether the first of equally small cells wins, in order of x, then y;
            otherwise the result is the mean over these cells.

    Returns:
        x and y of the minimum, each [tables]; NaN for a table without a finite cell.
    """
    cells = table.reshape(-1, table.shape[-1])
    least = cells.min(axis=0)
    wins = (cells == least) & np.isfinite(least)
    if first:
        wins &= wins.cumsum(axis=0) == 1
    count = wins.sum(axis=0)
    total = np.zeros((2, len(count)))
    for i, j in np.ndindex(table.shape[:2]):
        own = np.flatnonzero(wins[i * len(y) + j])
        if not own.size:
            continue
        if fitted:
            total[:, own] += _beside(table, x, y, (i, j), own)
        else:
            total[:, own] += np.array([[x[i]], [y[j]]])
    with np.errstate(invalid="ignore"):
        at_x, at_y = np.where(count > 0, total / count, np.nan)
    return at_x, at_y


def _beside(
    table: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    winner: tuple[int, int],
    own: np.ndarray,
) -> np.ndarray:
    """Return the minimum of the quadratic around one winning cell, [2, own]."""
    across = _around(winner[0], x), _around(winner[1], y)
    (rows, x, x_range), (columns, y, y_range) = across
    block = table[rows, columns][:, :, own]
    at = winner[0] - rows.start, winner[1] - columns.start
    found = np.stack(
        [
            _parabola(block[:, at[1]], x, at[0], x_range),
            _parabola(block[at[0]], y, at[1], y_range),
        ]
    )
    if len(x) < 3 or len(y) < 3:
        return found
    cells = block.reshape(9, -1)
    known = np.isfinite(cells)
    bits = 1 << np.arange(9)
    codes = bits @ known
    units = (x[2] - x[0]) / 2, (y[2] - y[0]) / 2
    u, v = (x - x[1]) / units[0], (y - y[1]) / units[1]
    for code in np.flatnonzero(np.bincount(codes)):
        pattern = (code & bits) > 0
        inverse = _inverse(tuple(u), tuple(v), tuple(pattern))
        if inverse is None:
            continue
        of = np.flatnonzero(codes == code)
        fit = np.zeros((len(inverse), len(of)))
        above = cells[pattern][:, of] - block[at][of]
        for weights, cell in zip(inverse.T, above, strict=True):
            fit += weights[:, None] * cell
        _, a, b, aa, ab, bb = fit
        determinant = 4 * aa * bb - ab * ab
        size = np.abs(fit[1:]).max(axis=0)
        convex = (aa > _FLAT * size) & (determinant > _FLAT * size * size)
        a, b, aa, ab, bb, determinant = (
            part[convex] for part in (a, b, aa, ab, bb, determinant)
        )
        at_u = (ab * b - 2 * bb * a) / determinant
        at_v = (ab * a - 2 * aa * b) / determinant
        found[0, of[convex]] = np.clip(x[1] + units[0] * at_u, *x_range)
        found[1, of[convex]] = np.clip(y[1] + units[1] * at_v, *y_range)
    return found


@lru_cache(maxsize=1024)
def _inverse(
    u: tuple[float, ...], v: tuple[float, ...], known: tuple[bool, ...]
) -> np.ndarray | None:
    """Return the weights of the known cells in each coefficient of the quadratic.

    Returns:
        [6, known cells]; None if the known cells do not determine all coefficients.
    """
    at_u, at_v = (part.ravel() for part in np.meshgrid(u, v, indexing="ij"))
    terms = [np.ones(9), at_u, at_v, at_u * at_u, at_u * at_v, at_v * at_v]
    design = np.stack(terms, axis=1)[list(known)]
    if np.linalg.matrix_rank(design) < len(terms):
        return None
    # The last bits of LAPACK and the order of its sums differ between processors, and
    # could turn a flat surface into a valley on one of them. The weights are therefore
    # rounded, and sums of them have a fixed order.
    return np.round(np.linalg.pinv(design), _DECIMALS)


def _around(
    winner: int, values: np.ndarray
) -> tuple[slice, np.ndarray, tuple[float, float]]:
    """Return the cells around the winner on one axis, and the range of the minimum."""
    start = min(max(winner - 1, 0), max(len(values) - 3, 0))
    stop = min(start + 3, len(values))
    own = values[start:stop]
    low, high = own[0], own[-1]
    if len(own) > 1 and start == 0:
        low = low - OUTSIDE * (own[1] - own[0])
    if len(own) > 1 and stop == len(values):
        high = high + OUTSIDE * (own[-1] - own[-2])
    return slice(start, stop), own, (low, high)


def _parabola(
    row: np.ndarray, x: np.ndarray, at: int, kept: tuple[float, float]
) -> np.ndarray:
    """Return the minimum of the parabola through three cells, or x[at], [tables]."""
    found = np.full(row.shape[1], x[at])
    if len(x) < 3:
        return found
    whole = np.flatnonzero(np.isfinite(row).all(axis=0))
    low, middle, high = row[:, whole]
    left, right = (middle - low) / (x[1] - x[0]), (high - middle) / (x[2] - x[1])
    bend = (right - left) / (x[2] - x[0])
    convex = bend * (x[2] - x[0]) > _FLAT * np.maximum(np.abs(left), np.abs(right))
    bottom = (x[0] + x[1]) / 2 - left[convex] / (2 * bend[convex])
    found[whole[convex]] = np.clip(bottom, *kept)
    return found
