"""The `scaling` command: its groups, and the module of each command.

The module of a command is loaded when the command runs or shows its help.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

import click

from value_scaling.commands.options import CommandWithHelp, ProjectOptions
from value_scaling.records.stage import by_command
from value_scaling.store.folders import RUNS
from value_scaling.workflow.pipeline import EXTERNAL, MODEL_SIZE, STAGES

QUIET = signal.getsignal(signal.SIGINT) is signal.SIG_DFL
"""Whether Ctrl-C ends this process while modules load; see `__main__`."""
_HERE = "value_scaling.commands"


@dataclass(frozen=True)
class CommandEntry:
    """The place of a command, and its line in the help of `scaling`."""

    target: str
    """`module:command`, or `module:function` that makes the command from its name."""
    help: str


GROUPS: dict[str, dict[str, CommandEntry]] = {
    "Data": {
        "fetch": CommandEntry(
            f"{_HERE}.fetch:fetch", "fetch and check the authors' archives"
        ),
        "import": CommandEntry(
            f"{_HERE}.importing.import_command:import_logs",
            "logs of other programs -> archive and study file",
        ),
        "export": CommandEntry(
            f"{_HERE}.export:export",
            "runs, crossings and laws -> CSV, Parquet, rliable, qscaled",
        ),
    },
    "Analysis": {
        "fit": CommandEntry(
            f"{_HERE}.fit:fit", "run every stage of a study and print its fits"
        ),
        "check": CommandEntry(
            f"{_HERE}.check:check", "list everything that would spoil a fit"
        ),
        "recommend": CommandEntry(
            f"{_HERE}.advice.recommend:recommend",
            "print the settings to run next, with intervals",
        ),
        "delta": CommandEntry(
            f"{_HERE}.machine.delta:delta",
            "compute δ, the FLOPs that an environment step is worth",
        ),
    },
    "Stages of the analysis": {
        name: CommandEntry(
            f"{_HERE}.stages.stage_command:stage_command", stages[0].help
        )
        for name, stages in by_command(STAGES).items()
    }
    | {
        MODEL_SIZE.command: CommandEntry(
            f"{_HERE}.sizes.model_size:model_size", MODEL_SIZE.help
        ),
        "size-figures": CommandEntry(
            f"{_HERE}.sizes.size_figures:size_figures",
            "draw Figure 2 and all figures over σ and N",
        ),
        EXTERNAL.command: CommandEntry(
            f"{_HERE}.external.external_command:external", EXTERNAL.help
        ),
    },
    "Results": {
        "overview": CommandEntry(
            f"{_HERE}.results.paper:overview", "draw Figure 1, a row for each study"
        ),
        "report": CommandEntry(
            f"{_HERE}.results.html_report:report",
            "write one HTML page of a study, with interactive plots",
        ),
        "paper": CommandEntry(
            f"{_HERE}.results.paper:paper",
            "write the tables, captions and numbers of the paper",
        ),
        "verify": CommandEntry(
            f"{_HERE}.results.verify:verify",
            "compare published numbers with ours (exit code 1: one is off)",
        ),
        "compare": CommandEntry(
            f"{_HERE}.results.compare_runs:compare_runs",
            "compare fresh runs with the published ones: data, returns, fits",
        ),
        "docs": CommandEntry(
            f"{_HERE}.results.docs:docs",
            "write the generated parts of README and docs",
        ),
    },
    "Training": {
        "plan": CommandEntry(
            f"{_HERE}.training.training_commands:training_command",
            "print what the missing runs of a study will take",
        ),
        "train": CommandEntry(
            f"{_HERE}.training.training_commands:training_command",
            "train the missing runs of a study",
        ),
        "status": CommandEntry(
            f"{_HERE}.training.status:status",
            "print what is finished, running, failed and left, on any executor",
        ),
    },
    "Machine": {
        "gpu-check": CommandEntry(
            f"{_HERE}.machine.gpu_check:gpu_check",
            "check for a GPU that JAX can use (exit code 3: none)",
        ),
        "gpu-bench": CommandEntry(
            f"{_HERE}.machine.gpu_bench:gpu_bench",
            "measure and test training on this GPU, within ten minutes",
        ),
        "completion": CommandEntry(
            f"{_HERE}.completion:completion",
            "print the script for completion in a shell",
        ),
    },
}


class Scaling(CommandWithHelp, click.Group):
    """The commands, listed in groups and loaded one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for entries in GROUPS.values() for name in entries]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        for entries in GROUPS.values():
            if name in entries:
                found = _load(entries[name].target)
                return found if isinstance(found, click.Command) else found(name)
        return None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        for title, entries in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, e.help) for name, e in entries.items()])


def _load(target: str) -> click.Command | Callable[[str], click.Command]:
    """Load a command.

    Ctrl-C ends the process without a traceback meanwhile, because a library that is
    interrupted while it loads may raise another error.
    """
    handler = signal.getsignal(signal.SIGINT)
    if QUIET:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    found: click.Command | Callable[[str], click.Command] = resolve_name(target)
    if QUIET:
        signal.signal(signal.SIGINT, handler)
    return found


@click.group(cls=Scaling)
@click.option(
    "--root",
    type=Path,
    help="The checkout to work in (default: the one around this folder).",
)
@click.option(
    "--runs",
    type=click.Choice(RUNS),
    help="Archives: the ones that study files name, or fresh ones (published).",
)
@click.pass_context
def scaling(ctx: click.Context, root: Path | None, runs: str | None) -> None:
    """Scaling laws of value-based deep RL: fit, predict, check."""
    ctx.obj = ProjectOptions(root, runs)
