"""A state and its log on disk: whole at any point at which the writer may die."""

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.records import ScalingError
from value_scaling.store import checkpoints, run_files
from value_scaling.store.checkpoints import (
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
from value_scaling.store.locks import claim
from value_scaling.store.run_files import save_arrays


def arrays(value: int) -> dict[str, np.ndarray]:
    return {"x": np.full(3, value)}


def save(path: Path, value: int, kept: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    new = [("memory", value, arrays(value)), ("validation", value, arrays(-value))]
    return save_checkpoint(path, arrays(value), {"n": value}, kept=kept, new=new)


def found(path: Path) -> tuple[int, list[tuple[str, int]]]:
    """The state's number and those of its chunks."""
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
    chunks = save(path, 3, chunks[2:])  # the first two are needed no more
    assert found(path) == (
        3,
        [*wanted[2:], ("memory", 3), ("validation", -3)],
    )
    assert files(path) == [chunk.file for chunk in chunks]
    remove_checkpoint(path)
    assert not list(path.parent.iterdir())


def die_at_the_state(path: Path, chunks: tuple[Chunk, ...]) -> None:
    real = save_arrays

    def die(file: Path, *rest: Any) -> None:
        if file == path:
            os.kill(os.getpid(), signal.SIGKILL)
        real(file, *rest)

    checkpoints.save_arrays = die  # type: ignore[assignment]
    save(path, 2, chunks)


def test_a_chunk_without_its_state_is_removed_at_the_next_start(path: Path) -> None:
    """As after kill -9 between the two."""
    chunks = save(path, 1, ())
    child = multiprocessing.get_context("spawn").Process(
        target=die_at_the_state, args=(path, chunks)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert len(files(path)) == 4
    (path.parent / f".{path.name}.123.part").write_bytes(b"half")
    (log_folder(path) / ".000009.memory.npz.123.part").write_bytes(b"half")
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
    """Full at the first chunk, at the second, and at the state."""
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
    """The format until November 2026: arrays and a note without chunks."""
    save_arrays(path, {"step": np.array(7)}, {"digests": [], "cpu_seconds": 1.0})
    assert load_checkpoint(path) is None
    save(path, 1, ())
    assert found(path)[0] == 1


def test_a_missing_or_broken_chunk_is_told(path: Path) -> None:
    chunks = save(path, 1, ())
    file = log_folder(path) / chunks[1].file
    file.write_bytes(b"half")
    with pytest.raises(ScalingError, match=r"000002.validation.npz.*begins anew"):
        found(path)
    file.unlink()
    with pytest.raises(ScalingError, match=r"000002.validation.npz.*begins anew"):
        found(path)


def test_logs_that_belong_to_nothing_are_removed(path: Path) -> None:
    save(path, 1, ())
    lost, held = (path.with_name(f"{name}.npz") for name in ("lost", "held"))
    for other in (lost, held):
        save(other, 1, ())
        other.unlink()
    with claim(lock_path(held)) as free:
        assert free
        remove_leftovers(path.parent)
    assert not log_folder(lost).exists()
    assert log_folder(held).exists()
    assert found(path)[0] == 1
    remove_leftovers(path.parent, everything=True)
    assert not [each for each in path.parent.iterdir() if each.suffix != ".lock"]
    remove_leftovers(path.parent / "nowhere")
