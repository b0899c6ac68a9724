"""The `scaling` command: what surrounds every command."""

# ruff: noqa: E402
# isort: off
import signal
import sys

# A Ctrl-C while modules load ends the process without a traceback, before `guarded`.
_QUIET = signal.getsignal(signal.SIGINT) is signal.default_int_handler and (
    __name__ == "__main__" or sys.argv[0].rpartition("/")[2] == "scaling"
)
if _QUIET:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
# isort: on

import os

# Before NumPy loads: the products here are small, and threads only get in each other's
# way (up to ten times slower on a busy machine) and change the last digits.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import click

from value_scaling.commands.cli import scaling
from value_scaling.commands.options import COMPLETE
from value_scaling.records.errors import shown
from value_scaling.terminal import guarded


def main(arguments: list[str] | None = None) -> int:
    """Run one command; a user's mistake is one message and exit code 2."""
    words = sys.argv[1:] if arguments is None else arguments
    if COMPLETE in os.environ:  # a shell asks what the next word can be
        scaling.main(prog_name="scaling", complete_var=COMPLETE)
    return guarded(lambda: _run(words), words, name="scaling", quiet=_QUIET)


def _run(words: list[str]) -> int:
    """Run one command; its exit code.

    A wrong word is repeated without its control characters or password.
    """
    try:
        with scaling.make_context("scaling", list(words)) as ctx:
            code = scaling.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        usage = error.ctx.get_usage() if error.ctx else ""
        print(f"{usage}\nscaling: {shown(error.format_message())}", file=sys.stderr)
        return error.exit_code
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
