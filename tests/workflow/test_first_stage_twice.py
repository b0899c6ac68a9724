"""The published first stage, reimplemented plainly: loops, scipy, least squares."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from value_scaling.records import PUBLISHED, Choices, Runs
from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess

TOPS = {"Ant-v4": 6625, "Walker2d-v4": 5000}
UTDS = (1, 4, 8)
SIZES = (128, 256, 512)
RATES = {
    "Ant-v4": ("5e-05", "0.0001", "0.0002"),
    "Walker2d-v4": ("0.0002", "0.0005", "0.001"),
}
DRAWS = 6
Times = dict[tuple[str, int, int, float, int], float]


def times_to_800(archive: Path) -> Times:
    """Return the first step at which the fit reaches 800, by setting and draw."""
    found: Times = {}
    with zipfile.ZipFile(archive) as members:
        names = members.namelist()
        for env, top in TOPS.items():
            for utd in UTDS:
                for size in SIZES:
                    for text in RATES[env]:
                        end = f"utd_{utd}/{env}/episode.return/bs_{size}_lr_{text}.npy"
                        (name,) = (n for n in names if n.endswith(f"/{end}"))
                        table = np.load(io.BytesIO(members.read(name)))
                        returns = table[:, 1:] * 1000 / top
                        seeds, rate = returns.shape[1], float(text)
                        key = ("gym", "sweep", env, float(utd), size, rate)
                        for draw, count in enumerate(
                            resample_counts(stream(0, *key), seeds, DRAWS)
                        ):
                            chosen = np.repeat(np.arange(seeds), count)
                            mean = returns[:, chosen].mean(axis=1)
                            fit = isotonic_regression(mean).x
                            over = np.flatnonzero(fit >= 800)
                            step = table[over[0], 0] if len(over) else np.inf
                            found[env, utd, size, rate, draw] = step
    return found


def best(times: Times, env: str, utd: int, draw: int, *, of_sizes: bool) -> list[float]:
    """Return the winner of each row; in rows of equals the smallest wins."""
    rates = [float(text) for text in RATES[env]]
    winners = []
    for other in rates if of_sizes else SIZES:
        lowest, winner = None, None
        for value in SIZES if of_sizes else rates:
            size, rate = (value, other) if of_sizes else (other, value)
            time = times[env, utd, size, rate, draw]  # type: ignore[index]
            if lowest is None or time < lowest:
                lowest, winner = time, value
        assert winner is not None
        winners.append(float(winner))
    return winners


def shared_line(points: dict[str, list[float]]) -> tuple[float, list[float]]:
    """Fit log10 y to log10 σ and a dummy variable per environment by least squares."""
    rows, targets = [], []
    for number, values in enumerate(points.values()):
        for utd, value in zip(UTDS, values, strict=True):
            dummies = [float(number == other) for other in range(len(points))]
            rows.append([np.log10(utd), *dummies])
            targets.append(np.log10(value))
    slope, *constants = np.linalg.lstsq(np.array(rows), np.array(targets))[0]
    return slope, [10**constant for constant in constants]


@pytest.fixture(scope="module")
def some(published: Path, root: Path):
    """Return the study and its runs, with only two environments and three σ."""
    study = load_study("gym", Folders.at(root))
    runs = read_runs(published / "gym_sweep.zip", study, "sweep")
    kept = tuple(
        curve
        for curve in runs.curves
        if curve.setting.env in TOPS and curve.setting.utd in UTDS
    )
    return study, collect(replace(runs, curves=kept), study)


@pytest.mark.parametrize("of_sizes", [True, False])
def test_equal_to_the_plain_version(published: Path, some, of_sizes: bool) -> None:
    study, runs = some
    assert isinstance(runs, Runs)
    assert len(runs.curves) == 2 * 3 * 9
    crossings = preprocess(runs, study, PUBLISHED, replicates=DRAWS, seed=0)
    record = hyperparameters(crossings, study, PUBLISHED)
    found = record.batch_size if of_sizes else record.learning_rate

    times = times_to_800(published / "gym_sweep.zip")
    assert any(np.isinf(time) for time in times.values())  # votes for the smallest
    means = {
        env: [
            float(
                np.mean(
                    [
                        best(times, env, utd, draw, of_sizes=of_sizes)
                        for draw in range(DRAWS)
                    ]
                )
            )
            for utd in UTDS
        ]
        for env in TOPS
    }
    np.testing.assert_allclose(found.best.value, list(means.values()), rtol=1e-12)
    slope, scales = shared_line(means)
    np.testing.assert_allclose(found.shared.value.exponent, slope, rtol=1e-10)
    np.testing.assert_allclose(found.shared.value.scale, scales, rtol=1e-10)
    for e, values in enumerate(means.values()):  # without the largest σ: two points
        alone = np.log(values[1] / values[0]) / np.log(4)
        assert found.separate.value.exponent[e] == pytest.approx(alone, rel=1e-10)


def test_the_default_differs_only_by_its_choices(some) -> None:
    """With each published choice set, the two are equal."""
    study, runs = some
    crossings = preprocess(runs, study, Choices(), replicates=DRAWS, seed=0)
    by_hand = Choices(
        best_values="marginal",
        unreached="smallest",
        ties="smallest",
        average="arithmetic",
        deciding_levels="last",
        separate_fit="drop_largest",
    )
    one = hyperparameters(crossings, study, by_hand)
    other = hyperparameters(crossings, study, PUBLISHED)
    np.testing.assert_array_equal(
        one.batch_size.best.value, other.batch_size.best.value
    )
    default = hyperparameters(crossings, study, Choices())
    assert (default.batch_size.best.value != one.batch_size.best.value).any()
