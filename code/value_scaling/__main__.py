"""The `scaling` command: parse, load, call a stage, save."""

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

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

# Before NumPy loads: the products here are small, and threads only get in each other's
# way (up to ten times slower on a busy machine) and change the last digits.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

from value_scaling.commands.delta import add_command as add_delta
from value_scaling.commands.gpu_bench import add_command as add_gpu_bench
from value_scaling.commands.gpu_check import add_command as add_gpu_check
from value_scaling.commands.import_command import add_command as add_import
from value_scaling.commands.options import one
from value_scaling.commands.training import add_commands as add_training_commands
from value_scaling.records import shown
from value_scaling.records.limits import UTD
from value_scaling.records.stage import by_command
from value_scaling.store.folders import RUNS
from value_scaling.terminal import guarded
from value_scaling.workflow.pipeline import STAGES

Run = Callable[[argparse.Namespace], int]


# Command modules are loaded when they run: who fits waits for no plotting library.


def _data() -> ModuleType:
    from value_scaling.commands import data

    return data


def _analysis() -> ModuleType:
    from value_scaling.commands import analysis

    return analysis


def _fit() -> ModuleType:
    from value_scaling.commands import fit

    return fit


def _paper() -> ModuleType:
    from value_scaling.commands import paper

    return paper


def _docs() -> ModuleType:
    from value_scaling.commands import docs

    return docs


def _comparison() -> ModuleType:
    from value_scaling.commands import comparison

    return comparison


def _late(module: Callable[[], ModuleType], name: str) -> Run:
    """The command `name` of a module that is loaded when the command runs."""

    def run(arguments: argparse.Namespace) -> int:
        # A library that is stopped while it loads may make another error of it.
        if _QUIET:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        command: Run = getattr(module(), name)
        if _QUIET:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return command(arguments)

    return run


def main(arguments: list[str] | None = None) -> int:
    """Run one command; a user's mistake is one message and exit code 2."""
    words = sys.argv[1:] if arguments is None else arguments

    def run() -> int:
        parsed = _parser().parse_args(words)
        command: Run = parsed.run
        return command(parsed)

    return guarded(run, words, name="scaling", quiet=_QUIET)


class _Parser(argparse.ArgumentParser):
    """A parser that repeats a wrong word without its control characters or password,
    and that does not hide that its help cannot be written."""

    def _print_message(self, message: str, file: Any = None) -> None:
        print(message, end="", file=file or sys.stderr)

    def error(self, message: str) -> NoReturn:
        super().error(shown(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="scaling",
        description="Scaling laws of value-based deep RL: fit, predict, check.",
    )
    parser.add_argument(
        "--root", type=Path, help="the checkout to work in (default: around here)"
    )
    parser.add_argument(
        "--runs",
        choices=RUNS,
        help="archives: those that study files name, or fresh ones (published)",
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Run, text: str) -> argparse.ArgumentParser:
        command = subparsers.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    fetch = add("fetch", _late(_data, "fetch"), "fetch and check the authors' archives")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="archives (all)")
    fetch.add_argument("--mirror", help="folder or address that is asked first")

    def on_study(name: str, run: Run, text: str) -> argparse.ArgumentParser:
        command = add(name, run, text)
        command.add_argument("study", metavar="STUDY", help="e.g. gym, dmc")
        return command

    for name, stages in by_command(STAGES).items():
        command = on_study(name, _late(_analysis, "run_stages"), stages[0].help)
        command.set_defaults(stage=name)
        if sets := [stage.argument for stage in stages if stage.argument]:
            command.add_argument(
                "set", choices=sets, metavar="SET", help=", ".join(sets)
            )
    fit = on_study(
        "fit",
        _late(_fit, "fit"),
        "every stage of a study, and its laws printed",
    )
    recommend = on_study(
        "recommend",
        _late(_fit, "recommend"),
        "the settings to run next, with intervals",
    )
    recommend.add_argument(
        "--utd",
        type=one("--utd", UTD),
        nargs="+",
        required=True,
        help="UTD ratios",
    )
    for command in (fit, recommend):
        command.add_argument(
            "--json", action="store_true", help="print one JSON document instead"
        )
    on_study(
        "compare",
        _late(_comparison, "compare_study"),
        "fresh runs beside the published ones: data, returns, laws",
    )
    for name, text in (
        ("overview", "Figure 1, a row for each study"),
        ("report", "tables, captions and numbers of the paper"),
        ("verify", "published numbers beside ours; 1 if one is off"),
    ):
        command = add(name, _late(_paper, name), text)
        command.add_argument(
            "studies", nargs="*", metavar="STUDY", help="(all that have an archive)"
        )
    add(
        "docs",
        _late(_docs, "docs"),
        "write what is made of README and docs from records and measurements",
    )
    add_training_commands(subparsers)
    add_import(subparsers)
    add_delta(subparsers)
    add_gpu_check(subparsers)
    add_gpu_bench(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
