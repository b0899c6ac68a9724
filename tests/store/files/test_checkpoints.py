"""A checkpoint is intact at every point at which its writer may be killed."""

import errno
import multiprocessing
import os
import signal
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.records import ScalingError
from value_scaling.store.files import atomic, checkpoints, run_files
from value_scaling.store.files.atomic import part_path
from value_scaling.store.files.checkpoints import (
    Chunk,
    load_checkpoint,
    lock_path,
    log_folder,
    read_chunks,
    remove_checkpoint,
    remove_leftovers,
    save_checkpoint,
    tidy_checkpoint,
)
from value_scaling.store.files.locks import acquire_lock
from value_scaling.store.files.run_files import DamagedFile, load_arrays, save_arrays


def arrays(value: int) -> dict[str, np.ndarray]:
    return {"x": np.full(3, value)}


def save(
    path: Path,
    value: int,
    kept: tuple[Chunk, ...],
    before: tuple[Chunk, ...] | None = None,
) -> tuple[Chunk, ...]:
    new = [("memory", value, arrays(value)), ("validation", value, arrays(-value))]
    return save_checkpoint(
        path,
        arrays(value),
        {"n": value},
        kept=kept,
        new=new,
        before=kept if before is None else before,
    )


def found(path: Path) -> tuple[int, list[tuple[str, int]]]:
    """Return the number of the state and those of its chunks."""
    saved = load_checkpoint(path)
    assert saved is not None
    assert saved.note == {"n": int(saved.arrays["x"][0])}
    pieces = [
        (ring, int(each["x"][0])) for ring, each in read_chunks(path, saved.chunks)
    ]
    return saved.note["n"], pieces


