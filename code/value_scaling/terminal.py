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
"""Exit codes that shells give for these signals; they say nothing of the result."""
PLAIN = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "η": "lr", "σ": "utd"},
    **{"×": "x", "±": "+-", "−": "-", "≤": "<=", "≥": ">=", "≈": "~", "→": "->"},
    **{"…": "...", "–": "-", "—": "-", "·": "*", "’": "'", "“": '"', "”": '"'},
}
"""Substitutes for characters that the terminal's encoding lacks; others become `?`."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    # The substitute must be one that the encoding has.
    words = "".join(PLAIN.get(c, "?") for c in missing)
    return words.encode("ascii", "replace").decode(), error.end


def plain(text: str, encoding: str) -> str:
    """Return a text with substitutes for the characters that an encoding lacks."""
    codecs.register_error("plain", _plain)
    return text.encode(encoding, "plain").decode(encoding)


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

    A user's mistake, or a refusal of the system (a full disk, a missing permission),
    gives one message and 2. Ctrl-C gives 130 and a message on how to go on; another
    signal that training handles gives 128 plus its number. Output without a reader
    gives 141, as SIGPIPE does.

    Args:
        words: the command's arguments, which the message after Ctrl-C repeats.
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
            # Here: when the interpreter ends, it is too late to report an error.
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
        if error.errno is None:  # not from the system: a bug of this program
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
    """Print to standard error; if that fails, only the exit code is left."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _close(sys.stderr)


def _close(stream: TextIO) -> None:
    """Discard whatever is still written to a stream, also when the interpreter ends."""
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
