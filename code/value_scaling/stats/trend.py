"""Linear trends with an intercept for each group."""

import numpy as np

_FLAT = 1e-9


def fit_trends(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, centre: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit y_i = a_g(i) + Σ_p slope_p·(x_ip - centre_p) by ordinary least squares.

    Args:
        x: [points, predictors].
        y: [..., points]; NaN leaves a point out.
        groups: [points], number of each point's group.
        centre: [predictors], where `level` is evaluated.

    Returns:
        level [...], the mean of a_g(i) over the points that are left; slopes
        [..., predictors]. A slope is NaN if its predictor is constant in each group,
        all slopes are NaN if the predictors are linearly dependent, and everything is
        NaN if no point is left.
    """
    y = np.asarray(y, dtype=float)
    flat = y.reshape(-1, y.shape[-1])
    level = np.full(len(flat), np.nan)
    slopes = np.full((len(flat), x.shape[1]), np.nan)
    patterns, which = np.unique(np.isfinite(flat), axis=0, return_inverse=True)
    for number, kept in enumerate(patterns):
        if not kept.any():
            continue
        rows, own = np.flatnonzero(which.ravel() == number), x[kept]
        within = own - _group_means(own, groups[kept])
        varies = np.abs(within).max(axis=0) > _FLAT
        values = np.ascontiguousarray(flat[rows][:, kept])
        # Centring both sides in each group is equivalent to a dummy for each group.
        found = _least_squares(within[:, varies], values)
        if found is None:
            continue
        slopes[np.ix_(rows, np.flatnonzero(varies))] = found
        apart = (own - centre).mean(axis=0)[varies]
        level[rows] = values.mean(axis=1) - (found * apart).sum(axis=1)
    return level.reshape(y.shape[:-1]), slopes.reshape(*y.shape[:-1], x.shape[1])


def _least_squares(x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """Return the coefficients of x in y, [rows, predictors].

    The result is None if the columns of x are linearly dependent. The method is
    modified Gram-Schmidt with NumPy's own sums, because the last bits of LAPACK's
    pseudoinverse, and with them a figure, differed between a container and its host.

    Args:
        x: [points, predictors], few of them.
        y: [rows, points].
    """
    count = x.shape[1]
    r, projections = np.zeros((count, count)), np.zeros((len(y), count))
    basis: list[np.ndarray] = []
    for p in range(count):
        column = x[:, p].copy()
        for q, unit in enumerate(basis):
            r[q, p] = (unit * column).sum()
            column -= r[q, p] * unit
        r[p, p] = np.sqrt((column * column).sum())
        if r[p, p] <= _FLAT:
            return None
        basis.append(column / r[p, p])
        projections[:, p] = (y * basis[p]).sum(axis=1)
        y = y - projections[:, p, None] * basis[p]
    found = np.zeros_like(projections)
    for p in reversed(range(count)):
        later = (found[:, p + 1 :] * r[p, p + 1 :]).sum(axis=1)
        found[:, p] = (projections[:, p] - later) / r[p, p]
    return found


def _group_means(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Replace each row by the mean over its group."""
    _, index, count = np.unique(groups, return_inverse=True, return_counts=True)
    sums = np.zeros((len(count), x.shape[1]))
    np.add.at(sums, index, x)
    return (sums / count[:, None])[index]
