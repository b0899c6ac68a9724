"""File locks, which the system releases whenever their holder dies, even by kill -9."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from value_scaling.store.files.atomic import cannot_write

GLANCE_SECONDS = 0.2
"""Seconds in which a lock must become free. `scaling status` takes a lock for a moment
to see whether it is free, and no other process should miss its turn because of that."""


@contextmanager
def acquire_lock(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Take the lock of a file if it is free, and yield whether this process has it.

    Args:
        wait: whether to wait until the lock is free; meant for short operations.

    Raises:
        ScalingError: the file cannot be opened or locked.
    """
    # On a file system without locks, filelock would use files that remain after a kill.
    seconds = -1 if wait else GLANCE_SECONDS
    lock = FileLock(path, timeout=seconds, fallback_to_soft=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        pass  # another process has it
    except OSError as error:
        raise cannot_write(path, error, expected="a lock file") from error
    try:
        yield lock.is_locked
    finally:
        lock.release()
