"""Stop on a signal: training continues to its next check, saves, and ends.

Schedulers send SIGTERM or SIGUSR1 some seconds before SIGKILL. Ctrl-C does the same; a
second one ends at once and loses the work since the last checkpoint.
"""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from value_scaling.records import Stopped

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
_received: list[int] = []


@contextmanager
def catch_stop_signals(signals: Sequence[signal.Signals] = SIGNALS) -> Iterator[None]:
    """Record these signals for `stop_signal` instead of ending.

    Only the main thread of a process receives signals; in another thread, this has no
    effect.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _received.clear()
    before = {each: signal.signal(each, _receive) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _receive(number: int, _: FrameType | None) -> None:
    if _received and number == signal.SIGINT:
        raise KeyboardInterrupt
    if not _received:
        text = "\nscaling: saving a checkpoint, then stopping"
        if number == signal.SIGINT:
            text += " (press Ctrl-C again to stop at once)"
        # Not with print, since the signal may have interrupted one.
        with suppress(OSError):
            os.write(2, f"{text}\n".encode())
    _received.append(number)


def stop_signal() -> int:
    """Return the signal that asked to stop; 0 if none has arrived."""
    return _received[0] if _received else 0


def stop_if_requested(file: Path | None = None) -> None:
    """Raise Stopped if a signal has arrived or the file that asks to stop exists."""
    if stop_requested(file):
        raise Stopped(stop_signal() or signal.SIGTERM)


def stop_requested(file: Path | None = None) -> bool:
    """Whether a signal has arrived, or the file that asks to stop exists."""
    return bool(_received) or (file is not None and file.exists())
