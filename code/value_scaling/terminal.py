"""The edge of every command: what the terminal can show, and how a process ends."""

import codecs
import contextlib
import io
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from value_scaling.records import ScalingError, Stopped, shown

STOPPED = 128 + signal.SIGINT
NO_READER = 128 + signal.SIGPIPE
"""Exit codes that shells give for these signals; nothing was found wrong, or right."""
PLAIN = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "η": "lr", "σ": "utd"},
    **{"×": "x", "±": "+-", "−": "-", "≤": "<=", "≥": ">=", "≈": "~", "→": "->"},
    **{"…": "...", "–": "-", "—": "-", "·": "*", "’": "'", "“": '"', "”": '"'},
}
"""What stands for a character that the terminal's encoding lacks; else a `?`."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    # The substitute must be one that the encoding has.
    words = "".join(PLAIN.get(c, "?") for c in missing)
    return words.encode("ascii", "replace").decode(), error.end


def prepare() -> None:
    """Let standard output and error accept every text, also where they are closed."""
    codecs.register_error("plain", _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            nothing = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nothing)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def guarded(
    run: Callable[[], int], words: Sequence[str], *, name: str, quiet: bool = True
) -> int:
    """Run a command; return its exit code, whatever the user or the system does.

    A user's mistake and what the system refuses (a full disk, a missing permission) is
    one message and 2; Ctrl-C says how to go on, and is 130, as another signal that
    training heeds is 128 and its number; output that nobody reads any more is 141, as
    after SIGPIPE.

    Args:
        words: the command's arguments, to be repeated after Ctrl-C.
        name: of the program.
        quiet: whether a Ctrl-C before and after `run` ends the process at once.
    """
    prepare()
    try:
        try:
            if quiet:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            code = run()
        finally:
            # Here, and not when the interpreter ends: there it is too late to say so.
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output went away: `scaling … | head`
        _close(sys.stdout)
        code = NO_READER
    except ScalingError as error:
        _say(f"{name}: {error}")
        code = 2
    except KeyboardInterrupt:
        if quiet:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        _say(f"\n{name}: stopped. To go on: {shown(f'{name} {shlex.join(words)}')}")
        code = STOPPED
    except Stopped as stop:
        _say(f"{name}: stopped. To go on: {shown(f'{name} {shlex.join(words)}')}")
        code = 128 + stop.number
    except OSError as error:
        if error.errno is None:  # none of the system's: a mistake of ours
            raise
        _say(f"{name}: {_refusal(error)}")
        code = 2
    finally:
        if quiet:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    return code


def _refusal(error: OSError) -> ScalingError:
    try:
        sys.stdout.flush()
    except OSError:
        _close(sys.stdout)
    return ScalingError(
        error.filename or "standard output, or a file",
        found=f"that the system refuses it ({error.strerror})",
        expected="to read or write there",
        fix="make room on the disk or in the quota, or set the permissions; then run "
        "the same command again",
    )


def _say(text: str) -> None:
    """Print to standard error; where that is impossible, the exit code must do."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _close(sys.stderr)


def _close(stream: TextIO) -> None:
    """Let nothing more be written to a stream, not even when the interpreter ends."""
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
