"""Random effects over tasks."""

import numpy as np
import pytest

from value_scaling.stats.external.random_effects import random_effects


def _likelihood(between: float, effects: np.ndarray, errors: np.ndarray) -> float:
    w = 1 / (between + errors**2)
    mean = (w @ effects) / w.sum()
    return float(
        0.5 * np.log(w).sum()
        - 0.5 * np.log(w.sum())
        - 0.5 * (w * (effects - mean) ** 2).sum()
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_restricted_likelihood_is_largest_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    errors = rng.uniform(0.05, 0.4, size=12)
    effects = -0.2 + 0.2 * rng.normal(size=12) + errors * rng.normal(size=12)
    grid = np.linspace(0, 0.5, 5_001)
    best = grid[np.argmax([_likelihood(each, effects, errors) for each in grid])]
    assert random_effects(effects, errors).between ** 2 == pytest.approx(best, abs=1e-4)


def test_tasks_of_equal_error_have_a_closed_form() -> None:
    effects = np.array([-0.5, -0.1, 0.0, 0.4, 0.7])
    found = random_effects(effects, np.full(5, 0.1))
    assert found.between**2 == pytest.approx(effects.var(ddof=1) - 0.01)
    assert found.mean == pytest.approx(effects.mean())
    half = (
        2.7764451 * effects.std(ddof=1) / np.sqrt(5)
    )  # t with four degrees of freedom
    assert found.high - found.mean == pytest.approx(half)
    assert found.kept == pytest.approx(found.between**2 / effects.var(ddof=1))
    shrunk = found.shrunk(effects)
    assert shrunk.mean() == pytest.approx(effects.mean())
    assert (np.abs(shrunk - found.mean) < np.abs(effects - found.mean)).all()


def test_alike_tasks_are_pooled_completely() -> None:
    effects = np.array([-0.21, -0.2, -0.19])
    found = random_effects(effects, np.full(3, 0.3))
    assert found.between == 0
    assert found.shrunk(effects) == pytest.approx([found.mean] * 3)
    assert found.high - found.mean > 0.3  # not narrower than errors of 0.3 permit


def test_one_task_has_no_interval() -> None:
    found = random_effects(np.array([-0.3]), np.array([0.1]))
    assert found.mean == -0.3
    assert np.isnan(found.low) and np.isnan(found.new_high)


def test_intervals_of_planted_tasks_cover() -> None:
    rng = np.random.default_rng(7)
    covered = new = 0
    for _ in range(200):
        errors = rng.uniform(0.05, 0.4, size=10)
        effects = -0.2 + 0.15 * rng.normal(size=10) + errors * rng.normal(size=10)
        found = random_effects(effects, errors)
        covered += found.low <= -0.2 <= found.high
        new += found.new_low <= -0.2 + 0.15 * rng.normal() <= found.new_high
    assert 180 <= covered <= 199
    # Prediction intervals of ten noisy tasks cover less, because τ is often 0.
    assert 160 <= new <= 199
