"""The linear part of bootstrapped values."""

import numpy as np
import pytest

from value_scaling.stats.linear_part import linear_part


def test_what_is_linear_is_all_there_and_what_is_not_is_gone() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(3, 400))
    linear = inputs[0] - 2 * inputs[1]
    centred = linear - linear.mean()
    np.testing.assert_allclose(linear_part(5 + linear, inputs), centred, atol=1e-12)
    bent = np.stack([linear, linear + inputs[2] ** 2])
    part = linear_part(bent, inputs)
    np.testing.assert_allclose(part[0], centred, atol=1e-12)
    assert part[1].std() < 1.05 * linear.std() < 0.95 * bent[1].std()


def test_inputs_that_do_not_vary_or_repeat_change_nothing() -> None:
    rng = np.random.default_rng(1)
    inputs, values = rng.normal(size=(2, 50)), rng.normal(size=50)
    more = np.concatenate([inputs, np.full((1, 50), 7.0), inputs[:1] + 2 * inputs[1:]])
    np.testing.assert_allclose(
        linear_part(values, more), linear_part(values, inputs), atol=1e-12
    )
    assert not linear_part(values, np.full((1, 50), 7.0)).any()


@pytest.mark.parametrize("draws", [1, 2, 5])
def test_few_draws_are_what_they_are(draws: int) -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=draws)
    part = linear_part(values, rng.normal(size=(6, draws)))
    np.testing.assert_allclose(part, values - values.mean(), atol=1e-12)


def test_the_spread_is_that_of_the_average_over_draws() -> None:
    """The value jumps: it says which of two resampled means is smaller."""
    rng = np.random.default_rng(3)
    averages, wide, narrow = [], [], []
    for _ in range(400):
        means = rng.normal(size=2)
        inputs = means[:, None] + rng.normal(size=(2, 400))
        jumps = (inputs[0] < inputs[1]).astype(float)
        averages.append(jumps.mean())
        wide.append(jumps.std())
        narrow.append(linear_part(jumps, inputs).std())
    true = np.std(averages)
    assert np.mean(narrow) == pytest.approx(true, rel=0.15)
    assert np.mean(wide) > 1.3 * true
