"""The training files of the authors' studies agree with known facts of their runs."""

from pathlib import Path

import numpy as np
import pytest

from value_scaling.records import Setting, Study
from value_scaling.records.training import Training
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training

STEPS = {
    "gym": {
        "Ant-v4": 1_000_000,
        "HalfCheetah-v4": 500_000,
        "Humanoid-v4": 1_000_000,
        "Walker2d-v4": 500_000,
    },
    "dmc": {
        "cartpole-swingup": 407_000,
        "cheetah-run": 1_000_000,
        "dog-stand": 1_000_000,
        "finger-spin": 414_000,
        "humanoid-stand": 1_000_000,
        "quadruped-walk": 384_000,
        "walker-walk": 128_000,
    },
}
LONGER = {"gym": {0.25: 4, 0.5: 2}, "dmc": {0.25: 1.75, 0.5: 1.25}}
COMMON = {
    "discount": 0.99,
    "tau": 0.005,
    "init_temperature": 1.0,
    "target_entropy": -0.5,
    "replay": 1_000_000,
    "validation_every": 10,
    "reset_steps": (),
}
SETTINGS = {
    "gym": {
        **COMMON,
        "algorithm": "sac",
        "seeds": 8,
        "hidden": (256, 256),
        "start_training": 5_000,
        "reset_updates": 0,
    },
    "dmc": {
        **COMMON,
        "algorithm": "bro_minimal",
        "seeds": 10,
        "hidden": (512, 256),
        "start_training": 2_500,
        "reset_updates": 2_500_000,
    },
}


def load(name: str, root: Path) -> tuple[Study, Training]:
    folders = Folders.at(root)
    study = load_study(name, folders)
    return study, load_training(study, folders)


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_those_that_are_known(name: str, tmp_path: Path) -> None:
    study, training = load(name, tmp_path)
    found = {key: getattr(training, key) for key in SETTINGS[name]}
    assert found == SETTINGS[name]
    assert [task.name for task in training.tasks] == list(study.environment_names)
    assert {task.engine for task in training.tasks} == {"envpool"}
    assert {task.log_every for task in training.tasks} == {1000}
    assert {task.log_start for task in training.tasks} == {
        {"gym": 1000, "dmc": 5000}[name]
    }


@pytest.mark.parametrize("name", STEPS)
def test_runs_are_as_long_as_the_published_ones(name: str, tmp_path: Path) -> None:
    study, training = load(name, tmp_path)
    for utd in {*study.sweep_utds, *study.trained_utds}:
        for task, steps in STEPS[name].items():
            setting = Setting(task, float(utd), 256, 3e-4)
            wanted = steps * LONGER[name].get(utd, 1)
            assert abs(training.steps(setting) - wanted) <= 500


@pytest.mark.parametrize("name", STEPS)
def test_lengths_are_those_of_the_archive(
    name: str, tmp_path: Path, published: Path
) -> None:
    """No published run of the sweep is longer than a run here."""
    study, training = load(name, tmp_path)
    path = published / study.archives["sweep"].file
    longest: dict[str, float] = {}
    for curves in read_runs(path, study, "sweep").curves:
        env, last = curves.setting.env, float(np.max(curves.steps))
        longest[env] = max(longest.get(env, 0.0), last)
    thinned = 1_004_000  # dmc: 1000 points, whose true steps are farther apart
    for env, last in longest.items():
        steps = training.task(env).steps
        assert 0 <= steps - last <= 1000 or (last, steps) == (thinned, 1_000_000)


def test_the_grid_of_the_sweep_is_the_published_one(tmp_path: Path) -> None:
    for name, settings, updates in (("gym", 144, 3.2e9), ("dmc", 840, 2.0e10)):
        study, training = load(name, tmp_path)
        assert len(study.grid) == settings
        done = sum(
            each.utd * (training.steps(each) - training.start_training)
            for each in study.grid
        )
        assert done * training.seeds == pytest.approx(updates, rel=0.03)
