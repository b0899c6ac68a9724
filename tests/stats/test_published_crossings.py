"""Our crossings of the authors' runs all equal theirs and those of scikit-learn.

The archives are read here without the package's own reader, so that this file tests
the statistics alone.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.isotonic import IsotonicRegression

from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.stats.isotonic import first_crossings

Cell = tuple[str, float, int, float]

NORMALISERS = {
    "gym_sweep": {
        "HalfCheetah-v4": 9125,
        "Walker2d-v4": 5000,
        "Ant-v4": 6625,
        "Humanoid-v4": 6500,
    },
    "gym_ours": {
        "HalfCheetah-v4": 9800,
        "Walker2d-v4": 4950,
        "Ant-v4": 6625,
        "Humanoid-v4": 6450,
    },
}
MEMBER = re.compile(r".*/utd_(.+)/(.+)/episode\.return/bs_(\d+)_lr_(.+)\.npy")


def runs(archive: Path) -> Iterator[tuple[Cell, np.ndarray, np.ndarray]]:
    """Yield (cell, steps [points], normalised returns [points, seeds])."""
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            match = MEMBER.fullmatch(name)
            if match is None:
                continue
            utd, env, batch_size, learning_rate = match.groups()
            table = np.load(io.BytesIO(members.read(name)), allow_pickle=False)
            scale = 1000 / NORMALISERS[archive.stem][env]
            cell = (env, float(utd), int(batch_size), float(learning_rate))
            yield cell, table[:, 0], table[:, 1:] * scale


def steps_of(found: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Turn indices into environment steps, NaN for never."""
    return np.append(steps, np.nan)[found]


def stored_table(csv: Path) -> tuple[dict[Cell, np.ndarray], np.ndarray]:
    """Return the stored crossings of each cell, and their levels."""
    table = pd.read_csv(csv)
    names = [name for name in table if re.match(r"J\d|Jfit", name)]
    whole = [float(re.sub("Jfit.*_|J", "", name)) for name in names]
    cells = zip(
        table["env"],
        table["utd"].astype(float),
        table["batch_size"],
        table["learning_rate"],
        strict=True,
    )
    values = table[names].to_numpy(float)
    return dict(zip(cells, values, strict=True)), np.array(whole)


@pytest.mark.parametrize(
    ("name", "cells", "levels"), [("gym_sweep", 144, 8), ("gym_ours", 28, 18)]
)
def test_every_stored_crossing(
    published: Path, reference: Path, name: str, cells: int, levels: int
) -> None:
    stored, at = stored_table(reference / f"crossings_{name}.csv")
    assert (len(stored), len(at)) == (cells, levels)
    seen = set()
    for cell, steps, returns in runs(published / f"{name}.zip"):
        seen.add(cell)
        found = first_crossings(returns, at)[0]
        np.testing.assert_array_equal(
            steps_of(found, steps), stored[cell], err_msg=f"{cell}"
        )
    assert seen == set(stored)


def test_every_stored_bootstrap_crossing(published: Path, reference: Path) -> None:
    """The authors' seed indices give 28 settings × 100 draws × 10 levels."""
    # Names are stored as objects: this file is ours to trust, the archives are not.
    with np.load(
        reference / "bootstrap_seed42_gym_ours.npz", allow_pickle=True
    ) as file:
        stored = dict(file)
    keys = ("env", "utd", "batch_size", "learning_rate")
    rows = {
        cell: row
        for row, cell in enumerate(zip(*(stored[key] for key in keys), strict=True))
    }
    assert len(rows) == 28
    for cell, steps, returns in runs(published / "gym_ours.zip"):
        row = rows.pop(cell)
        seeds = returns.shape[1]
        drawn = [draw[draw >= 0] for draw in stored["indices"][row]]
        assert {len(draw) for draw in drawn} == {seeds}
        counts = np.array([np.bincount(draw, minlength=seeds) for draw in drawn])
        found = first_crossings(returns, stored["thresholds"], counts=counts)
        np.testing.assert_array_equal(
            steps_of(found, steps), stored["crossings"][row], err_msg=f"{cell}"
        )
    assert not rows


@pytest.mark.parametrize("strict", [False, True])
def test_equals_scikit_learn_on_fresh_draws(published: Path, strict: bool) -> None:
    """This compares every sweep setting in 4 draws at 8 levels."""
    levels = np.arange(100.0, 900, 100)
    compared = 0
    for cell, steps, returns in runs(published / "gym_sweep.zip"):
        seeds = returns.shape[1]
        counts = resample_counts(stream(0, *cell), seeds, 4)
        found = first_crossings(returns, levels, counts=counts, strict=strict)
        for row, draw in enumerate(counts):
            mean = returns @ draw / seeds
            fit = IsotonicRegression(out_of_bounds="clip").fit_transform(steps, mean)
            above = fit[:, None] > levels if strict else fit[:, None] >= levels
            expected = np.where(above.any(axis=0), above.argmax(axis=0), len(fit))
            np.testing.assert_array_equal(found[row], expected, err_msg=f"{cell}")
            compared += len(levels)
    assert compared == 144 * 4 * 8


@pytest.mark.parametrize("strict", [False, True])
def test_ties_in_runs_with_integer_returns(published: Path, strict: bool) -> None:
    """Returns of finger-spin are whole numbers, so means can equal levels exactly."""
    levels = np.arange(50.0, 1000, 50)
    # A mean over 10 seeds and a pool of points differs from a level by 1/(10·points)
    # or not at all; what scikit-learn rounds away is far smaller.
    slack = 1e-7 if strict else -1e-7
    ties = 0
    with zipfile.ZipFile(published / "dmc_sweep.zip") as members:
        names = [
            name
            for name in members.namelist()
            if re.match(r"(?!__MACOSX).*/utd_[18]/finger-spin/.*\.npy", name)
        ]
        for name in names:
            returns = np.load(io.BytesIO(members.read(name)), allow_pickle=False)
            assert (returns == np.round(returns)).all()
            points, seeds = returns.shape
            counts = resample_counts(stream(1, name), seeds, 2)
            found = first_crossings(returns, levels, counts=counts, strict=strict)
            for row, draw in enumerate(counts):
                mean = returns @ draw / seeds
                fit = IsotonicRegression().fit_transform(np.arange(points), mean)
                ties += (np.abs(fit[:, None] - levels) < 1e-7).sum()
                above = fit[:, None] > levels + slack
                expected = np.where(above.any(axis=0), above.argmax(axis=0), points)
                np.testing.assert_array_equal(found[row], expected, err_msg=name)
    assert len(names) == 40
    assert ties > 0
