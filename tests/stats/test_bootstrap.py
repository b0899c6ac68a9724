"""Streams, counts and intervals of the seed bootstrap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from value_scaling.stats.bootstrap import (
    interval,
    resample_counts,
    resampled_medians,
    stream,
)
from value_scaling.stats.isotonic import first_crossings

SETTINGS = [
    (env, utd, batch_size)
    for env in ("Ant-v4", "dog-stand")
    for utd in (0.25, 1.0, 16.0)
    for batch_size in (64, 128)
]


def draws(identities: list[tuple], seed: int = 3) -> dict[tuple, np.ndarray]:
    return {one: resample_counts(stream(seed, *one), 8, 50) for one in identities}


def test_streams_know_neither_order_nor_subset() -> None:
    whole = draws(SETTINGS)
    for others in (SETTINGS[::-1], SETTINGS[4:7], SETTINGS[-1:]):
        for one, counts in draws(others).items():
            np.testing.assert_array_equal(counts, whole[one])


def test_every_identity_has_a_stream_of_its_own() -> None:
    identities: list[tuple] = [
        *SETTINGS,
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("a", "b", "c"),
        (1, 23),
        (12, 3),
        *((purpose, k) for purpose in ("best", "data") for k in range(500)),
    ]
    first = {stream(0, *one).integers(1 << 63) for one in identities}
    assert len(first) == len(identities)


def test_the_seed_counts_too() -> None:
    first = {stream(seed, "Ant-v4").integers(1 << 63) for seed in range(300)}
    assert len(first) == 300


def test_neighbouring_streams_are_uncorrelated() -> None:
    normals = np.array([stream(0, "Ant-v4", k).normal(size=4000) for k in range(8)])
    correlation = np.corrcoef(normals) - np.eye(8)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)


@given(st.integers(1, 12), st.integers(1, 40), st.integers(0, 9))
@settings(deadline=None)
def test_counts_are_samples_of_as_many_seeds(
    seeds: int, replicates: int, seed: int
) -> None:
    counts = resample_counts(stream(seed), seeds, replicates)
    assert counts.shape == (replicates, seeds)
    assert np.issubdtype(counts.dtype, np.integer)
    assert (counts >= 0).all()
    assert (counts.sum(axis=1) == seeds).all()


def test_moments_of_the_counts() -> None:
    """Multinomial: mean 1, variance 1 - 1/n, covariance -1/n, within 5 errors."""
    seeds, replicates = 8, 40_000
    counts = resample_counts(stream(1, "moments"), seeds, replicates)
    error = 5 / np.sqrt(replicates)
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=error)
    expected = np.eye(seeds) - 1 / seeds
    # Var of a product of two nearly Poisson(1) counts is below 4.
    np.testing.assert_allclose(np.cov(counts.T), expected, atol=2 * error)
    # The chance that a seed is left out altogether.
    left_out = (counts == 0).mean()
    assert left_out == pytest.approx((1 - 1 / seeds) ** seeds, abs=error)


@given(
    hnp.arrays(
        float,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=12),
        elements=st.floats(-1e6, 1e6) | st.just(np.nan),
    ),
    st.sampled_from([0.5, 0.9, 0.95]),
    st.integers(0, 2),
)
@settings(deadline=None, max_examples=200)
def test_interval_is_the_linear_quantile_of_the_finite_replicates(
    values: np.ndarray, coverage: float, axis: int
) -> None:
    axis %= values.ndim
    low, high = interval(values, coverage=coverage, axis=axis)
    enough = np.isfinite(values).mean(axis=axis) >= 0.5
    for end, quantile in ((low, (1 - coverage) / 2), (high, (1 + coverage) / 2)):
        assert end.shape == enough.shape
        assert np.isnan(end[~enough]).all()
        columns = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
        columns = columns[:, enough.ravel()]
        expected = np.nanquantile(columns, quantile, axis=0, method="linear")
        np.testing.assert_allclose(end[enough], expected, rtol=1e-12, atol=1e-9)


def test_half_of_the_replicates_must_be_finite() -> None:
    column = np.arange(10.0)
    five, four = column.copy(), column.copy()
    five[5:], four[4:] = np.nan, np.nan
    low, high = interval(np.stack([column, five, four], axis=1))
    assert low[:2] == pytest.approx([0.225, 0.1])
    assert high[:2] == pytest.approx([8.775, 3.9])
    assert np.isnan([low[2], high[2]]).all()


def test_infinite_replicates_are_left_out_like_nan() -> None:
    low, high = interval(np.array([1.0, 2.0, 3.0, np.inf, -np.inf]), coverage=1.0)
    assert (low, high) == (1.0, 3.0)


def test_the_input_is_left_alone() -> None:
    values = np.array([3.0, np.nan, 1.0, 2.0])
    kept = values.copy()
    interval(values)
    np.testing.assert_array_equal(values, kept)


def test_coverage_of_a_planted_crossing() -> None:
    """The 95% interval includes the truth as often as expected for so few seeds.

    Each seed's curve is the same ramp shifted by a normal offset, so that the mean
    curve crosses J where the mean offset says. A percentile interval for the mean of
    n normal seeds is ±1.96·s·√((n-1)/n)/√n wide: its coverage is that of Student's t.
    """
    seeds, points, replicates, studies = 10, 501, 400, 400
    ramp = np.linspace(-3, 3, points)[:, None]
    truth = points // 2
    level = np.array([0.0])
    covered = np.empty(studies, dtype=bool)
    for k in range(studies):
        rng = stream(7, "coverage", k)
        returns = ramp + rng.normal(size=seeds)
        counts = resample_counts(rng, seeds, replicates)
        found = first_crossings(returns, level, counts=counts)[:, 0]
        low, high = interval(found)
        covered[k] = low <= truth <= high
    width = stats.norm.ppf(0.975) * np.sqrt((seeds - 1) / seeds)
    expected = 1 - 2 * stats.t.sf(width, seeds - 1)
    assert expected == pytest.approx(0.904, abs=0.001)  # not 0.95: few seeds
    error = np.sqrt(expected * (1 - expected) / studies)
    assert covered.mean() == pytest.approx(expected, abs=3 * error + 0.005)


@given(st.integers(1, 9), st.integers(0, 99))
def test_resampled_medians_are_those_of_the_samples(seeds: int, number: int) -> None:
    rng = np.random.default_rng(number)
    values = rng.integers(0, 5, seeds).astype(float)
    values[rng.random(seeds) < 0.2] = np.nan
    counts = resample_counts(rng, seeds, 20)
    for median, count in zip(resampled_medians(values, counts), counts, strict=True):
        sample = np.repeat(values, count)
        sample = sample[np.isfinite(sample)]
        expected = np.median(sample) if len(sample) else np.nan
        np.testing.assert_equal(median, expected)
