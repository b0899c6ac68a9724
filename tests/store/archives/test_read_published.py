"""Counts and irregularities of the authors' archives, if they are available."""

import numpy as np
import pytest

from value_scaling.records import Runs
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study

COUNTS = {
    ("gym", "sweep"): {8: 141, 7: 3},
    ("gym", "ours"): {8: 27, 7: 1},
    ("gym", "baseline"): {8: 26, 6: 1, 3: 1},
    ("dmc", "sweep"): {10: 840},
    ("dmc", "baseline"): {10: 42},
}


@pytest.fixture(scope="module", params=COUNTS, ids="_".join)
def archive(request, published, root):
    study = load_study(request.param[0], Folders.at(root))
    path = published / study.archive(request.param[1]).file
    if not path.exists():
        pytest.skip(f"no {path}")
    return request.param, path, study


@pytest.fixture(scope="module")
def runs(archive) -> Runs:
    (_, set_name), path, study = archive
    return read_runs(path, study, set_name)


def test_settings_and_seeds(archive, runs):
    seeds = [curves.seeds for curves in runs.curves]
    assert {n: seeds.count(n) for n in seeds} == COUNTS[archive[0]]
    assert runs.missing == ()
    names = [curves.setting for curves in runs.curves]
    assert names == sorted(set(names))


def test_environments_and_utds(archive, runs):
    (name, set_name), _, study = archive
    assert {c.setting.env for c in runs.curves} == set(study.environment_names)
    utds = {
        ("gym", "sweep"): study.sweep_utds,
        ("dmc", "sweep"): study.sweep_utds,
        ("gym", "ours"): (0.25, 0.5, 1, 2, 4, 8, 16),
        ("gym", "baseline"): (0.25, 0.5, 1, 2, 4, 8, 16),
        ("dmc", "baseline"): (0.25, 0.5, 1, 2, 4, 8),
    }[name, set_name]
    assert {c.setting.utd for c in runs.curves} == set(utds)


def test_steps(archive, runs):
    (name, set_name), _, _ = archive
    for curves in runs.curves:
        gaps = set(np.diff(curves.steps))
        assert min(gaps) > 0
        start = {"dmc": {5000}, "gym": {1, 1000}}[name]
        thinned = len(gaps) > 1  # the logger may have dropped the first point too
        assert curves.steps[0] in (start | {6000, 7000} if thinned else start)
    if (name, set_name) == ("dmc", "sweep"):
        # Thinned by the logger to this many rows; see the notes of the study file.
        assert sum(len(curves.steps) == 1000 for curves in runs.curves) == 87
        for curves in runs.curves:
            np.testing.assert_array_equal(np.diff(curves.returns, axis=0) >= 0, True)


def test_the_notes_on_hyperparameters_hold(archive, runs):
    (name, set_name), _, _ = archive
    if (name, set_name) == ("dmc", "baseline"):
        pairs = {(c.setting.batch_size, c.setting.learning_rate) for c in runs.curves}
        assert pairs == {(256, 3e-4)}
    if (name, set_name) == ("gym", "ours"):
        sizes = {(c.setting.utd, c.setting.batch_size) for c in runs.curves}
        assert [b for _, b in sorted(sizes)] == [560, 432, 336, 272, 208, 160, 128]
    if (name, set_name) == ("gym", "baseline"):
        triples = {
            (c.setting.env, c.setting.batch_size, c.setting.learning_rate)
            for c in runs.curves
        }
        assert triples == {
            ("Ant-v4", 256, 1e-4),
            ("HalfCheetah-v4", 512, 2e-3),
            ("Humanoid-v4", 256, 2e-4),
            ("Walker2d-v4", 128, 5e-4),
        }
