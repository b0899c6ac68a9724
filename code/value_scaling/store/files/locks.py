"""Locks on files. The system frees one on any death of its holder, kill -9 included."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from value_scaling.store.files.atomic import cannot_write


@contextmanager
def claim(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Take the lock of a file if it is free; yield whether this process has it.

    Args:
        wait: wait until it is free: for what takes moments.

    Raises:
        ScalingError: the file cannot be opened or locked.
    """
    # On a file system without locks, filelock would use files that outlive a kill.
    lock = FileLock(path, blocking=wait, fallback_to_soft=False)
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
