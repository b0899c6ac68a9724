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
        centre: [predictors], where `level` is told.

    Returns:
        level [...], the mean over the points left of a_g(i); slopes [..., predictors].
        NaN: the slope of a predictor that takes one value in each group, every slope
        where the predictors cannot be told apart, and both where no point is left.
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
        fitted, values = within[:, varies], flat[rows][:, kept]
        if np.linalg.matrix_rank(fitted, tol=_FLAT) < fitted.shape[1]:
            continue
        # Both sides centred in each group is the same as a dummy for each of them.
        found = values @ np.linalg.pinv(fitted).T
        slopes[np.ix_(rows, np.flatnonzero(varies))] = found
        apart = (own - centre).mean(axis=0)[varies]
        level[rows] = values.mean(axis=1) - found @ apart
    return level.reshape(y.shape[:-1]), slopes.reshape(*y.shape[:-1], x.shape[1])


def _group_means(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Each row replaced by the mean over its group."""
    _, index, count = np.unique(groups, return_inverse=True, return_counts=True)
    sums = np.zeros((len(count), x.shape[1]))
    np.add.at(sums, index, x)
    return (sums / count[:, None])[index]
