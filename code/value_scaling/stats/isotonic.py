"""First crossings of an isotonic curve, for many resampled means at once.

The isotonic (non-decreasing) least-squares fit of a curve y_0 … y_{n-1} is the slope
of the greatest convex minorant of its prefix sums. No regression is therefore needed
to find where the fit first reaches a level L. With

    S_k = Σ_{j<k} (y_j - L),   k = 0 … n,

the fit is below L before argmin_k S_k and at or above L from there on. On a tie the
smallest k is the first index with fit ≥ L, the largest k the first with fit > L;
k = n means that the level is never reached.
"""

import numpy as np

_BLOCK_ELEMENTS = 1 << 17
"""Number of replicates × points in one block, which should fit into the cache."""


def isotonic_fit(curve: np.ndarray) -> np.ndarray:
    """Return the non-decreasing least-squares fit of `curve`, [points] -> [points]."""
    # Few commands fit, and loading SciPy takes as long as loading all else.
    from scipy.optimize import isotonic_regression

    return isotonic_regression(curve, increasing=True).x


def first_crossings(
    curves: np.ndarray,
    levels: np.ndarray,
    *,
    counts: np.ndarray | None = None,
    strict: bool = False,
) -> np.ndarray:
    """Return the index at which the isotonic fit of each resampled mean reaches L.

    The mean of replicate r is Σ_i counts[r, i]·curves[:, i] / Σ_i counts[r, i]. The
    counts stay integers and are compared with L·Σ counts, so that curves of integers
    or of few binary digits are compared exactly, ties included.

    Args:
        curves: [points, units], one curve in each column.
        levels: [levels], the values of L.
        counts: [replicates, units], integers; None for the plain mean.
        strict: whether the curve must exceed a level (> L) or only reach it (≥ L).

    Returns:
        [replicates, levels] of integers in 0 … points; `points` means never.
    """
    points, units = curves.shape
    # S is linear where no curve changes, so no point inside such a part is needed: on a
    # tie, its first point is found (with `strict`, the first point after it).
    changes = np.flatnonzero((curves[1:] != curves[:-1]).any(axis=1)) + 1
    kept = np.unique([0, *changes, points])
    if counts is None:
        counts = np.ones((1, units), dtype=np.int64)
    prefix = np.zeros((units, points + 1))
    np.cumsum(curves.T, axis=1, out=prefix[:, 1:])
    prefix, position = prefix[:, kept], kept.astype(float)
    if strict:  # argmin takes the first of equal values; reversed, it takes the last
        prefix, position = prefix[:, ::-1], position[::-1]
    weights = counts.astype(float)
    total = weights.sum(axis=1, keepdims=True)
    if (total == total[0]).all():  # always so in a bootstrap: all rows share one ramp
        total = total[:1]
    order = np.argsort(levels, kind="stable")

    found = np.empty((len(counts), len(levels)), dtype=np.int64)
    block = max(1, _BLOCK_ELEMENTS // len(kept))
    # Fresh arrays for each block would cost more than the sums that fill them.
    scratch, sums = np.empty((2, block * len(kept)))
    for start in range(0, len(counts), block):
        rows = slice(start, start + block)
        own = weights[rows]
        _search(
            sums=np.matmul(
                own, prefix, out=sums[: len(own) * len(kept)].reshape(len(own), -1)
            ),
            ramp=(total if len(total) == 1 else total[rows]) * position,
            scratch=scratch,
            levels=np.asarray(levels, dtype=float),
            order=order[::-1] if strict else order,
            first=0,
            last=len(kept) - 1,
            found=found[rows],
        )
    return kept[::-1][found] if strict else kept[found]


def has_passed(curves: np.ndarray, level: float, *, errors: float) -> bool:
    """Whether the isotonic fit of the mean has reached a level, and with a margin.

    The fit is of the mean over units minus some standard errors; with one unit, of its
    curve. With two standard errors, the fits of nearly all bootstrap samples of the
    units have reached the level too.

    Args:
        curves: [points, units].
        errors: standard errors that are subtracted.
    """
    points, units = curves.shape
    lower = curves.mean(axis=1)
    if units > 1:
        lower = lower - errors * curves.std(axis=1, ddof=1) / np.sqrt(units)
    reached = first_crossings(lower[:, None], np.array([level]))
    return bool(reached[0, 0] < points)


def _search(
    *,
    sums: np.ndarray,
    ramp: np.ndarray,
    scratch: np.ndarray,
    levels: np.ndarray,
    order: np.ndarray,
    first: int,
    last: int,
    found: np.ndarray,
) -> None:
    """Fill `found` with argmin_k (sums - L·ramp) in first … last for every level.

    The argmin moves in one direction as L grows. The middle level is searched first,
    and its results bound the columns for the levels on either side.
    """
    if len(order) == 0:
        return
    middle = len(order) // 2
    columns = slice(first, last + 1)
    height, width = len(sums), last + 1 - first
    values = scratch[: height * width].reshape(height, width)
    np.subtract(sums[:, columns], ramp[:, columns] * levels[order[middle]], out=values)
    index = values.argmin(axis=1) + first
    found[:, order[middle]] = index
    low, high = int(index.min()), int(index.max())
    for part, begin, end in (
        (order[:middle], first, high),
        (order[middle + 1 :], low, last),
    ):
        _search(
            sums=sums,
            ramp=ramp,
            scratch=scratch,
            levels=levels,
            order=part,
            first=begin,
            last=end,
            found=found,
        )
