"""Provenance of a study's runs, read from its archives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from value_scaling.records import Curves, Runs, ScalingError, Setting
from value_scaling.report.tables.provenance import provenance
from value_scaling.store.archives.hours import hours_path, save_hours
from value_scaling.store.archives.write import write_runs
from value_scaling.store.folders import Folders
from value_scaling.store.provenance import read_provenance
from value_scaling.store.studies.load import load_study

SETTING = Setting("InvertedPendulum-v4", 2.0, 16, 2e-3)
LABEL = "smoke_sweep/utd_2/InvertedPendulum-v4/episode.return/bs_16_lr_0.002.npy"


@pytest.fixture
def folders(root: Path, tmp_path: Path) -> Folders:
    return replace(Folders.at(root), archives=tmp_path)


def write(folders: Folders, **changes: object) -> None:
    study = load_study("smoke", folders)
    curves = Curves(SETTING, np.array([250.0, 500.0]), np.ones((2, 2)))
    manifest = {
        "units": {"step": "environment steps", "episode.return": "rewards"},
        "packages": {"jax": "0.10.2"},
        "commit": ["a" * 40, "b" * 40],
        "cpu": "one of ours",
        "settings": {LABEL: {"seeds": 3, "failed": {"1": 400}}},
    }
    write_runs(
        folders.archive(study, "sweep"),
        {"episode.return": Runs("smoke", "sweep", (curves,))},
        manifest={k: v for k, v in (manifest | changes).items() if v is not None},
    )


def test_runs_hours_and_commits_come_from_the_manifest(folders: Folders) -> None:
    write(folders)
    study = load_study("smoke", folders)
    made = read_provenance(study, folders)
    assert made is not None
    assert made.training.hidden == (16, 16)
    (sweep,) = made.sets
    assert (sweep.name, sweep.settings, sweep.runs, sweep.failed) == ("sweep", 1, 3, 1)
    assert sweep.steps == 3 * 1000
    assert sweep.cpu_hours is None
    save_hours(folders.archive(study, "sweep"), {LABEL: 0.25})
    made = read_provenance(study, folders)
    assert made is not None
    assert made.sets[0].cpu_hours == 0.25
    assert sweep.cpus == ("one of ours",)
    assert sweep.commits == ("a" * 40, "b" * 40)
    assert sweep.packages == (("jax", "0.10.2"),)


def test_a_study_that_outlived_an_upgrade_names_both_versions(folders: Folders) -> None:
    both = [{"jax": "0.10.2", "numpy": "2"}, {"jax": "0.11.0", "numpy": "2"}]
    write(folders, packages=both)
    study = load_study("smoke", folders)
    made = read_provenance(study, folders)
    assert made is not None
    packages = (("jax", "0.10.2"), ("jax", "0.11.0"), ("numpy", "2"))
    assert made.sets[0].packages == packages
    rows = dict(row for row in provenance(study, made).rows if isinstance(row, tuple))
    assert rows["Packages"] == "jax 0.10.2 and 0.11.0, numpy 2"


def test_archives_of_others_tell_nothing(folders: Folders) -> None:
    assert read_provenance(load_study("smoke", folders), folders) is None
    write(folders, settings=None)
    assert read_provenance(load_study("smoke", folders), folders) is None


@pytest.mark.parametrize("changes", [{"cpu": None}, {"settings": {LABEL: {}}}])
def test_what_is_missing_is_told(folders: Folders, changes: dict) -> None:
    write(folders, **changes)
    with pytest.raises(ScalingError, match="as `scaling train` wrote it"):
        read_provenance(load_study("smoke", folders), folders)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "JSONDecodeError"),
        ("[]", "TypeError"),
        ('{"a": 1}', "KeyError"),
        ('{"settings": {"a": "long"}}', "could not convert"),
        ('{"settings": {"a": -1}}', "below zero"),
    ],
)
def test_broken_hours_are_told(folders: Folders, text: str, message: str) -> None:
    write(folders)
    study = load_study("smoke", folders)
    path = hours_path(folders.archive(study, "sweep"))
    path.write_text(text)
    with pytest.raises(ScalingError, match=f"{message}.*the runs do not need it"):
        read_provenance(study, folders)
    path.unlink()
    assert read_provenance(study, folders) is not None
