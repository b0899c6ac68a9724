"""Halves of the seeds, and the interval of a mean over random splits."""

import numpy as np
import pytest
from scipy.stats import t

from value_scaling.stats.halves import half_counts, split_interval

SPLITS, DRAWS = 30, 6


@pytest.mark.parametrize("seeds", [4, 7, 8])
def test_halves_share_no_seed_and_samples_stay_in_their_half(seeds: int) -> None:
    counts = half_counts(np.random.default_rng(0), seeds, SPLITS, DRAWS)
    whole = counts[: 2 * SPLITS].reshape(SPLITS, 2, seeds)
    drawn = counts[2 * SPLITS :].reshape(SPLITS, 2, DRAWS, seeds)
    np.testing.assert_array_equal(whole.sum(axis=1), 1)
    np.testing.assert_array_equal(
        whole.sum(axis=2), [[(seeds + 1) // 2, seeds // 2]] * SPLITS
    )
    assert (drawn[np.broadcast_to(whole[:, :, None] == 0, drawn.shape)] == 0).all()
    np.testing.assert_array_equal(
        drawn.sum(axis=3), np.repeat(whole.sum(axis=2)[..., None], DRAWS, axis=2)
    )


def test_every_seed_is_equally_often_in_the_first_half() -> None:
    counts = half_counts(np.random.default_rng(1), 6, 4000, 1)
    first = counts[:8000:2].mean(axis=0)
    np.testing.assert_allclose(first, 0.5, atol=0.04)


def test_an_interval_by_hand() -> None:
    values = np.array([[1.0, 5.0], [3.0, 5.0], [2.0, np.nan], [2.0, 7.0], [0.0, 5.0]])
    values = np.concatenate([values, [[6.0, 5.0]]])
    mean, low, high = split_interval(values)
    np.testing.assert_allclose(mean, [7 / 3, 5.0])
    # Half of the differences: 1, 0 and 3; the split with a NaN does not count.
    reach = t.ppf(0.975, 2) * np.sqrt((1 + 0 + 9) / 3)
    np.testing.assert_allclose([low[0], high[0]], [7 / 3 - reach, 7 / 3 + reach])
    assert (low[1], high[1]) == (5.0, 5.0)


def test_what_is_not_known_has_no_interval() -> None:
    mean, low, high = split_interval(np.array([[np.nan, 2.0], [1.0, 4.0]]))
    assert np.isnan(mean[0])
    assert mean[1] == 3.0
    assert np.isnan([low, high]).all()
