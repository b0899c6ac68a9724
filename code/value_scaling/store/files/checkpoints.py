"""A checkpoint on disk: a small state that is rewritten and a log that only grows.

`<name>.npz` is the state. `<name>.log/` holds its chunks and the previous state,
`before.npz`. The chunks are written first. The state, which names its chunks, is
renamed into place last, so a kill or a full disk leaves either the old or the new
checkpoint. If the newest checkpoint is damaged, the previous one is used. Chunks that
no state names are left over from a kill and are removed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.records import ScalingError
from value_scaling.store.files.atomic import remove_leftover_parts, synchronise
from value_scaling.store.files.locks import acquire_lock
from value_scaling.store.files.run_files import (
    DamagedFile,
    check_seal,
    load_arrays,
    not_saved,
    save_arrays,
)

Arrays = dict[str, np.ndarray]
_CHUNKS = "chunks"
_BEFORE, _NEW = "before.npz", "new.npz"
"""Names of the previous state and of an unfinished state, in the folder of the
chunks."""


@dataclass(frozen=True)
class Chunk:
    """One file of the log."""

    number: int
    """Position of the chunk in the log."""
    ring: str
    """Name of the ring buffer that the chunk is a part of."""
    transitions: int
    """Number of transitions stored in the ring buffer up to the end of the chunk."""

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.number:06d}.{self.ring}.npz"


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint without the contents of its chunks."""

    arrays: Arrays
    note: dict[str, Any]
    chunks: tuple[Chunk, ...]
    before: tuple[Chunk, ...] = ()
    """Chunks of the previous checkpoint."""
    damaged: tuple[str, ...] = ()
    """One line on the damage of each newer state, which is removed."""


def load_checkpoint(path: Path) -> Checkpoint | None:
    """Read the newest state that is intact with all its chunks, or None if none exists.

    Damaged states are removed because they could replace an intact previous checkpoint.
    Checkpoints from before November 2026 have no checksum and count as damaged.

    Raises:
        ScalingError: a file exists but cannot be read or removed.
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
        except DamagedFile as error:
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
        return Checkpoint(arrays, note, chunks, before, tuple(damaged))
    return Checkpoint({}, {}, (), (), tuple(damaged)) if damaged else None


def _load(state: Path) -> tuple[Arrays, dict[str, Any], tuple[Chunk, ...]]:
    arrays, note = load_arrays(state, sealed=True)
    return arrays, note, tuple(Chunk(**each) for each in note.pop(_CHUNKS))


def _chunks_of(state: Path) -> tuple[Chunk, ...]:
    """Return the chunks of a state, or none if the state is damaged and unusable."""
    try:
        return _load(state)[2]
    except DamagedFile:
        return ()


def read_chunks(path: Path, chunks: Sequence[Chunk]) -> Iterator[tuple[str, Arrays]]:
    """Yield the ring and the arrays of each chunk.

    Raises:
        ScalingError: a chunk is missing or damaged.
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
    """Add chunks to the log, replace the state and return the chunks that it names.

    Args:
        kept: chunks of the previous checkpoint that are still needed.
        new: ring, transitions and arrays of each new chunk.
        before: all chunks of the previous checkpoint, which is kept too.

    Raises:
        ScalingError: the disk is full, or the folder cannot be written; the previous
            checkpoint is unchanged.
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
    """Remove unfinished files and all chunks except the given ones.

    If no chunks are given, the previous state is removed too.

    Raises:
        ScalingError: a file cannot be removed.
    """
    folder = log_folder(path)
    names = {chunk.file for chunk in chunks}
    names |= {_BEFORE} if names else set()
    with writing(folder):
        remove_leftover_parts(path.parent)
        if folder.is_dir():
            for file in sorted(folder.iterdir()):
                if file.name not in names:
                    with writing(file):
                        file.unlink(missing_ok=True)
            if not names:
                folder.rmdir()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors of the system into a ScalingError."""
    try:
        yield
    except OSError as error:
        raise not_saved(path, error) from error


def remove_checkpoint(path: Path) -> None:
    """Remove both states and the list of settings, then the chunks."""
    with writing(path):
        (log_folder(path) / _BEFORE).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        settings_path(path).unlink(missing_ok=True)
    tidy_checkpoint(path, ())


def remove_leftovers(folder: Path, *, everything: bool = False) -> None:
    """Remove logs and lists without a state, unless a process holds their lock.

    Args:
        folder: folder of checkpoints.
        everything: whether to remove states too, because the whole set is finished.
    """
    if not folder.is_dir():
        return
    names = {log.name.removesuffix(".log") for log in folder.glob("*.log")}
    names |= {each.name.removesuffix(".json") for each in folder.glob("*.json")}
    if everything:
        names |= {state.name.removesuffix(".npz") for state in folder.glob("*.npz")}
    for name in sorted(names):
        path = folder / f"{name}.npz"
        with acquire_lock(lock_path(path)) as free:
            older = log_folder(path) / _BEFORE
            if free and (everything or not (path.exists() or older.exists())):
                remove_checkpoint(path)


def lock_path(path: Path) -> Path:
    """Return the lock file of the process that trains the group."""
    return path.with_suffix(".lock")


def settings_path(path: Path) -> Path:
    """Return the file with the digests of the settings in training."""
    return path.with_suffix(".json")


def log_folder(path: Path) -> Path:
    """Return the folder of a checkpoint's chunks."""
    return path.with_suffix(".log")
