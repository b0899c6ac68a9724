"""Runs that are not in an archive yet, and checkpoints: arrays and a note, in one file.

A file is written beside its place, synchronised and renamed: a killed process or a
full disk leaves the previous one as it was.
"""

import errno
import json
import os
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from value_scaling.records import ScalingError, Setting
from value_scaling.store.layout import format_name
from value_scaling.store.regular import open_file

_NOTE = "note"


def setting_path(folder: Path, setting: Setting) -> Path:
    """Return where the finished runs of one setting are kept."""
    name = format_name(folder.name, setting, "runs")
    return folder.parent / name.replace("/runs/", "/").replace(".npy", ".npz")


def save_arrays(path: Path, arrays: dict[str, np.ndarray], note: Any) -> None:
    """Write named arrays and a JSON note.

    Raises:
        ScalingError: the disk is full, or the folder cannot be written.
    """
    if _NOTE in arrays:
        raise ValueError(f"an array may not be called {_NOTE!r}")
    text = json.dumps(note, sort_keys=True, allow_nan=False).encode()
    content: dict[str, Any] = {**arrays, _NOTE: np.frombuffer(text, np.uint8)}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                np.savez(file, **content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            _synchronise(path.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ScalingError(
            path,
            found=f"that it cannot be written ({error.strerror or error})",
            expected="a place to write runs to",
            fix=("make room on the disk" if full else "see the message")
            + ", then run the same command again: nothing that was saved is lost",
        ) from error


def _synchronise(folder: Path) -> None:
    """Have the system write down the names in a folder: a rename outlives a crash."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray], Any]:
    """Read what `save_arrays` wrote.

    Raises:
        ScalingError: the file is missing, broken or of another kind.
    """
    try:
        with open_file(path) as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        note = json.loads(arrays.pop(_NOTE).tobytes())
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ScalingError(
            path,
            found=f"that it cannot be read ({error!r:.200})",
            expected="runs as `scaling train` writes them",
            fix="remove the file and run the same command again: it is made anew",
        ) from error
    return arrays, note
