"""Minima of stacks of functions whose minimum is known."""

import numpy as np
import pytest

from value_scaling.stats.minimum import GRID_POINTS, find_minimum

LOW, HIGH = 0.5, 8.0
PLANTED = np.array([[0.6, 1.0, 2.5], [3.3, 5.0, 7.9]])


def valleys(x: np.ndarray) -> np.ndarray:
    """Return a valley in log x for each place in PLANTED, [2, 3, points]."""
    return np.log(x / PLANTED[..., None]) ** 2


def test_planted_minima_are_found() -> None:
    found = find_minimum(valleys, PLANTED.shape, low=LOW, high=HIGH)
    np.testing.assert_allclose(found.x, PLANTED, rtol=1e-6)
    assert not found.at_edge.any()


def test_the_grid_alone_gives_its_nearest_value() -> None:
    found = find_minimum(valleys, PLANTED.shape, low=LOW, high=HIGH, continuous=False)
    grid = np.geomspace(LOW, HIGH, GRID_POINTS)
    nearest = grid[np.abs(np.log(grid / PLANTED[..., None])).argmin(axis=-1)]
    np.testing.assert_array_equal(found.x, nearest)


@pytest.mark.parametrize("continuous", [False, True])
def test_a_minimum_at_an_end_is_flagged(continuous: bool) -> None:
    slopes = np.array([1.0, -1.0])
    found = find_minimum(
        lambda x: slopes[:, None] * x, (2,), low=LOW, high=HIGH, continuous=continuous
    )
    np.testing.assert_allclose(found.x, [LOW, HIGH], rtol=1e-9)
    assert found.at_edge.all()


def test_values_that_are_not_finite_never_win() -> None:
    def function(x: np.ndarray) -> np.ndarray:
        return np.where(x < 2, np.nan, np.where(x < 4, -np.inf, x))[None]

    found = find_minimum(lambda x: function(x[0]), (1,), low=LOW, high=HIGH)
    assert 4 <= found.x[0] < 4.2
