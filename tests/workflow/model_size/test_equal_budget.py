"""Data of two ways to scale at equal budgets."""

import numpy as np
import pytest

from value_scaling.records import Setting
from value_scaling.workflow.model_size.crossings import Reached
from value_scaling.workflow.model_size.equal_budget import equal_budget


def reached(rows: list[tuple[float, int, int, float]]) -> Reached:
    """Return settings of (σ, N, B) with data D; D of the draws is 0.9 to 1.1 times."""
    settings = tuple(
        Setting.of(
            "walk",
            {"utd": u, "batch_size": b, "learning_rate": 3e-4, "model_size": n},
        )
        for u, n, b, _ in rows
    )
    data = np.array([[row[-1]] for row in rows])
    drawn = np.linspace(0.9, 1.1, 11)[:, None, None] * data
    return Reached(settings, np.ones(len(rows), int), data, drawn)


OPTIMAL = reached([(1, 100, 256, 10.0), (2, 400, 512, 20.0), (4, 900, 640, 40.0)])


def test_settings_are_paired_from_the_smallest_budget() -> None:
    # σ = 1 twice: the larger batch size belongs to the smaller unrounded σ.
    other = reached([(1, 300, 400, 30.0), (3, 300, 100, 5.0), (1, 300, 800, 15.0)])
    found = equal_budget("utd.zip", {"walk": other}, {"walk": OPTIMAL})
    assert found.labels == tuple(f"walk, budget {k}" for k in (1, 2, 3))
    assert found.ratio.value == pytest.approx([1.5, 1.5, 0.125])
    assert found.mean.value == pytest.approx(3.125 / 3)
    assert found.median.value == pytest.approx(1.5)


def test_fewer_settings_are_those_of_the_smallest_budgets() -> None:
    other = reached([(2, 700, 256, 60.0), (2, 200, 256, 30.0)])
    found = equal_budget("n.zip", {"walk": other}, {"walk": OPTIMAL})
    assert found.ratio.value == pytest.approx([3.0, 3.0])


def test_a_pair_of_which_one_never_arrives_is_left_out() -> None:
    other = reached([(1, 300, 100, np.nan), (2, 300, 100, 30.0)])
    found = equal_budget("n.zip", {"walk": other}, {"walk": OPTIMAL})
    assert np.isnan(found.ratio.value[0])
    assert found.mean.value == found.median.value == pytest.approx(1.5)
    assert found.mean.low <= 1.5 <= found.mean.high
