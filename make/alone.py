"""Run one command at a time, with a lock that the system releases on exit.

    make/alone.py FILE WHAT COMMAND...

runs COMMAND when no other process holds the lock FILE, and prints WHAT while it waits.
The lock is released when the last process that holds it ends.
"""

import fcntl
import os
import signal
import sys
from pathlib import Path


def hold(path: Path, what: str) -> int:
    """Take the lock for this process and its children, and return the descriptor."""
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


def plain_signals() -> None:
    """Let Ctrl-C and a closed pipe end this process without a message."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def fail(what: str, error: OSError) -> None:
    """Say which file or folder is in the way, and exit with code 2."""
    where = error.filename or "a file or the terminal"
    fix = "remove or rename what is in the way, make room or set the permissions"
    print(
        f"{what}: {where}: {error.strerror}. What to do: {fix}; then run the same "
        "command again",
        file=sys.stderr,
        flush=True,
    )
    os._exit(2)  # without a second attempt to flush what could not be written


if __name__ == "__main__":
    plain_signals()
    try:
        hold(Path(sys.argv[1]), sys.argv[2])
        os.execvp(sys.argv[3], sys.argv[3:])
    except OSError as error:
        fail(sys.argv[2], error)
