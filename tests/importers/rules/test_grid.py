"""Step grids: their spacing, and the value at each step."""

import numpy as np
import pytest

from value_scaling.importers.rules.grid import (
    choose_every,
    grid_between,
    is_regular,
    last_values,
    mean_values,
)


@pytest.mark.parametrize(
    ("intervals", "longest", "every"),
    [
        ([100, 130], 1e5, 200),
        ([1000], 1e6, 1000),
        ([1001], 5e5, 2000),
        ([200], 1e6, 1000),  # at most a thousand points
        ([25_000], 1e6, 50_000),
        ([0.5], 100, 1),
    ],
)
def test_the_spacing(intervals: list[float], longest: float, every: int) -> None:
    assert choose_every(intervals, longest) == every


def test_the_grid_lies_within_the_runs() -> None:
    assert grid_between(150, 500, 100).tolist() == [200, 300, 400, 500]
    assert grid_between(0, 99, 100).tolist() == [0]
    assert len(grid_between(101, 199, 100)) == 0


def test_a_value_uses_only_what_was_logged_by_then() -> None:
    """A brute force over random logs."""
    rng = np.random.default_rng(0)
    steps = np.unique(rng.integers(1, 1000, 80)).astype(float)
    values = rng.normal(size=len(steps))
    grid = grid_between(steps[0], steps[-1], 37)
    assert last_values(grid, steps, values).tolist() == [
        values[steps <= step][-1] for step in grid
    ]
    means, empty = mean_values(grid, steps, values, 20)
    inside = [values[(steps > step - 20) & (steps <= step)] for step in grid]
    assert empty == sum(len(each) == 0 for each in inside) > 0
    wanted = [
        each.mean() if len(each) else values[steps <= step][-1]
        for each, step in zip(inside, grid, strict=True)
    ]
    np.testing.assert_allclose(means, wanted, rtol=0, atol=1e-12)


def test_a_single_value_stays_as_it_is() -> None:
    values = np.array([0.1, 1e9, 0.2])
    means, _ = mean_values(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]), values, 1)
    assert means.tolist() == values.tolist()


def test_regular_logs() -> None:
    assert is_regular(np.arange(5) * 5000.0 + 5000)
    assert is_regular(np.array([1.0, 7.0]))
    assert not is_regular(np.array([1.0, 7, 9, 30]))
