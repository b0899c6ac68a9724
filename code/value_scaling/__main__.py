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

from value_scaling.commands.cli import scaling
from value_scaling.commands.options import COMPLETE
from value_scaling.terminal import guarded, run_command


def main(arguments: list[str] | None = None) -> int:
    """Run one command; a user's mistake is one message and exit code 2."""
    words = sys.argv[1:] if arguments is None else arguments
    if COMPLETE in os.environ:  # a shell asks what the next word can be
        scaling.main(prog_name="scaling", complete_var=COMPLETE)

    def run() -> int:
        return run_command(scaling, words, name="scaling")

    return guarded(run, words, name="scaling", quiet=_QUIET)


if __name__ == "__main__":
    sys.exit(main())
