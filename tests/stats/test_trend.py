"""Trends with an intercept for each group, against a design matrix with dummies."""

import numpy as np

from value_scaling.stats.trend import fit_trends

RNG = np.random.default_rng(0)
GROUPS = np.repeat([0, 1, 2], 20)
X = RNG.normal(size=(60, 3)) + GROUPS[:, None]
CENTRE = X.mean(axis=0)


def with_dummies(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Slopes of the plain least squares with a column for each group."""
    dummies = groups[:, None] == np.unique(groups)
    design = np.column_stack([x, dummies])
    return np.linalg.lstsq(design, y, rcond=None)[0][: x.shape[1]]


def test_exact_trends_come_back() -> None:
    y = 3 * GROUPS + (X - CENTRE) @ [0.5, -2.0, 0.0]
    level, slopes = fit_trends(X, y, GROUPS, CENTRE)
    np.testing.assert_allclose(slopes, [0.5, -2.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(level, 3.0)  # mean intercept of groups 0, 1, 2


def test_equals_least_squares_with_dummies_whatever_is_missing() -> None:
    y = RNG.normal(size=(5, 4, 60)) + GROUPS
    y[RNG.random(y.shape) < 0.2] = np.nan
    level, slopes = fit_trends(X, y, GROUPS, CENTRE)
    assert level.shape == (5, 4)
    for index in np.ndindex(5, 4):
        kept = np.isfinite(y[index])
        expected = with_dummies(X[kept], y[index][kept], GROUPS[kept])
        np.testing.assert_allclose(slopes[index], expected, atol=1e-10)
        rest = y[index][kept] - (X[kept] - CENTRE) @ expected
        np.testing.assert_allclose(level[index], rest.mean())


def test_a_predictor_without_spread_has_no_slope_and_spoils_no_other() -> None:
    x = X.copy()
    x[:, 1] = GROUPS  # differs between groups only: their intercepts hold it all
    y = GROUPS + 0.5 * x[:, 0]
    level, slopes = fit_trends(x, y, GROUPS, x.mean(axis=0))
    assert np.isnan(slopes[1])
    np.testing.assert_allclose(slopes[[0, 2]], [0.5, 0.0], atol=1e-12)
    assert np.isfinite(level)


def test_predictors_that_go_together_cannot_be_told_apart() -> None:
    x = X.copy()
    x[:, 2] = 2 * x[:, 0]
    level, slopes = fit_trends(x, GROUPS + x[:, 0], GROUPS, CENTRE)
    assert np.isnan(slopes).all()
    assert np.isnan(level)


def test_without_points_nothing_is_known() -> None:
    level, slopes = fit_trends(X, np.full((2, 60), np.nan), GROUPS, CENTRE)
    assert np.isnan(level).all()
    assert np.isnan(slopes).all()
