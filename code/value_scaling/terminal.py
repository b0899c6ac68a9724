"""Terminal output and exit codes of every command."""

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

import click

from value_scaling.records import ScalingError, Stopped, shown

STOPPED = 128 + signal.SIGINT
NO_READER = 128 + signal.SIGPIPE
"""Exit codes that shells give for these signals, whatever the result."""
PLAIN = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "η": "lr", "σ": "utd"},
    **{"×": "x", "±": "+-", "−": "-", "≤": "<=", "≥": ">=", "≈": "~", "→": "->"},
    **{"…": "...", "–": "-", "—": "-", "·": "*", "’": "'", "“": '"', "”": '"'},
}
"""Substitutes for characters that the terminal's encoding lacks. Others become `?`."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    # The encoding may lack the substitute, too.
    words = "".join(PLAIN.get(c, "?") for c in missing)
    return words.encode("ascii", "replace").decode(), error.end


def plain(text: str, encoding: str) -> str:
    """Replace the characters of a text that an encoding lacks."""
    codecs.register_error("plain", _plain)
    return text.encode(encoding, "plain").decode(encoding)


def prepare() -> None:
    """Make standard output and error accept every text, even if they are closed."""
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
    """Run a command and return its exit code.

    After a user's mistake or an error of the system (a full disk, a missing
    permission), the code is 2 and there is one message. After Ctrl-C the code is 130
    and a message says how to go on. After another signal that training handles, it is
    128 plus the number of the signal. If nothing reads the output, it is 141, as after
    SIGPIPE.

    Args:
        words: arguments of the command, which the message after Ctrl-C repeats.
        name: name of the program.
        quiet: whether Ctrl-C before or after `run` ends the process at once.
    """
    prepare()
    try:
        try:
            if quiet:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            code = run()
        finally:
            # When the interpreter ends, it is too late to report an error.
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output has ended: `scaling … | head`
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
        if error.errno is None:  # a bug of this program, not an error of the system
            raise
        _say(f"{name}: {_refusal(error)}")
        code = 2
    finally:
        if quiet:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    return code


def run_command(command: click.Command, words: Sequence[str], *, name: str) -> int:
    """Run a command of Click on its arguments and return its exit code.

    Messages show a refused argument without control characters and passwords.
    """
    try:
        with command.make_context(name, list(words)) as ctx:
            code = command.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # its message is the help
        print(error.format_message(), file=sys.stderr)
        return error.exit_code
    except click.UsageError as error:
        usage = error.ctx.get_usage() if error.ctx else ""
        print(f"{usage}\n{name}: {shown(error.format_message())}", file=sys.stderr)
        return error.exit_code
    return code if isinstance(code, int) else 0


def _refusal(error: OSError) -> ScalingError:
    try:
        sys.stdout.flush()
    except OSError:
        _close(sys.stdout)
    return ScalingError(
        error.filename or "standard output, or a file",
        found=f"an error of the system ({error.strerror})",
        expected="to read or write there",
        fix="make room on the disk or in the quota, or set the permissions, then run "
        "the same command again",
    )


def _say(text: str) -> None:
    """Print to standard error and ignore a failure, as no other channel is left."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _close(sys.stderr)


def _close(stream: TextIO) -> None:
    """Discard everything written to a stream from now on."""
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
