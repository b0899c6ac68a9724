"""Atomic writing of files."""

import errno
import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from value_scaling.records import ScalingError
from value_scaling.records.errors import CannotWrite
from value_scaling.store.files.regular import open_file

JOURNAL_VARIABLE = "VALUE_SCALING_JOURNAL"
"""Environment variable with the path of a journal, which gets one line of JSON,
[path, SHA-256], for each file that is written."""

_FIXES = {
    errno.ENOSPC: "make room on the disk, or write to a folder on another one",
    errno.EDQUOT: "make room in your quota, or write to another folder",
    errno.EACCES: "get the permission to write there, or write to another folder",
    errno.EPERM: "get the permission to write there, or write to another folder",
    errno.EROFS: "write to a folder that is not read-only",
    errno.EEXIST: "remove or rename the file that stands where a folder must be",
    errno.ENOTDIR: "remove or rename the file that stands where a folder must be",
    errno.EISDIR: "remove or rename the folder that stands where the file must be",
}
_DAY = 24 * 3600
_swept: set[Path] = set()


def replace_if_changed(path: Path, content: bytes) -> bool:
    """Write `content` to `path` if it differs; return whether it did.

    A file that already holds these bytes keeps its time stamp. Missing folders are
    created. The file is written under a temporary name in the same folder and renamed,
    so it is never incomplete, even after an interruption.

    Raises:
        CannotWrite: no permission, disk full, or a file where a folder must be.
    """
    try:
        remove_leftover_parts(path.parent)
        _note(path, hashlib.sha256(content).hexdigest())
        if path.is_file() and path.read_bytes() == content:
            return False
        with replacing(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise cannot_write(path, error, expected="a place to write to") from error
    return True


def write_if_changed(path: Path, write: Callable[[Path], object]) -> bool:
    """Do the same as `replace_if_changed` for content that may not fit into memory.

    Args:
        write: writes the content to a temporary file.
    """
    try:
        with _temporary(path) as part:
            write(part)
            digest = digest_file(part)
            _note(path, digest)
            if path.is_file() and digest_file(path) == digest:
                return False
            _put(part, path)
    except OSError as error:
        raise cannot_write(path, error, expected="a place to write to") from error
    return True


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file to write, and rename it to `path` once it is on the disk.

    Missing folders are created. If the body fails, `path` does not change.

    Raises:
        OSError: the system refuses one of these operations.
    """
    with _temporary(path) as part:
        yield part
        _put(part, path)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file in the folder of `path`, and remove it."""
    part = part_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftover_parts(path.parent)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _put(part: Path, path: Path) -> None:
    """Rename a temporary file to `path` once its content is on the disk."""
    synchronise(part)
    part.replace(path)
    synchronise(path.parent)


def part_path(path: Path) -> Path:
    """Return the temporary file that this process renames to `path`."""
    return path.with_name(f".{path.name}.{this_host()}.{os.getpid()}.part")


def this_host() -> str:
    """Return the name of this host for use in file names."""
    return platform.node().replace(".", "-").replace("/", "-") or "host"


def synchronise(path: Path) -> None:
    """Make the system write the content of a file, or the names in a folder, to disk.

    After a power failure, a file that was renamed before its content was on the disk
    may be empty.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftover_parts(folder: Path) -> None:
    """Remove unfinished files of killed processes of this host.

    A process checks each folder once. Files of other hosts, whose processes may still
    run, are removed when they are a day old.
    """
    if folder in _swept:
        return
    _swept.add(folder)
    for part in sorted(folder.glob(".*.part")):
        from psutil import pid_exists  # imported here because it is rarely needed

        *_, host, number, _ = ["", "", *part.name.split(".")]
        # Another process may remove it first, or it may belong to another user.
        with suppress(OSError):
            if number.isdecimal() and host == this_host():
                dead = not pid_exists(int(number))
            else:
                dead = time.time() - part.lstat().st_mtime > _DAY
            if dead:
                part.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError, *, expected: str) -> CannotWrite:
    """Return the error for a file that cannot be written, with advice."""
    return CannotWrite(
        path,
        found=f"that it cannot be written ({error.strerror or error})",
        expected=expected,
        fix=fix_of(error),
    )


def _note(path: Path, digest: str) -> None:
    """Add a written file to the journal, with which the build detects later damage."""
    if journal := os.environ.get(JOURNAL_VARIABLE):
        line = json.dumps([str(path.absolute()), digest])
        with Path(journal).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def fix_of(error: OSError) -> str:
    """Return advice on an error of the system."""
    return _FIXES.get(error.errno or 0, "see the operating system's message")


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        ScalingError: the file is missing or cannot be read.
    """
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ScalingError(
            path,
            found=f"that it cannot be read ({error.strerror or error})",
            expected="a file",
            fix="run the stage that writes it (`make figures` runs all of them)",
        ) from error
