"""Crossings of the Gym sweep, 100 draws and 8 levels, by our code and by regression."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import isotonic_regression
from sklearn.isotonic import IsotonicRegression

from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.stats.isotonic import first_crossings

NORMALISERS = {
    "HalfCheetah-v4": 9125,
    "Walker2d-v4": 5000,
    "Ant-v4": 6625,
    "Humanoid-v4": 6500,
}
LEVELS = np.arange(100.0, 900, 100)
DRAWS = 100


@pytest.fixture(scope="module")
def sweep(published: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(steps, normalised returns, counts) of each of the 144 settings."""
    found = []
    with zipfile.ZipFile(published / "gym_sweep.zip") as members:
        for name in members.namelist():
            match = re.match(r"[^_].*/utd_[^/]*/([^/]+)/.*\.npy", name)
            if match:
                table = np.load(io.BytesIO(members.read(name)), allow_pickle=False)
                returns = table[:, 1:] * (1000 / NORMALISERS[match[1]])
                counts = resample_counts(stream(0, name), returns.shape[1], DRAWS)
                found.append((table[:, 0], returns, counts))
    assert len(found) == 144
    return found


def by_regression(
    sweep: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    fit: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> list[np.ndarray]:
    """A regression for each draw, then the first point at or above each level."""
    found = []
    for steps, returns, counts in sweep:
        index = np.empty((DRAWS, len(LEVELS)), dtype=int)
        for row, draw in enumerate(counts):
            above = fit(steps, returns @ draw / draw.sum())[:, None] >= LEVELS
            index[row] = np.where(above.any(axis=0), above.argmax(axis=0), len(steps))
        found.append(index)
    return found


def with_scikit_learn(steps: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return IsotonicRegression(out_of_bounds="clip").fit_transform(steps, mean)


def with_scipy(steps: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return isotonic_regression(mean).x


def test_crossings(sweep: list[Any], bench: Any) -> None:
    def ours() -> list[np.ndarray]:
        return [
            first_crossings(returns, LEVELS, counts=counts)
            for _, returns, counts in sweep
        ]

    kept: dict[str, list[np.ndarray]] = {}

    def keep(name: str, fit: Callable[..., np.ndarray]) -> Callable[[], None]:
        return lambda: kept.update({name: by_regression(sweep, fit)})

    seconds = bench.cpu_seconds(ours, repeats=7)
    once = {"repeats": 1, "warm_up": False}
    sklearn = bench.cpu_seconds(keep("sklearn", with_scikit_learn), **once)
    scipy = bench.cpu_seconds(keep("scipy", with_scipy), **once)
    expected = ours()
    for name, theirs in kept.items():
        for left, right in zip(expected, theirs, strict=True):
            np.testing.assert_array_equal(left, right, err_msg=name)

    size = f"{len(sweep)} settings, {DRAWS} draws, {len(LEVELS)} levels, all equal"
    bench.record("crossings, ours", seconds, "s", note=size)
    bench.record("crossings, scikit-learn on each draw", sklearn, "s")
    bench.record("crossings, scipy on each draw", scipy, "s")
    bench.record("scikit-learn / ours", sklearn / seconds, "×", target=">= 100")
    bench.record("scipy / ours", scipy / seconds, "×")