def files(path: Path) -> list[str]:
    return sorted(each.name for each in log_folder(path).iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints" / "A-v4_lr_0.001.npz"


def test_what_was_saved_is_read(path: Path) -> None:
    assert load_checkpoint(path) is None
    chunks = save(path, 1, ())
    chunks = save(path, 2, chunks)
    wanted = [("memory", 1), ("validation", -1), ("memory", 2), ("validation", -2)]
    assert found(path) == (2, wanted)
    chunks = save(path, 3, chunks[2:], chunks)  # the first two are no longer needed
    assert found(path) == (
        3,
        [*wanted[2:], ("memory", 3), ("validation", -3)],
    )
    assert len(files(path)) == 2 + len(chunks) + 1  # as the one before needs them
    save(path, 4, chunks)
    assert files(path)[0] == chunks[0].file
    remove_checkpoint(path)
    assert not list(path.parent.iterdir())


def die_at_the_state(path: Path, chunks: tuple[Chunk, ...]) -> None:
    real = save_arrays

    def die(file: Path, *rest: Any) -> None:
        if file.name == "new.npz":
            os.kill(os.getpid(), signal.SIGKILL)
        real(file, *rest)

    checkpoints.save_arrays = die  # type: ignore[assignment]
    save(path, 2, chunks)


def test_a_chunk_without_its_state_is_removed_at_the_next_start(path: Path) -> None:
    """Simulate kill -9 between the two writes."""
    chunks = save(path, 1, ())
    child = multiprocessing.get_context("spawn").Process(
        target=die_at_the_state, args=(path, chunks)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert len(files(path)) == 4
    for lost in (path, log_folder(path) / "000009.memory.npz"):
        part = part_path(lost)
        mine = str(os.getpid())
        part.with_name(part.name.replace(mine, str(child.pid))).write_bytes(b"half")
    atomic._swept.clear()  # as at the next start
    assert found(path) == (1, [("memory", 1), ("validation", -1)])
    tidy_checkpoint(path, chunks)
    assert files(path) == [chunk.file for chunk in chunks]
    assert sorted(each.name for each in path.parent.iterdir()) == sorted(
        [path.name, log_folder(path).name]
    )
    save(path, 3, chunks)
    assert found(path)[0] == 3


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_full_disk_leaves_the_checkpoint_before(
    number: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the first chunk, at the second, and at the state."""
    chunks = save(path, 1, ())
    real, count = np.savez, 0

    def full(file: Any, **content: Any) -> None:
        nonlocal count
        count += 1
        if count == number:
            file.write(b"half")
            raise OSError(28, "No space left on device")
        real(file, **content)

    monkeypatch.setattr(run_files.np, "savez", full)
    with pytest.raises(ScalingError, match=r"No space left.*make room") as problem:
        save(path, 2, chunks)
    assert str(problem.value).count("No space left") == 1
    assert found(path) == (1, [("memory", 1), ("validation", -1)])
    assert files(path) == [chunk.file for chunk in chunks]
    assert not list(path.parent.rglob(".*"))
    monkeypatch.setattr(run_files.np, "savez", real)
    save(path, 2, chunks)
    assert found(path)[0] == 2


def test_a_checkpoint_in_one_file_is_not_read(path: Path) -> None:
    """The format until November 2026: arrays and a note, without a checksum."""
    path.parent.mkdir()
    np.savez(path, step=np.array(7), note=np.frombuffer(b"{}", np.uint8))
    saved = load_checkpoint(path)
    assert saved is not None
    assert (saved.note, saved.arrays) == ({}, {})
    (line,) = saved.damaged
    assert "no checksum" in line
    assert load_checkpoint(path) is None
    save(path, 1, ())
    assert found(path)[0] == 1


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "half":
        file.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        file.write_bytes(b"")
    else:
        place = {"flag": 6, "method": 8, "last": len(content) - 1}[how]
        flipped = bytes([content[place] ^ 1])
        file.write_bytes(content[:place] + flipped + content[place + 1 :])


@pytest.mark.parametrize("part", ["state", "chunk"])
@pytest.mark.parametrize("how", ["missing", "half", "empty", "flag", "method", "last"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    part: str, how: str, path: Path
) -> None:
    first = save(path, 1, ())
    second = save(path, 2, first)
    damage(path if part == "state" else log_folder(path) / second[-1].file, how)
    saved = load_checkpoint(path)
    assert saved is not None
    assert (saved.note, saved.chunks) == ({"n": 1}, first)
    if (part, how) != ("state", "missing"):
        (line,) = saved.damaged
        assert line.startswith(str(path if part == "state" else second[-1].file)) or (
            second[-1].file in line
        )
    tidy_checkpoint(path, [*saved.chunks, *saved.before])
    assert found(path) == (1, [("memory", 1), ("validation", -1)])
    third = save(path, 3, first)
    assert found(path)[0] == 3
    # And without any that is whole the group starts again.
    damage(log_folder(path) / third[0].file, "half")
    saved = load_checkpoint(path)
    assert saved is not None
    assert (saved.note, len(saved.damaged)) == ({}, 2)
    assert load_checkpoint(path) is None


def test_every_flipped_byte_is_noticed(path: Path) -> None:
    save_arrays(path, arrays(1), {"n": 1})
    content = path.read_bytes()
    for place in range(len(content)):
        flipped = bytes([content[place] ^ 32])
        path.write_bytes(content[:place] + flipped + content[place + 1 :])
        with pytest.raises(DamagedFile):
            load_arrays(path, sealed=True)


def test_a_sealed_file_is_a_zip_file_as_others(path: Path) -> None:
    save_arrays(path, arrays(1), {"n": 1})
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        assert file.comment.startswith(b"sha256:")
    with np.load(path) as file:
        np.testing.assert_array_equal(file["x"], arrays(1)["x"])


def test_a_file_that_cannot_be_read_is_not_taken_for_damaged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is removed, because the next attempt may succeed."""
    save(path, 1, ())
    real = Path.open

    def fail(self: Path, *arguments: Any) -> Any:
        if self == path:
            raise OSError(errno.EIO, "Input/output error")
        return real(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", fail)
        with pytest.raises(ScalingError, match="Input/output error"):
            load_checkpoint(path)
    assert found(path)[0] == 1


def test_logs_that_belong_to_nothing_are_removed(path: Path) -> None:
    save(path, 1, ())
    lost, held = (path.with_name(f"{name}.npz") for name in ("lost", "held"))
    for other in (lost, held):
        save(other, 1, ())
        other.unlink()
    with acquire_lock(lock_path(held)) as free:
        assert free
        remove_leftovers(path.parent)
    assert not log_folder(lost).exists()
    assert log_folder(held).exists()
    assert found(path)[0] == 1
    remove_leftovers(path.parent, everything=True)
    assert not [each for each in path.parent.iterdir() if each.suffix != ".lock"]
    remove_leftovers(path.parent / "nowhere")
