"""An archive states when networks were reset, as the training file may change later."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.records import Runs, ScalingError
from value_scaling.records.schedule import PublishedResets, TrainedResets
from value_scaling.store.archives.manifests import verify_manifest
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.sets import plan_set
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_set

RESETS = "reset_updates = 300\nreset_steps = [700]\n"
STATED = TrainedResets(start_training=100, every_updates=300, at_steps=(700,))


def training_file(folders: Folders) -> Path:
    return folders.studies / "training" / "tiny.toml"


def train(folders: Folders) -> Path:
    study = load_study("tiny", folders)
    planned = plan_set(study, "sweep", load_training(study, folders), folders)
    provenance: dict[str, Any] = {"commit": "abc", "packages": {}, "cpu": "one"}
    assert train_set(
        planned, TrainingContext(planned.folder, planned.training, provenance)
    )
    return planned.archive


def state_rule(folders: Folders) -> None:
    """State in the study file that there are resets."""
    path = folders.studies / "tiny.toml"
    path.write_text(path.read_text().replace("metric =", "reset_every = 400\nmetric ="))


def read(folders: Folders) -> Runs:
    study = load_study("tiny", folders)
    return read_runs(folders.archive(study, "sweep"), study, "sweep")


def without_statement(path: Path, **changes: Any) -> None:
    """Remove the statement, as in archives of earlier versions, or change it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    (name,) = (each for each in members if each.endswith("manifest.json"))
    manifest = json.loads(members[name])
    manifest.pop("resets", None)
    members[name] = json.dumps(manifest | changes).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)


def test_the_archive_states_them_whatever_the_training_file_says_later(
    tiny: Folders,
) -> None:
    path = training_file(tiny)
    path.write_text(RESETS + path.read_text())
    train(tiny)
    assert read(tiny).resets == STATED
    state_rule(tiny)  # the published rule, which differs
    assert read(tiny).resets == STATED
    path.write_text(path.read_text().replace("300", "500"))
    assert read(tiny).resets == STATED
    np.testing.assert_array_equal(STATED.steps(1.0, 1000), [401, 700, 701])


def test_an_earlier_archive_gets_the_statement_without_training(tiny: Folders) -> None:
    path = training_file(tiny)
    path.write_text(RESETS + path.read_text())
    archive = train(tiny)
    before = read(tiny)
    without_statement(archive)
    assert read(tiny).resets is None  # no file states resets
    state_rule(tiny)
    with pytest.raises(ScalingError, match="`scaling train` command of this set again"):
        read(tiny)
    study = load_study("tiny", tiny)
    planned = plan_set(study, "sweep", load_training(study, tiny), tiny)
    assert planned.groups == ()
    train(tiny)
    after = read(tiny)
    assert after.resets == STATED
    for one, other in zip(before.curves, after.curves, strict=True):
        np.testing.assert_array_equal(one.returns, other.returns)


def test_without_resets_there_are_none_though_the_study_file_names_some(
    tiny: Folders,
) -> None:
    archive = train(tiny)
    before = archive.read_bytes()
    train(tiny)
    assert archive.read_bytes() == before
    assert read(tiny).resets is None
    state_rule(tiny)
    with pytest.raises(ScalingError, match="`scaling train` command of this set again"):
        read(tiny)
    train(tiny)
    manifest = verify_manifest(archive)
    assert manifest is not None
    assert manifest["resets"]["every_updates"] == 0
    assert read(tiny).resets is None


@pytest.mark.parametrize(
    "statement",
    [
        [],
        {"start_training": 100},
        {"start_training": -1, "every_updates": 3, "at_steps": []},
        {"start_training": 1, "every_updates": "x", "at_steps": []},
        {"start_training": 1, "every_updates": 3, "at_steps": [-4]},
    ],
)
def test_a_wrong_statement_is_refused(tiny: Folders, statement: Any) -> None:
    archive = train(tiny)
    without_statement(archive, resets=statement)
    if statement == {"start_training": 100}:
        assert read(tiny).resets is None  # both kinds of resets are optional
        return
    with pytest.raises(ScalingError, match=r"resets"):
        read(tiny)


def test_an_archive_of_others_keeps_the_rule_of_the_study_file(tiny: Folders) -> None:
    archive = train(tiny)
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(archive, "w") as new:
        for name, content in members.items():
            if name.endswith(".npy"):
                new.writestr(name, content)
    assert read(tiny).resets is None
    state_rule(tiny)
    assert read(tiny).resets == PublishedResets(400.0)
