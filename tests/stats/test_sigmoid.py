"""Fits of sigmoids in log x: planted, with gaps, and at the limits of the search."""

import numpy as np
import pytest

from value_scaling.stats.sigmoid import FLATTEST, STEEPEST, Sigmoid, fit_sigmoid

X = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0])


def planted(turn: float, steepness: float) -> Sigmoid:
    return Sigmoid(*map(np.asarray, (2e4, 9e4, turn, steepness)))


def along(law: Sigmoid, x: np.ndarray = X) -> np.ndarray:
    return np.array([float(law(each)) for each in x])


@pytest.mark.parametrize(("turn", "steepness"), [(1.7, 2.0), (3.1, 3.3), (0.9, 1.3)])
def test_a_planted_sigmoid_is_found(turn: float, steepness: float) -> None:
    law = planted(turn, steepness)
    found = fit_sigmoid(X, along(law))
    between = np.geomspace(0.3, 14, 20)
    np.testing.assert_allclose(along(found, between), along(law, between), rtol=0.005)
    assert found.turn == pytest.approx(turn, rel=0.02)


def test_each_curve_of_a_stack_is_fitted_alone() -> None:
    laws = planted(1.0, 2.0), planted(4.0, 2.0)
    y = np.array([[along(law) for law in laws], [3 * along(law) for law in laws]])
    y[1, 1, 2] = np.nan
    found = fit_sigmoid(X, y)
    for i, j in np.ndindex(2, 2):
        one = fit_sigmoid(X, y[i, j])
        for name in ("low", "drop", "turn", "steepness"):
            assert getattr(one, name) == getattr(found, name)[i, j]
    np.testing.assert_allclose(found.drop[1, 0], 3 * found.drop[0, 0])
    assert found.turn[1, 1] == pytest.approx(4.0, rel=0.1)  # without one point


def test_too_few_points_give_none() -> None:
    y = along(planted(2.0, 2.0))
    y[3:] = np.nan
    found = fit_sigmoid(X, y)
    for name in ("low", "drop", "turn", "steepness"):
        assert np.isnan(getattr(found, name))
    assert np.isnan(found(1.0))
    y[3] = 5e4
    assert np.isfinite(fit_sigmoid(X, y)(1.0))


@pytest.mark.parametrize("y", [np.full(7, 5e4), np.linspace(1e4, 5e4, 7)])
def test_what_does_not_fall_is_fitted_by_its_mean(y: np.ndarray) -> None:
    found = fit_sigmoid(X, y)
    assert found.drop == pytest.approx(0, abs=1e-6)
    assert found(3.0) == pytest.approx(y.mean())


def test_the_search_keeps_to_its_limits() -> None:
    """A pure power law has its turn below all x, where it is not identifiable."""
    found = fit_sigmoid(X, 1e5 * X**-1.5)
    assert X[0] * 0.9999 <= found.turn <= X[-1]
    assert FLATTEST <= found.steepness <= STEEPEST * 1.0001
    assert found.low >= 0


def test_data_that_would_want_a_floor_below_zero_get_zero() -> None:
    law = Sigmoid(*map(np.asarray, (-2e4, 9e4, 2.0, 1.0)))
    y = along(law)
    found = fit_sigmoid(X, np.where(y > 0, y, np.nan))
    assert found.low == 0
    free = np.stack([found(x) for x in X])
    assert (free >= 0).all()
