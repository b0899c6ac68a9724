"""Checkpoints of groups in training: after any stop, small, and removed at the end."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.records import ScalingError, Stopped
from value_scaling.store.files import checkpoints, run_files
from value_scaling.store.files.checkpoints import log_folder
from value_scaling.store.files.run_files import load_arrays, save_arrays
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.finished import setting_path
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run import checkpointer
from value_scaling.sweep.run.checkpointer import CHECKPOINTS, Checkpointer
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.train_group import CHUNK, train_group

PROGRAMS: dict = {}
"""Compiled programs, shared by the tests of this file."""


class Killed(BaseException):
    """Nothing catches it, just as nothing catches kill -9."""


class Bench:
    """The first group of the study `tiny`."""

    def __init__(self, folders: Folders, *, replay: int = 0) -> None:
        if replay:
            path = folders.studies / "training" / "tiny.toml"
            path.write_text(f"replay = {replay}\n{path.read_text()}")
        study = load_study("tiny", folders)
        training = load_training(study, folders)
        self.plan: SetPlan = plan_set(study, "sweep", training, folders)
        self.group: GroupPlan = self.plan.groups[0]
        self.state = self.plan.folder / CHECKPOINTS / f"{self.group.name}.npz"

    def train(self, until: int | None = None, seconds: float = 1e9) -> bool:
        provenance: dict[str, Any] = {"commit": "abc", "packages": {}, "cpu": "one"}
        plan = self.plan
        context = TrainingContext(
            plan.folder, plan.training, provenance, checkpoint_seconds=seconds
        )
        return train_group(
            self.group, context, PROGRAMS, progress=lambda share: None, until=until
        )

    @property
    def chunks(self) -> dict[str, os.stat_result]:
        folder = log_folder(self.state)
        files = folder.glob("[0-9]*") if folder.exists() else ()
        return {file.name: file.stat() for file in sorted(files)}

    @property
    def written(self) -> dict[str, tuple[int, int, int]]:
        """Return what a write would change; a read already changes a stat_result."""
        return {
            name: (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            for name, stat in self.chunks.items()
        }

    @property
    def finished(self) -> dict[str, np.ndarray]:
        """Return all arrays of the group's finished settings."""
        return {
            f"{setting} {name}": values
            for setting in self.group.settings
            for name, values in load_arrays(setting_path(self.plan.folder, setting))[
                0
            ].items()
        }


def assert_same(found: Bench, wanted: Bench) -> None:
    assert found.finished.keys() == wanted.finished.keys()
    for name, values in wanted.finished.items():
        np.testing.assert_array_equal(found.finished[name], values, err_msg=name)
    assert {each.name for each in found.state.parent.iterdir()} == {
        f"{found.group.name}.lock"
    }


def kill_at_state(path: Path, number: int) -> Callable:
    """Return a writer that dies when it writes the state for the `number`th time."""
    count = 0

    def write(file: Path, *rest: Any) -> None:
        nonlocal count
        here = file == log_folder(path) / "new.npz"
        count += here
        if here and count == number:
            raise Killed
        save_arrays(file, *rest)

    return write


