"""A checkpoint on disk: a small state, rewritten, and a log of chunks, only added to.

`<name>.npz` is the state, `<name>.log/` holds its chunks and, as `before.npz`, the
state before it. A chunk is written first and the state, which names the chunks that
belong to it, is renamed into its place last: a kill or a full disk at any point leaves
the checkpoint before or the one after. If the newest is damaged, the one before is
used. Chunks that no state names are left over from a kill, and removed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.records import ScalingError
from value_scaling.store.files.atomic import sweep, synchronise
from value_scaling.store.files.locks import claim
from value_scaling.store.files.run_files import (
    Damaged,
    check_seal,
    load_arrays,
    not_saved,
    save_arrays,
)

Arrays = dict[str, np.ndarray]
_CHUNKS = "chunks"
_BEFORE, _NEW = "before.npz", "new.npz"
"""In the folder of the chunks: the state before, and one that is being written."""


@dataclass(frozen=True)
class Chunk:
    """One file of the log."""

    number: int
    """Chunks are pasted in this order."""
    ring: str
    """What it was cut from."""
    transitions: int
    """How many had been stored there by then."""

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.number:06d}.{self.ring}.npz"


@dataclass(frozen=True)
class Saved:
    """What a checkpoint holds, except the contents of its chunks."""

    arrays: Arrays
    note: dict[str, Any]
    chunks: tuple[Chunk, ...]
    before: tuple[Chunk, ...] = ()
    """Those of the checkpoint before."""
    damaged: tuple[str, ...] = ()
    """What was wrong with newer ones, which are removed: one line for each."""


def load_checkpoint(path: Path) -> Saved | None:
    """Read the newest state that is whole, as are all its chunks; None: there is none.

    Damaged files are removed: otherwise one of them would be kept as the checkpoint
    before, in place of one that is whole. Checkpoints from before November 2026 have
    no checksum and count as damaged.

    Raises:
        ScalingError: a file is there and cannot be read or removed.
    """
    damaged: list[str] = []
    older = log_folder(path) / _BEFORE
    for state in (path, older):
        if not state.exists():
            continue
        try:
            arrays, note, chunks = _load(state)
            for chunk in chunks:
                check_seal(log_folder(path) / chunk.file)
        except Damaged as error:
            damaged.append(f"{error.what} is damaged ({error.found})")
            with writing(state):
                state.unlink()
            continue
        before: tuple[Chunk, ...] = ()
        if state == older:
            with writing(path):
                older.replace(path)
        elif older.exists():
            before = _chunks_of(older)
        return Saved(arrays, note, chunks, before, tuple(damaged))
    return Saved({}, {}, (), (), tuple(damaged)) if damaged else None


def _load(state: Path) -> tuple[Arrays, dict[str, Any], tuple[Chunk, ...]]:
    arrays, note = load_arrays(state, sealed=True)
    return arrays, note, tuple(Chunk(**each) for each in note.pop(_CHUNKS))


def _chunks_of(state: Path) -> tuple[Chunk, ...]:
    """Return a state's chunks; none if it is damaged: then it will not be needed."""
    try:
        return _load(state)[2]
    except Damaged:
        return ()


def read_chunks(path: Path, chunks: Sequence[Chunk]) -> Iterator[tuple[str, Arrays]]:
    """Read one chunk after another: its ring, and its arrays.

    Raises:
        ScalingError: one is missing or broken.
    """
    for chunk in chunks:
        arrays, _ = load_arrays(log_folder(path) / chunk.file, sealed=True)
        yield chunk.ring, arrays


def save_checkpoint(
    path: Path,
    arrays: Arrays,
    note: Mapping[str, Any],
    *,
    kept: Sequence[Chunk],
    new: Sequence[tuple[str, int, Arrays]],
    before: Sequence[Chunk] = (),
) -> tuple[Chunk, ...]:
    """Add chunks to the log, then replace the state; return the chunks it names.

    Args:
        kept: chunks of the checkpoint before that are still needed.
        new: ring, transitions and arrays of each further one.
        before: all chunks of the checkpoint before, which is kept too.

    Raises:
        ScalingError: the disk is full, or the folder cannot be written; the checkpoint
            before is as it was.
    """
    folder = log_folder(path)
    numbers = (int(each.name[:6]) for each in folder.glob("[0-9]*.npz"))
    number = 1 + max(numbers, default=0)
    chunks = list(kept)
    written: list[Chunk] = []
    state = folder / _NEW
    try:
        for ring, transitions, content in new:
            chunk = Chunk(number + len(written), ring, transitions)
            written.append(chunk)
            save_arrays(folder / chunk.file, content, {})
            chunks.append(chunk)
        table = {**note, _CHUNKS: [asdict(chunk) for chunk in chunks]}
        save_arrays(state, arrays, table)
    except ScalingError:
        with suppress(OSError):  # the next checkpoint removes them
            for chunk in written:
                (folder / chunk.file).unlink(missing_ok=True)
        raise
    with writing(path):
        if path.exists():
            path.replace(folder / _BEFORE)
        state.replace(path)
        synchronise(folder)
        synchronise(path.parent)
    tidy_checkpoint(path, [*chunks, *before])
    return tuple(chunks)


def tidy_checkpoint(path: Path, chunks: Sequence[Chunk]) -> None:
    """Remove what a kill left half-written, and all chunks but these.

    Without any chunks, the state before is removed too.

    Raises:
        ScalingError: something cannot be removed.
    """
    folder = log_folder(path)
    names = {chunk.file for chunk in chunks}
    names |= {_BEFORE} if names else set()
    with writing(folder):
        sweep(path.parent)
        if folder.is_dir():
            for file in sorted(folder.iterdir()):
                if file.name not in names:
                    with writing(file):
                        file.unlink(missing_ok=True)
            if not names:
                folder.rmdir()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system refuses into a message."""
    try:
        yield
    except OSError as error:
        raise not_saved(path, error) from error


def remove_checkpoint(path: Path) -> None:
    """Remove both states, then their chunks."""
    with writing(path):
        (log_folder(path) / _BEFORE).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    tidy_checkpoint(path, ())


def remove_leftovers(folder: Path, *, everything: bool = False) -> None:
    """Remove logs without a state, unless a process holds their lock.

    Args:
        folder: of checkpoints.
        everything: states too, as when the whole set is finished.
    """
    if not folder.is_dir():
        return
    names = {log.name.removesuffix(".log") for log in folder.glob("*.log")}
    if everything:
        names |= {state.name.removesuffix(".npz") for state in folder.glob("*.npz")}
    for name in sorted(names):
        path = folder / f"{name}.npz"
        with claim(lock_path(path)) as free:
            older = log_folder(path) / _BEFORE
            if free and (everything or not (path.exists() or older.exists())):
                remove_checkpoint(path)


def lock_path(path: Path) -> Path:
    """Return the file whose lock a process holds that trains the group."""
    return path.with_suffix(".lock")


def log_folder(path: Path) -> Path:
    """Return the folder of a checkpoint's chunks."""
    return path.with_suffix(".log")
