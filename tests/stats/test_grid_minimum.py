"""The minimum of a function on a grid: exact quadratics, edges, holes, ties."""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from value_scaling.stats.grid_minimum import OUTSIDE, grid_minimum

X = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
Y = np.array([-1.0, 0.0, 1.0, 2.0])
NEVER = np.inf


def bowl(
    x: float, y: float, *, tilt: float = 0.0, grid: tuple[np.ndarray, ...] = (X, Y)
) -> np.ndarray:
    """Return the table [x, y, 1] of a quadratic with its minimum at (x, y)."""
    u, v = np.meshgrid(grid[0] - x, grid[1] - y, indexing="ij")
    return (7 + u * u + v * v - 2 * tilt * u * v)[..., None]


def at(table: np.ndarray, **changes: object) -> tuple[float, float]:
    options: dict = {"x": X, "y": Y, "fitted": True, "first": False} | changes
    found = grid_minimum(table, **options)
    return found[0].item(), found[1].item()


@pytest.mark.parametrize("tilt", [0.0, 0.3, 0.6, -0.6, 0.9])
def test_the_minimum_of_a_quadratic_is_exact(tilt: float) -> None:
    assert at(bowl(1.7, 0.4, tilt=tilt)) == pytest.approx((1.7, 0.4))


def test_values_need_not_be_evenly_spaced() -> None:
    grid = (np.array([0.0, 0.5, 2.0, 3.0]), np.array([0.0, 2.0, 3.0]))
    table = bowl(1.6, 1.9, tilt=0.4, grid=grid)
    assert at(table, x=grid[0], y=grid[1]) == pytest.approx((1.6, 1.9))


def test_tables_of_a_stack_do_not_see_each_other() -> None:
    places = [(1.7, 0.4), (0.2, -0.9), (3.6, 1.8), (2.1, 1.1)]
    stack = np.concatenate([bowl(*place, tilt=0.5) for place in places], axis=2)
    stack[..., 1] = NEVER
    stack[2, 1, 3] = NEVER
    found = grid_minimum(stack, X, Y, fitted=True, first=False)
    for k, place in enumerate(places):
        alone = at(stack[..., k : k + 1])
        expected = (np.nan, np.nan) if k == 1 else place
        np.testing.assert_allclose([f[k] for f in found], expected)
        np.testing.assert_allclose(alone, expected)


def test_a_minimum_outside_the_grid_lies_half_a_step_outside_at_most() -> None:
    assert at(bowl(-0.3, 1.2)) == pytest.approx((-0.3, 1.2))
    assert at(bowl(-3.0, 1.2)) == pytest.approx((-OUTSIDE, 1.2))
    assert at(bowl(9.0, 9.0)) == pytest.approx((4 + OUTSIDE, 2 + OUTSIDE))


def test_inside_the_grid_a_minimum_stays_among_the_cells_of_its_fit() -> None:
    """If a cell is smallest by accident, the quadratic points beyond its neighbours."""
    table = np.full((5, 4, 1), 9.0)
    table[:3, 0, 0] = table[:3, 2, 0] = [4.5, 2.8, 1.05]
    table[:3, 1, 0] = [3.0, 0.9, 1.0]
    assert at(table) == pytest.approx((2.0, 0.0))


def test_missing_cells_take_no_part() -> None:
    table = bowl(2.2, 0.1, tilt=0.6)
    for cell in [(1, 0), (3, 2)]:
        table[cell] = NEVER
    assert at(table) == pytest.approx((2.2, 0.1))
    # Only the row and the column of the winner, (2, 0), are left: one variable at a
    # time, u² - 2·tilt·u·v at v = -0.1, and the reverse at u = -0.2.
    table[[1, 1, 3, 3], [0, 2, 0, 2]] = NEVER
    assert at(table) == pytest.approx((2.2 - 0.6 * 0.1, 0.1 - 0.6 * 0.2))
    # Not even those: the winner.
    table[1, 1] = table[2, 0] = NEVER
    assert at(table) == (2.0, 0.0)


def test_a_saddle_has_no_minimum() -> None:
    """A ridge has no minimum, so the parabola along the other variable counts."""
    table = bowl(2.2, 0.0, tilt=1.5)
    x, y = at(table)
    assert X.min() - OUTSIDE <= x <= X.max() + OUTSIDE
    assert Y.min() - OUTSIDE <= y <= Y.max() + OUTSIDE
    rising = np.broadcast_to(X[:, None, None] + Y[:, None] ** 2 / 9, (5, 4, 1))
    assert at(rising) == pytest.approx((0.0, 0.0))


@pytest.mark.parametrize("count", [1, 2])
def test_an_axis_of_one_or_two_values(count: int) -> None:
    table = bowl(1.7, 0.0)[:, :count]
    x, y = at(table, y=Y[:count])
    assert (x, y) == pytest.approx((1.7, Y[count - 1]))
    x, y = at(table.swapaxes(0, 1), x=Y[:count], y=X)
    assert (x, y) == pytest.approx((Y[count - 1], 1.7))
    assert at(table[:count], x=X[:count], y=Y[:count]) == (X[count - 1], Y[count - 1])


def test_cells_that_are_equally_small() -> None:
    table = np.full((5, 4, 1), 9.0)
    table[1, 1] = table[3, 2] = 5.0
    for fitted in (True, False):
        assert at(table, fitted=fitted) == pytest.approx((2.0, 0.5), abs=0.5)
    assert at(table, fitted=False) == (2.0, 0.5)
    assert at(table, fitted=False, first=True) == (1.0, 0.0)
    flat = np.full((5, 4, 1), 9.0)
    assert at(flat) == pytest.approx((2.0, 0.5))


def test_the_axes_may_change_places() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(5, 4, 200))
    table[rng.random(table.shape) < 0.2] = NEVER
    for fitted in (True, False):
        x, y = grid_minimum(table, X, Y, fitted=fitted, first=False)
        turned = grid_minimum(table.swapaxes(0, 1), Y, X, fitted=fitted, first=False)
        np.testing.assert_allclose(turned, [y, x], atol=1e-9)


LEVELS_IN_STEPS = """
import sys
import numpy as np
from value_scaling.stats.grid_minimum import grid_minimum

# Curves are logged at whole steps, so that many cells of a block are equal.
steps = np.random.default_rng(0).integers(1, 5, size=(5, 4, 3000))
found = grid_minimum(
    np.log(steps), np.arange(5.0), np.arange(4.0), fitted=True, first=False
)
sys.stdout.write(np.stack(found).tobytes().hex())
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="kernels of x86_64")
def test_processors_agree_to_the_last_bit() -> None:
    """OpenBLAS has kernels for each kind of processor, which round differently."""
    one, other = (
        subprocess.run(
            [sys.executable, "-c", LEVELS_IN_STEPS],
            env=os.environ | {"OPENBLAS_CORETYPE": kernels},
            capture_output=True,
            check=True,
        ).stdout
        for kernels in ("Nehalem", "Haswell")
    )
    assert len(one) > 0
    assert one == other
