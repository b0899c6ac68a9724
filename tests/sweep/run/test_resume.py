"""After a kill at any time, the same command continues and gives the same archive."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.learning.training.curves import RETURNS
from value_scaling.records import ScalingError, Setting
from value_scaling.store.archives.layout import parse_name
from value_scaling.store.archives.read import read_runs
from value_scaling.store.files import run_files
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.locks import acquire_lock
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.finished import setting_path
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_set

COMMAND = """
import sys
from value_scaling.commands.cli import scaling
with scaling.make_context("scaling", sys.argv[1:]) as ctx:
    sys.exit(scaling.invoke(ctx))
"""
PROVENANCE: dict[str, Any] = {"commit": "abc", "packages": {}, "cpu": "one"}


def plan(folders: Folders) -> SetPlan:
    study = load_study("tiny", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


def train(folders: Folders, **options: Any) -> bool:
    planned = plan(folders)
    context = TrainingContext(planned.folder, planned.training, PROVENANCE, **options)
    return train_set(planned, context)


def contents(path: Path) -> dict[str, Any]:
    """Return the members, and the parts of the manifest that no machine changes."""
    found: dict[str, Any] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            found[name] = archive.read(name)
            if name.endswith("manifest.json"):
                manifest = json.loads(found[name])
                for key in ("commit", "cpu", "packages"):
                    del manifest[key]
                for note in manifest["settings"].values():
                    del note["commit"]
                found[name] = manifest
    return found


def test_an_archive_is_written_and_read_back(tiny: Folders) -> None:
    assert train(tiny)
    study = load_study("tiny", tiny)
    runs = read_runs(tiny.archive(study, "sweep"), study, "sweep")
    assert not runs.missing
    assert len(runs.curves) == 4
    for curves in runs.curves:
        np.testing.assert_array_equal(curves.steps, [500, 750, 1000])
        assert curves.returns.shape == (3, 2)
        assert ((curves.returns > -2000) & (curves.returns < 0)).all()
    assert not (tiny.root / "data" / "partial" / "tiny_sweep.zip").exists()
    assert plan(tiny).groups == ()


KILLS = 10


@pytest.mark.long
def test_killed_at_random_it_ends_with_the_same_archive(
    tiny: Folders, another: Folders, cache: Path
) -> None:
    """kill -9, ten times, each after a random time, and then a complete run.

    Half of the kills wait for a new checkpoint, so training advances; the others may
    hit the start of the process or the end of training.
    """
    for folders in (tiny, another):
        path = folders.studies / "training" / "tiny.toml"
        path.write_text(path.read_text().replace("steps = 1000", "steps = 2500"))
    with start(another, cache) as process:
        assert process.wait(timeout=600) == 0, (another.root / "log").read_text()
    folder, rng, kills, tries = plan(tiny).folder, random.Random(0), 0, 0
    while kills < KILLS:
        with start(tiny, cache) as process:
            before, begun = state(folder), time.monotonic()
            while tries % 2 == 0 and state(folder) == before and process.poll() is None:
                time.sleep(0.01)
                assert time.monotonic() - begun < 300
            time.sleep(rng.random() * (0.1 if tries % 2 == 0 else 4.0))
            process.send_signal(signal.SIGKILL)
            process.wait()
        kills, tries = kills + (process.returncode == -signal.SIGKILL), tries + 1
        assert process.returncode == -signal.SIGKILL, f"{kills} kills were too late"
    with start(tiny, cache) as process:
        assert process.wait(timeout=600) == 0, (tiny.root / "log").read_text()
    study = load_study("tiny", tiny)
    first, second = (each.archive(study, "sweep") for each in (tiny, another))
    assert contents(first) == contents(second)  # says where they differ
    assert digest_file(first) == digest_file(second)
    assert not list(folder.rglob("*.part"))


def start(folders: Folders, cache: Path) -> subprocess.Popen[bytes]:
    """Train the sweep of `tiny` in a process, with a checkpoint at every chance."""
    command = [sys.executable, "-c", COMMAND, "--root", str(folders.root), "train"]
    command += ["tiny", "--set", "sweep", "--checkpoint-seconds", "1e-3"]
    with (folders.root / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            env=os.environ | {"JAX_COMPILATION_CACHE_DIR": str(cache)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def state(folder: Path) -> dict[Path, int]:
    """Return when each file was written; a file that is being renamed is left out."""
    found = {}
    for path in folder.rglob("*.npz"):
        with contextlib.suppress(FileNotFoundError):
            found[path] = path.stat().st_mtime_ns
    return found


def test_a_fresh_clone_goes_on_from_the_partial_archive(
    tiny: Folders, another: Folders
) -> None:
    first = plan(tiny)
    context = TrainingContext(first.folder, first.training, PROVENANCE)
    half = replace(first, groups=first.groups[:1])
    assert not train_set(half, context)
    partial = another.root / "data" / "partial" / "tiny_sweep.zip"
    partial.parent.mkdir(parents=True)
    partial.write_bytes((tiny.root / "data" / "partial" / partial.name).read_bytes())
    second = plan(another)
    assert second.groups == first.groups[1:]
    assert train(another)
    assert train(tiny)
    study = load_study("tiny", tiny)
    assert digest_file(another.archive(study, "sweep")) == digest_file(
        tiny.archive(study, "sweep")
    )
    assert not partial.exists()


def test_changed_training_settings_are_refused(tiny: Folders) -> None:
    assert train(tiny)
    path = tiny.studies / "training" / "tiny.toml"
    path.write_text(path.read_text() + "\n")
    assert plan(tiny).groups == ()
    path.write_text(path.read_text().replace("hidden = [4]", "hidden = [5]"))
    with pytest.raises(ScalingError, match="other training settings"):
        plan(tiny)


def test_a_foreign_archive_is_not_overwritten(tiny: Folders) -> None:
    path = tiny.archive(load_study("tiny", tiny), "sweep")
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/utd_1/Pendulum-v1/returns/bs_8_lr_1.npy", b"")
    with pytest.raises(ScalingError, match="did not write"):
        plan(tiny)


def test_a_full_disk_is_told_and_nothing_is_lost(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = np.savez

    def full(file: Any, **arrays: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_files.np, "savez", full)
    with pytest.raises(ScalingError, match=r"No space left.*make room"):
        train(tiny, checkpoint_seconds=0.0)
    assert not list(plan(tiny).folder.rglob("*.npz"))
    assert not list(plan(tiny).folder.rglob("*.part"))
    monkeypatch.setattr(run_files.np, "savez", real)
    assert train(tiny)


def test_a_group_that_another_process_trains_is_left_to_it(tiny: Folders) -> None:
    planned = plan(tiny)
    lock = planned.folder / "checkpoints" / f"{planned.groups[0].name}.lock"
    with acquire_lock(lock) as free:
        assert free
        assert not train(tiny)
    done = [s for s in planned.settings if setting_path(planned.folder, s).exists()]
    assert {setting.utd for setting in done} == {2.0}


def test_seeds_that_diverge_are_named_and_not_averaged(tiny: Folders) -> None:
    path = tiny.studies / "tiny.toml"
    path.write_text(path.read_text().replace("2e-3]", "100]"))
    assert train(tiny)
    study = load_study("tiny", tiny)
    runs = read_runs(tiny.archive(study, "sweep"), study, "sweep")
    left = {curves.setting: curves.seeds for curves in runs.curves}
    manifest = contents(tiny.archive(study, "sweep"))["tiny_sweep/manifest.json"]
    failed = {name: note["failed"] for name, note in manifest["settings"].items()}
    assert len(failed) == 4
    assert sorted(len(each) for each in failed.values()) == [0, 0, 1, 2]
    for name, each in failed.items():
        setting = parse_name(name, "an archive").setting
        assert left.get(setting, 0) == 2 - len(each)
        assert setting.learning_rate == 100 or not each


def test_a_broken_file_of_runs_is_told(tiny: Folders) -> None:
    planned = plan(tiny)
    path = setting_path(planned.folder, Setting("Pendulum-v1", 1.0, 8, 1e-3))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    with pytest.raises(ScalingError, match="makes it again"):
        plan(tiny)


def test_metrics_of_every_run_are_kept(tiny: Folders) -> None:
    assert train(tiny)
    archive = contents(tiny.archive(load_study("tiny", tiny), "sweep"))
    manifest = archive["tiny_sweep/manifest.json"]
    assert RETURNS in manifest["metrics"]
    assert len(manifest["metrics"]) == 11
    assert len(manifest["members"]) == 4 * 11
    assert set(manifest["units"]) == {"step", *manifest["metrics"]}
