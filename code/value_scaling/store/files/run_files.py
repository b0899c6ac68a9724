"""Files with arrays and a note, for checkpoints and for runs not yet in an archive.

A file is written under a temporary name, synchronised and renamed. A killed process or
a full disk leaves the previous file unchanged. The file ends with a seal, the SHA-256
of all bytes before it, which is the comment of the zip file.
"""

import hashlib
import json
import os
import struct
import zlib
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np

from value_scaling.records import ScalingError
from value_scaling.records.errors import CannotWrite
from value_scaling.store.files.atomic import fix_of, replacing
from value_scaling.store.files.regular import open_file

_NOTE = "note"
_SEAL = b"sha256:"
_SEAL_BYTES = len(_SEAL) + 64
_LENGTH = struct.Struct("<H")
"""Length of the comment, stored just before it at the end of a zip file."""
_SEALED = _LENGTH.pack(_SEAL_BYTES)


class DamagedFile(ScalingError):
    """A file that can be read but whose content has changed since it was written."""


def save_arrays(path: Path, arrays: dict[str, np.ndarray], note: Any) -> None:
    """Write named arrays and a JSON note.

    Raises:
        ScalingError: the disk is full, or the folder cannot be written.
    """
    if _NOTE in arrays:
        raise ValueError(f"an array may not be called {_NOTE!r}")
    text = json.dumps(note, sort_keys=True, allow_nan=False).encode()
    content: dict[str, Any] = {**arrays, _NOTE: np.frombuffer(text, np.uint8)}
    try:
        with replacing(path) as part, part.open("w+b") as file:
            np.savez(file, **content)
            _seal(file)
    except OSError as error:
        raise not_saved(path, error) from error


def not_saved(path: Path, error: OSError) -> CannotWrite:
    """Return the error for runs that cannot be written."""
    return CannotWrite(
        path,
        found=f"that it cannot be written ({error.strerror or error})",
        expected="a place to write runs to",
        fix=f"{fix_of(error)}; then run the same command again. Nothing that was saved "
        "is lost",
    )


def load_arrays(
    path: Path, *, sealed: bool = False
) -> tuple[dict[str, np.ndarray], Any]:
    """Read a file that `save_arrays` wrote.

    Args:
        sealed: whether the file must have a seal; files before November 2026 have none.

    Raises:
        ScalingError: the file cannot be read.
        DamagedFile: the file is missing, damaged or of another kind.
    """
    try:
        check_seal(path, needed=sealed)
        with open_file(path) as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        note = json.loads(arrays.pop(_NOTE).tobytes())
    except _BROKEN as error:
        raise _damaged(path, f"that it cannot be read ({error!r:.200})") from error
    except OSError as error:
        raise _not_read(path, error) from error
    return arrays, note


def check_seal(path: Path, *, needed: bool = True) -> None:
    """Compare a file with the SHA-256 at its end.

    Raises:
        ScalingError: the file cannot be read.
        DamagedFile: the file is missing or has changed since it was written.
    """
    try:
        with open_file(path) as file:
            size = file.seek(0, os.SEEK_END) - _SEAL_BYTES - _LENGTH.size
            length = seal = b""
            if size > 0:
                file.seek(size)
                length, seal = file.read(_LENGTH.size), file.read()
            if not seal.startswith(_SEAL):
                if needed:
                    raise _damaged(path, "no checksum at its end")
                return
            if (length, seal) != (_SEALED, _SEAL + _digest(file, size)):
                raise _damaged(path, "content that does not match its checksum")
    except FileNotFoundError as error:
        raise _damaged(path, "no such file") from error
    except OSError as error:
        raise _not_read(path, error) from error


def _seal(file: IO[bytes]) -> None:
    """Write the checksum of a zip file without a comment as its comment."""
    file.flush()
    size = file.seek(0, os.SEEK_END) - _LENGTH.size
    seal = _SEAL + _digest(file, size)
    file.seek(size)
    file.write(_SEALED + seal)
    file.flush()


def _digest(file: IO[bytes], size: int) -> bytes:
    """Return the SHA-256 of the first `size` bytes."""
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0 and (block := file.read(min(size, 1 << 20))):
        digest.update(block)
        size -= len(block)
    return digest.hexdigest().encode()


_BROKEN = (
    FileNotFoundError,
    ValueError,
    KeyError,
    EOFError,
    BadZipFile,
    zlib.error,
    RuntimeError,
)
"""Exceptions raised on reading a damaged npz file; a wrong flag raises RuntimeError."""


def _damaged(path: Path, found: str) -> DamagedFile:
    return DamagedFile(
        path,
        found=found,
        expected="runs as `scaling train` writes them",
        fix="remove the file and run the same command again, which makes it again",
    )


def _not_read(path: Path, error: OSError) -> ScalingError:
    return ScalingError(
        path,
        found=f"that it cannot be read ({error.strerror or error})",
        expected="runs as `scaling train` writes them",
        fix="see the message, then run the same command again",
    )
