"""Locks on files. The system frees one on any death of its holder, kill -9 included."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from value_scaling.store.files.atomic import cannot_write


@contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Take the lock of a file if it is free; yield whether it was.

    Raises:
        ScalingError: the file cannot be opened or locked.
    """
    with _open(path) as file:
        yield _lock(path, file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Take the lock of a file, after waiting for it: for what takes moments.

    Raises:
        ScalingError: the file cannot be opened or locked.
    """
    with _open(path) as file:
        _lock(path, file, fcntl.LOCK_EX)
        yield


def _open(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")
    except OSError as error:
        raise cannot_write(path, error, expected="a lock file") from error


def _lock(path: Path, file: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks
        raise cannot_write(path, error, expected="a lock on this file") from error
    return True
