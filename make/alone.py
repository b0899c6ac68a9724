"""One at a time: a lock that the system drops when the last of its holders ends.

    make/alone.py FILE WHAT COMMAND...

runs COMMAND when no other process holds FILE, and says what it waits for until then.
"""

import fcntl
import os
import sys
from pathlib import Path


def hold(path: Path, what: str) -> int:
    """Take the lock, for this process and those that it starts; its descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
            print(f"waiting for {what} (process {holder})", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as error:
        print(
            f"{path}: no lock ({error.strerror}); do not start {what} twice at once",
            file=sys.stderr,
        )
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    os.set_inheritable(lock, True)
    return lock


if __name__ == "__main__":
    hold(Path(sys.argv[1]), sys.argv[2])
    os.execvp(sys.argv[3], sys.argv[3:])
