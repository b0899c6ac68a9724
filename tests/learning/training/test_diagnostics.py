"""Diagnostics of arrays whose answer is known."""

import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.training.diagnostics import dormant_fraction, feature_rank


@pytest.mark.parametrize("rank", [1, 3, 7])
def test_feature_rank_of_equal_directions(rank: int) -> None:
    features = np.zeros((64, 12))
    features[:, :rank] = np.linalg.qr(
        np.random.default_rng(rank).normal(size=(64, rank))
    )[0]
    assert feature_rank(jnp.array(features)) == rank


def test_a_direction_below_one_percent_does_not_count() -> None:
    features = np.diag([1.0, 1.0, 0.01])
    assert feature_rank(jnp.array(features)) == 2


def test_dormant_units_are_those_far_below_their_layer() -> None:
    scores = np.ones((2, 1, 10))
    scores[0, 0, :4] = 0.0  # of the first network
    scores[1, 0, 0] = 0.001  # of the second
    scores[1, 0, 1] = 0.5  # low, not dormant
    layer = jnp.array(np.repeat(scores, 5, axis=1))
    assert dormant_fraction([layer]) == pytest.approx(5 / 20)


def test_layers_are_judged_apart() -> None:
    large, small = jnp.full((1, 3, 4), 100.0), jnp.full((1, 3, 4), 0.01)
    assert dormant_fraction([large, small]) == 0