@pytest.mark.parametrize("replay", [0, 60])
def test_killed_between_chunk_and_state(
    replay: int, tiny: Folders, another: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first and at the third checkpoint; 60: the replay wraps many times."""
    whole, cut = Bench(another, replay=replay), Bench(tiny, replay=replay)
    assert whole.train()
    for number, there in ((1, 0), (3, 2)):
        write = kill_at_state(cut.state, number)
        monkeypatch.setattr(checkpoints, "save_arrays", write)
        with pytest.raises(Killed):
            cut.train(seconds=0.0)
        assert cut.state.exists() is bool(there)
        named = len(load_arrays(cut.state)[1]["chunks"]) if there else 0
        assert len(cut.chunks) >= named + 2  # those that no state names
        if replay and there:
            assert named <= 4  # overwritten transitions are not kept
            assert (
                len(cut.chunks) <= named + 4
            )  # one more of each for the previous state
    monkeypatch.setattr(checkpoints, "save_arrays", save_arrays)
    assert cut.train()
    assert_same(cut, whole)


def test_a_checkpoint_costs_what_is_new(tiny: Folders) -> None:
    """Each checkpoint adds, in bytes of files, the small state and 200 steps."""
    bench, before, added, states = Bench(tiny), {}, [], []
    for until in (200, 400, 600, 800):
        bench.train(until)
        now = bench.written
        assert before.items() <= now.items()  # not touched again
        added.append(sum(now[name][1] for name in now.keys() - before.keys()))
        states.append(bench.state.stat().st_size)
        before = now
    assert max(added) < 1.2 * min(added)
    assert max(states) < 1.2 * min(states)
    runs, row = len(bench.group.runs), 4 * (3 + 1 + 1 + 1 + 1)  # observation ... start
    assert added[-1] < 1.5 * runs * (200 + 20) * row + 5000  # and the files' heads
    assert len(before) == 4 * 2


def test_a_disk_that_fills_up_loses_nothing(
    tiny: Folders, another: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = Bench(another), Bench(tiny)
    assert whole.train()
    cut.train(300)
    kept = cut.written

    def full(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(run_files.np, "savez", full)
        with pytest.raises(ScalingError, match=r"No space left.*make room"):
            cut.train(seconds=0.0)
    assert cut.written == kept
    assert not list(cut.plan.folder.rglob("*.part"))
    assert cut.train()
    assert_same(cut, whole)


def test_a_checkpoint_of_the_old_format_is_thrown_away(
    tiny: Folders, another: Folders, capsys: pytest.CaptureFixture
) -> None:
    """A file without a checksum restarts the group, and finished settings stay."""
    whole, cut = Bench(another), Bench(tiny)
    assert whole.train()
    cut.train(300)
    arrays, _ = load_arrays(cut.state)
    np.savez(cut.state, note=np.frombuffer(b"{}", np.uint8), **arrays)
    for file in log_folder(cut.state).iterdir():
        file.unlink()
    log_folder(cut.state).rmdir()
    done: list[float] = []
    study = cut.plan
    context = TrainingContext(
        study.folder, study.training, {"commit": "", "packages": {}, "cpu": ""}
    )
    train_group(cut.group, context, PROGRAMS, progress=done.append)
    assert sum(done) == pytest.approx(1.0)
    assert done[0] == CHUNK / 1000  # nothing was reused
    assert "no checksum" in capsys.readouterr().err
    assert_same(cut, whole)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("replay", [0, 60])
@pytest.mark.parametrize("part", ["state", "chunk"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    part: str,
    replay: int,
    tiny: Folders,
    another: Folders,
    capsys: pytest.CaptureFixture,
) -> None:
    whole, cut = Bench(another, replay=replay), Bench(tiny, replay=replay)
    assert whole.train()
    for until in (200, 400, 600):
        cut.train(until)
    flip(cut.state if part == "state" else log_folder(cut.state) / max(cut.chunks))
    done: list[float] = []
    context = TrainingContext(
        cut.plan.folder, cut.plan.training, {"commit": "", "packages": {}, "cpu": ""}
    )
    train_group(cut.group, context, PROGRAMS, progress=done.append)
    assert done[0] == 0.4
    assert sum(done) == pytest.approx(1.0)
    (line,) = capsys.readouterr().err.splitlines()
    assert "is damaged" in line
    assert "the one before is used" in line
    assert_same(cut, whole)


def test_a_request_to_stop_saves_where_the_group_is(
    tiny: Folders, another: Folders, tmp_path: Path
) -> None:
    """A file requests it, as on a cluster; the stop is as exact as any other."""
    whole, cut = Bench(another), Bench(tiny)
    assert whole.train()
    context = TrainingContext(
        cut.plan.folder,
        cut.plan.training,
        {"commit": "abc", "packages": {}, "cpu": "one"},
        checkpoint_seconds=1e9,
        stop=tmp_path / "stop",
    )
    done: list[float] = []

    def progress(share: float) -> None:
        done.append(share)
        if sum(done) > 0.42:
            (tmp_path / "stop").touch()

    with pytest.raises(Stopped):
        train_group(cut.group, context, PROGRAMS, progress=progress)
    before = sum(done)
    assert before == pytest.approx(0.45)
    with pytest.raises(Stopped):  # nothing more is trained while the file exists
        train_group(cut.group, context, PROGRAMS, progress=progress)
    assert sum(done) == before
    (tmp_path / "stop").unlink()
    done.clear()
    train_group(cut.group, context, PROGRAMS, progress=done.append)
    assert done[0] == pytest.approx(before)
    assert_same(cut, whole)


def test_checkpoints_take_a_tenth_of_the_time_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If each takes a minute on disk and 120 s are requested, they are 540 s apart."""
    clock = [0.0]
    monkeypatch.setattr(checkpointer.time, "monotonic", lambda: clock[0])

    def slow(*_: Any, **__: Any) -> tuple:
        clock[0] += 60.0
        return ()

    monkeypatch.setattr(checkpointer, "save_checkpoint", slow)

    class Nothing:
        REPLAYS = ()

        def arrays(self) -> dict:
            return {}

    one = Checkpointer(tmp_path / "a.npz", [], 120.0)
    clock[0] = 119.0
    assert not one.due
    clock[0] = 120.0
    assert one.due
    one.save(Nothing(), {})
    clock[0] += 539.0
    assert not one.due
    clock[0] += 1.0
    assert one.due
