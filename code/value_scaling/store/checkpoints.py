"""A checkpoint on disk: a small state, rewritten, and a log of chunks, only added to.

`<name>.npz` is the state, `<name>.log/` holds its chunks. A chunk is written first and
the state, which names the chunks that belong to it, is renamed into its place last: a
kill or a full disk at any point leaves the checkpoint before or the one after. Chunks
that no state names are left over from such a point, and removed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.records import ScalingError
from value_scaling.store.locks import claim
from value_scaling.store.run_files import load_arrays, save_arrays

Arrays = dict[str, np.ndarray]
_CHUNKS = "chunks"


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
    """What a checkpoint holds, but the contents of its chunks."""

    arrays: Arrays
    note: dict[str, Any]
    chunks: tuple[Chunk, ...]


def load_checkpoint(path: Path) -> Saved | None:
    """Read a state and the list of its chunks; None: there is none, or an old one.

    Until November 2026 a checkpoint was one file with everything in it. Such a file is
    not read: the group begins anew.

    Raises:
        ScalingError: the state is broken.
    """
    if not path.exists():
        return None
    arrays, note = load_arrays(path)
    if _CHUNKS not in note:
        return None
    return Saved(arrays, note, tuple(Chunk(**each) for each in note.pop(_CHUNKS)))


def read_chunks(path: Path, chunks: Sequence[Chunk]) -> Iterator[tuple[str, Arrays]]:
    """Read one chunk after another: its ring, and its arrays.

    Raises:
        ScalingError: one is missing or broken.
    """
    for chunk in chunks:
        file = log_folder(path) / chunk.file
        try:
            arrays, _ = load_arrays(file)
        except ScalingError as error:
            raise ScalingError(
                file,
                found=f"no chunk that can be read ({error.__cause__!r:.200})",
                expected=f"a chunk that the checkpoint {path} names",
                fix=f"remove {path} and run the same command again: this group then "
                "begins anew",
            ) from error
        yield chunk.ring, arrays


def save_checkpoint(
    path: Path,
    arrays: Arrays,
    note: Mapping[str, Any],
    *,
    kept: Sequence[Chunk],
    new: Sequence[tuple[str, int, Arrays]],
) -> tuple[Chunk, ...]:
    """Add chunks to the log, then replace the state; return the chunks it names.

    Args:
        kept: chunks of the checkpoint before that are still needed.
        new: ring, transitions and arrays of each further one.

    Raises:
        ScalingError: the disk is full, or the folder cannot be written; the checkpoint
            before is as it was.
    """
    folder = log_folder(path)
    number = 1 + max((int(each.name[:6]) for each in folder.glob("*.npz")), default=0)
    chunks = list(kept)
    written: list[Chunk] = []
    try:
        for ring, transitions, content in new:
            chunk = Chunk(number + len(written), ring, transitions)
            written.append(chunk)
            save_arrays(folder / chunk.file, content, {})
            chunks.append(chunk)
        table = {**note, _CHUNKS: [asdict(chunk) for chunk in chunks]}
        save_arrays(path, arrays, table)
    except ScalingError:
        for chunk in written:
            (folder / chunk.file).unlink(missing_ok=True)
        raise
    tidy_checkpoint(path, chunks)
    return tuple(chunks)


def tidy_checkpoint(path: Path, chunks: Sequence[Chunk]) -> None:
    """Remove what a kill left half-written, and all chunks but these."""
    for part in path.parent.glob(f".{path.name}.*.part"):
        part.unlink(missing_ok=True)
    names = {chunk.file for chunk in chunks}
    folder = log_folder(path)
    if folder.is_dir():
        for file in folder.iterdir():
            if file.name not in names:
                file.unlink(missing_ok=True)
        if not names:
            folder.rmdir()


def remove_checkpoint(path: Path) -> None:
    """Remove a state, then its chunks."""
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
            if free and (everything or not path.exists()):
                remove_checkpoint(path)


def lock_path(path: Path) -> Path:
    """Return the file whose lock a process holds that trains the group."""
    return path.with_suffix(".lock")


def log_folder(path: Path) -> Path:
    """Return the folder of a checkpoint's chunks."""
    return path.with_suffix(".log")
