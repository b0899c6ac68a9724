"""A run that is killed leaves whole files or none, and can be run again."""

import errno
import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from planted_study import make_runs, write_archive, write_checkout

from value_scaling.__main__ import main
from value_scaling.records import Crossings, Study
from value_scaling.store.files import atomic
from value_scaling.store.files.record_files import load_record
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import BUDGET

ARCHIVES = ("planted_sweep.zip", "planted_ours.zip", "planted_baseline.zip")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_checkout(tmp_path, points=40)


def files(root: Path) -> dict[str, bytes]:
    folder = root / "data"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def failing(
    monkeypatch: pytest.MonkeyPatch, moment: str, *, at: int, error: BaseException
) -> None:
    """Let the `at`-th file raise when half of it is written, or before its rename."""
    owner, name = (atomic, "synchronise") if moment == "write" else (Path, "replace")
    real: Callable = getattr(owner, name)
    calls = iter(range(1, 1000))

    def call(path: Path, *arguments: object) -> object:
        if path.name.endswith(".part") and next(calls) == at:
            if moment == "write":
                os.truncate(path, path.stat().st_size // 2)
            raise error
        return real(path, *arguments)

    monkeypatch.setattr(owner, name, call)


@pytest.mark.parametrize("moment", ["write", "replace"])
@pytest.mark.parametrize("at", [1, 2, 5, 8])
def test_ctrl_c_while_saving(
    tmp_path: Path,
    study: Study,
    moment: str,
    at: int,
    scaling,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, moment, at=at, error=KeyboardInterrupt())
        outcome = scaling("fit", "planted")
    assert outcome.code == 130
    assert "Traceback" not in outcome.err
    assert f"To go on: scaling --root {tmp_path} fit planted" in outcome.err
    left = files(tmp_path)
    assert not [name for name in left if name.endswith(".part")]
    records = [name for name in left if name.startswith("derived/")]
    assert len(records) == at - 1  # each whole
    for name in records:
        if name.endswith(("sweep.npz", "ours.npz", "baseline.npz")):
            load_record(tmp_path / "data" / name, Crossings)

    assert scaling("fit", "planted").code == 0
    whole = files(tmp_path)
    assert {name: whole[name] for name in left} == left
    assert len([name for name in whole if name.startswith("derived/")]) == 15


def test_ctrl_c_while_replacing_leaves_the_old_record(
    tmp_path: Path, study: Study, scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaling("preprocess", "planted", "ours")
    before = files(tmp_path)
    write_archive(tmp_path, make_runs(study, "ours", points=55))
    with monkeypatch.context() as patch:
        failing(patch, "write", at=1, error=KeyboardInterrupt())
        assert scaling("preprocess", "planted", "ours").code == 130
    after = files(tmp_path)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"zip/planted_ours.zip"}
    # The old record says of itself that it is stale.
    outcome = scaling("data-efficiency", "planted")
    assert outcome.code == 2
    assert "stale" in outcome.err


def test_ctrl_c_while_computing(
    tmp_path: Path, study: Study, scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    from value_scaling.workflow import preprocess

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(preprocess, "first_crossings", interrupted)
        outcome = scaling("fit", "planted")
    assert outcome.code == 130
    assert set(files(tmp_path)) == {
        *(f"zip/{name}" for name in ARCHIVES),
        "studies/planted.toml",
    }


def test_a_full_disk(
    tmp_path: Path, study: Study, refused, scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        failing(patch, "write", at=3, error=full)
        message = refused("fit", "planted")
    assert "No space left on device" in message
    assert "make room" in message
    left = files(tmp_path)
    assert not [name for name in left if name.endswith(".part")]
    assert len([name for name in left if name.startswith("derived/")]) == 2
    assert scaling("fit", "planted").code == 0


def test_a_file_where_a_folder_must_be(tmp_path: Path, study: Study, refused) -> None:
    (tmp_path / "data" / "derived").write_text("not a folder")
    message = refused("preprocess", "planted", "ours")
    assert "derived" in message
    assert "cannot be" in message


def test_an_error_of_ours_is_not_hidden(
    tmp_path: Path, study: Study, scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a user's mistake becomes a message; and even then nothing is half there."""
    failing(monkeypatch, "write", at=2, error=RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        scaling("fit", "planted")
    assert not [name for name in files(tmp_path) if name.endswith(".part")]


def test_the_reader_of_the_output_goes_away(
    tmp_path: Path, study: Study, scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`scaling fit planted | head -1`: the records are there."""
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as nobody, monkeypatch.context() as patch:
        patch.setattr("sys.stdout", nobody)
        code = main(["--root", str(tmp_path), "fit", "planted"])
    assert code == 141  # as after SIGPIPE: not 0, which would say that all was told
    project = Project.at(tmp_path)
    assert project.load(project.study("planted"), BUDGET).sets


def test_the_name_of_the_temporary_file_is_the_writers_own(tmp_path: Path) -> None:
    """Two processes that write one record do not write into one another's file."""
    seen: list[str] = []
    real = Path.write_bytes

    def spy(self: Path, content: bytes) -> int:
        seen.append(self.name)
        return real(self, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", spy)
        patch.setattr(atomic.os, "getpid", lambda: 4711)
        assert atomic.replace_if_changed(tmp_path / "a.npz", b"content")
    host = platform.node().replace(".", "-")
    assert seen == [f".a.npz.{host}.4711.part"]
    assert (tmp_path / "a.npz").read_bytes() == b"content"


def test_what_is_renamed_was_synchronised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content before the rename, the name after it."""
    happened: list[str] = []
    synchronise, replace = atomic.synchronise, Path.replace

    def spy(path: Path) -> None:
        happened.append("folder" if path == tmp_path else "file")
        synchronise(path)

    def rename(self: Path, target: Path) -> Path:
        happened.append("rename")
        return replace(self, target)

    monkeypatch.setattr(atomic, "synchronise", spy)
    monkeypatch.setattr(Path, "replace", rename)
    assert atomic.replace_if_changed(tmp_path / "a", b"content")
    assert happened == ["file", "rename", "folder"]


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """Files of a process that lives, and of other hosts, stay."""
    child = subprocess.Popen(["true"])
    child.wait()
    host = platform.node().replace(".", "-")
    left = tmp_path / f".b.png.{host}.{child.pid}.part"
    others = [
        tmp_path / f".b.png.{host}.{os.getppid()}.part",
        tmp_path / f".b.png.elsewhere.{child.pid}.part",
        tmp_path / ".gym_sweep.zip.x81hs7_q.part",
    ]
    for each in (left, *others):
        each.write_bytes(b"half")
    assert atomic.replace_if_changed(tmp_path / "a", b"content")
    assert not left.exists()
    assert all(each.exists() for each in others)
    long_ago = time.time() - 2 * 24 * 3600
    for each in others[1:]:
        os.utime(each, (long_ago, long_ago))
    atomic._swept.clear()
    assert not atomic.replace_if_changed(tmp_path / "a", b"content")
    assert [each.exists() for each in others] == [True, False, False]
