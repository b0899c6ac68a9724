"""Runs that end after a level: what the archive, the plan and the status say."""

import json
import zipfile

import numpy as np
import pytest

from value_scaling.records import ScalingError
from value_scaling.store.archives.manifests import STOPPED_AT
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_set
from value_scaling.sweep.run.status import set_status


@pytest.fixture
def stopping(tiny: Folders) -> Folders:
    """Return a checkout in which every run has passed the level at its first point."""
    study = tiny.studies / "tiny.toml"
    own = study.read_text().replace("batch_sizes", "min_return = -1e4\nbatch_sizes")
    study.write_text(own)
    set_level(tiny, 200)
    return tiny


def set_level(folders: Folders, level: float) -> None:
    path = folders.studies / "training" / "tiny.toml"
    text = path.read_text().rpartition("stop_at_level")[2].partition("\n")[2]
    path.write_text(f"stop_at_level = {level}\n{text or path.read_text()}")


def plan(folders: Folders) -> SetPlan:
    study = load_study("tiny", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


def test_a_stopped_setting_is_done_and_its_archive_says_so(stopping: Folders) -> None:
    one = plan(stopping)
    assert one.targets == {"Pendulum-v1": pytest.approx(-1e4 + 0.21 * 1.1e4)}
    provenance = {"commit": "abc", "packages": {}, "cpu": "one"}
    context = TrainingContext(one.folder, one.training, provenance, targets=one.targets)
    assert train_set(one, context, quiet=True)
    after = plan(stopping)
    status = set_status(after)
    assert (after.groups, status.done, status.waiting) == ((), len(one.settings), 0)
    with zipfile.ZipFile(one.archive) as archive:
        manifest = json.loads(archive.read("tiny_sweep/manifest.json"))
    assert {note[STOPPED_AT] for note in manifest["settings"].values()} == {500}
    study = load_study("tiny", stopping)
    runs = read_runs(one.archive, study, "sweep")
    assert runs.stopped == runs.settings == tuple(sorted(one.settings))
    for curve in runs.curves:
        np.testing.assert_array_equal(curve.steps, [500])
    losses = read_runs(one.archive, study, "sweep", metric="val.critic_loss")
    for curve in losses.curves:
        np.testing.assert_array_equal(curve.steps, [250, 500])
    set_level(stopping, 300)
    with pytest.raises(ScalingError, match="other training settings"):
        plan(stopping)


def test_a_level_below_the_top_of_the_study_is_refused(stopping: Folders) -> None:
    set_level(stopping, 150)
    with pytest.raises(ScalingError, match=r"stop_at_level.*150.*200 or more"):
        plan(stopping)
