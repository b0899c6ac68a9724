"""The surface through log data, and the expected saving of an observation."""

import numpy as np
import pytest
from scipy.stats import norm

from value_scaling.workflow.next_runs.gain import gains
from value_scaling.workflow.next_runs.surface import Surface, fit_surface

GRID = np.array(
    [(u, b, r) for u in range(2) for b in range(5) for r in range(4)], dtype=float
)


def valley(cells: np.ndarray) -> np.ndarray:
    """Return log data that is least at B = 2 + σ and η = 1, in steps of the grid."""
    utd, size, rate = cells.T
    return 10 - utd + 0.1 * (size - 2 - utd) ** 2 + 0.15 * (rate - 1) ** 2


def test_the_surface_finds_the_minimum_of_a_valley_that_was_half_seen() -> None:
    rng = np.random.default_rng(0)
    seen = np.sort(rng.permutation(len(GRID))[: len(GRID) // 2])
    values = valley(GRID)[seen]
    found = fit_surface(GRID, seen, values, np.full(len(seen), 1e-4))
    assert found.mean[seen] == pytest.approx(values, abs=0.03)
    for utd in (0, 1):
        row = np.flatnonzero(GRID[:, 0] == utd)
        best = row[found.mean[row].argmin()]
        assert GRID[best].tolist() == [utd, 2 + utd, 1]
    unseen = np.setdiff1d(np.arange(len(GRID)), seen)
    spread = np.sqrt(np.diag(found.covariance))
    error = np.abs(found.mean - valley(GRID))[unseen]
    assert (error < 3 * spread[unseen] + 0.01).all()
    assert spread[unseen].mean() > spread[seen].mean()


def test_an_observation_reduces_the_variance_as_a_normal_one_does() -> None:
    prior = Surface(np.zeros(2), np.array([[1.0, 0.5], [0.5, 1.0]]))
    after = prior.observed(0, noise=1.0)
    assert after.covariance[0, 0] == pytest.approx(0.5)
    assert after.covariance[1, 1] == pytest.approx(1 - 0.25 / 2)


@pytest.mark.parametrize("difference", [0.0, 0.5, 1.5])
def test_the_gain_of_two_independent_cells(difference: float) -> None:
    """The knowledge gradient has a closed form here."""
    surface = Surface(np.array([0.0, difference]), np.diag([0.0, 1.0]))
    (found,) = gains(surface, [np.arange(2)], [1], [1.0])
    spread = np.sqrt(0.5)
    z = -difference / spread
    assert found == pytest.approx(spread * (z * norm.cdf(z) + norm.pdf(z)), rel=0.05)


def test_a_shift_of_all_cells_decides_nothing() -> None:
    surface = Surface(np.array([0.0, 1.0]), np.ones((2, 2)))
    assert gains(surface, [np.arange(2)], [0], [0.0]) == pytest.approx(0, abs=1e-9)


def test_gains_add_up_over_rows() -> None:
    surface = Surface(np.zeros(4), np.kron(np.ones((2, 2)), np.diag([0.0, 1.0])))
    rows = [np.array([0, 1]), np.array([2, 3])]
    both = gains(surface, rows, [1], [1.0])
    assert both == pytest.approx(2 * gains(surface, rows[:1], [1], [1.0]))
