"""Crossings of curves with few log points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import isotonic_regression

from value_scaling.stats.bootstrap import interval, resample_counts
from value_scaling.stats.external.coarse import coarse_crossings, isotonic_fits
from value_scaling.stats.isotonic import first_crossings

STEPS = np.arange(0, 1_000_001, 100_000)


@given(arrays(float, (3, 7), elements=st.integers(-50, 50).map(float)))
@settings(max_examples=60, deadline=None)
def test_fits_are_those_of_scipy(curves: np.ndarray) -> None:
    expected = [isotonic_regression(curve).x for curve in curves]
    assert np.allclose(isotonic_fits(curves), expected)


def test_an_interpolated_crossing_lies_between_its_log_points() -> None:
    found = coarse_crossings(STEPS, np.linspace(0, 10, 11)[None], 2.5)
    parts = found.steps, found.before, found.after
    assert [float(part[0]) for part in parts] == [250_000, 200_000, 300_000]
    rng = np.random.default_rng(0)
    drawn = np.array([found.drawn(rng)[0] for _ in range(2000)])
    assert 200_000 < drawn.min() < 202_000
    assert 298_000 < drawn.max() <= 300_000


def test_log_points_at_or_above_a_level_are_those_of_dense_curves() -> None:
    rng = np.random.default_rng(1)
    curves = (rng.normal(size=(11, 6)) + 0.5).cumsum(axis=0)
    mean = isotonic_fits(curves.mean(axis=1))
    for level in np.linspace(mean[0] + 0.01, mean[-1] - 0.01, 9):
        (at,) = first_crossings(curves, np.array([level]))[0]
        assert coarse_crossings(STEPS, mean, level).after == STEPS[at]


def test_a_level_that_is_never_reached_or_reached_at_once() -> None:
    fits = np.array([[0.0] * 11, [5.0] * 11])
    found = coarse_crossings(STEPS, fits, 3.0)
    assert np.isnan(found.steps[0]) and np.isnan(
        found.drawn(np.random.default_rng(0))[0]
    )
    assert (found.before[1], found.after[1]) == (0, 100_000)


def _curves(
    rng: np.random.Generator, data: np.ndarray, steps: np.ndarray, seeds: int
) -> list[np.ndarray]:
    """Return runs for each σ that reach 0.7 of their limit after about `data` steps."""
    found = []
    for crossing in data:
        own = crossing * np.exp(0.15 * rng.normal(size=seeds))
        curves = 1 - 0.3 ** (steps[:, None] / own)
        found.append(curves + 0.02 * rng.normal(size=curves.shape))
    return found


def _slopes(
    rng: np.random.Generator,
    utds: np.ndarray,
    runs: list[np.ndarray],
    steps: np.ndarray,
) -> np.ndarray:
    """Return replicates of the slope of log D in log σ."""
    x = np.log(utds) - np.log(utds).mean()
    drawn = []
    for curves in runs:
        counts = resample_counts(rng, curves.shape[1], 200)
        means = counts @ curves.T / curves.shape[1]
        drawn.append(coarse_crossings(steps, isotonic_fits(means), 0.7).drawn(rng))
    return np.log(np.stack(drawn, axis=1)) @ (x / (x @ x))


@pytest.mark.parametrize("exponent", [-0.4, 0.0])
def test_a_coarse_log_of_a_planted_curve_covers_as_a_dense_one(exponent: float) -> None:
    rng = np.random.default_rng(2)
    utds = np.array([1.0, 2.0, 4.0, 8.0])
    dense = np.linspace(0, 2_000_000, 41)
    coarse = slice(None, None, 4)  # 11 points, one every 200,000 steps
    covered, widths = np.zeros(2), np.zeros((25, 2))
    for trial in range(25):
        data = 800_000 * utds**exponent * np.exp(0.3 * rng.normal())
        runs = _curves(rng, data, dense, 10)
        for log, (steps, own) in enumerate(
            ((dense, runs), (dense[coarse], [each[coarse] for each in runs]))
        ):
            low, high = interval(_slopes(rng, utds, own, steps))
            covered[log] += low <= exponent <= high
            widths[trial, log] = high - low
    assert (covered >= 21).all(), covered
    # What a log point every 200,000 steps hides is part of the interval.
    assert np.median(widths[:, 1]) > 1.2 * np.median(widths[:, 0])
