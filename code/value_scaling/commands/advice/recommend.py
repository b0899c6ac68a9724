"""`scaling recommend`: settings to run, what they need, and which runs help most."""

from collections.abc import Sequence
from typing import Any

import click

from value_scaling.commands.advice.sizes import open_sizes, recommend_sizes
from value_scaling.commands.advice.times import times_of
from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import (
    CommandWithHelp,
    ProjectOptions,
    RangedType,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.stages.attempts import Attempts
from value_scaling.commands.stages.require import require_set
from value_scaling.commands.text import documents, next_runs_text, terminal
from value_scaling.commands.text.parts import TextPart
from value_scaling.records import Crossings, Hyperparameters, ScalingError, Study
from value_scaling.records.limits import UTD, Count, Flops, Level, Positive, Seconds
from value_scaling.store.project import Project
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.limits import Limits, Request
from value_scaling.workflow.advice.plans import plans
from value_scaling.workflow.advice.spending import along_budget
from value_scaling.workflow.next_runs.choose import NextRun
from value_scaling.workflow.next_runs.proposals import SEEDS, next_runs
from value_scaling.workflow.pipeline import (
    BUDGET,
    CROSSINGS,
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
    WARNINGS,
)

_LIMITS = {
    "level": (Level, "Level J to reach, in the range of the fitted levels."),
    "budget": (Flops, "Largest F = C + δ·D, in FLOPs."),
    "max_steps": (Positive, "Most environment steps."),
    "max_hours": (Positive, "Most hours of one run."),
    "step_seconds": (Seconds, "Seconds of one environment step."),
    "update_seconds": (Seconds, "Seconds of one update."),
}


_LISTS = ("--utd", "--model-size")


class _ListsValues(CommandWithHelp):
    """A command with options that take one value or several, e.g. --utd 4 16."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        listing = ""
        for word in args:
            if word.startswith("-"):
                listing = word if word in _LISTS else ""
            elif listing and spread[-1] != listing:
                spread.append(listing)
            spread.append(word)
        return super().parse_args(ctx, spread)


def _numbers(function: Any) -> Any:
    for name, (kind, text) in reversed(_LIMITS.items()):
        option = f"--{name.replace('_', '-')}"
        function = click.option(option, type=RangedType(kind), help=text)(function)
    return function


@command("recommend", cls=_ListsValues)
@study_argument
@click.option(
    "--utd",
    "utds",
    type=RangedType(UTD),
    multiple=True,
    metavar="X...",
    help="UTD ratios, one or several (the best one).",
)
@click.option(
    "--model-size",
    "sizes",
    type=RangedType(Positive),
    multiple=True,
    metavar="N...",
    help="Model sizes of a study with several N, one or more (the best one).",
)
@_numbers
@click.option(
    "--measure", is_flag=True, help="Time steps and updates of STUDY on this machine."
)
@click.option(
    "--next",
    "count",
    type=RangedType(Count),
    metavar="N",
    help="Also name the N settings whose runs would help most.",
)
@click.option(
    "--seeds",
    type=RangedType(Count),
    default=SEEDS,
    metavar="K",
    help=f"Seeds to add to each of these settings ({SEEDS}).",
)
@click.option("--no-warnings", is_flag=True, help="Leave out the list of warnings.")
@click.option("--script", is_flag=True, help="Print a shell script of the next runs.")
@click.option(
    "--template",
    metavar="COMMAND",
    help="Line of the script, such as 'python train.py --env {env} --utd {utd} "
    "--batch {batch_size} --lr {learning_rate} --seed {seed}' (`scaling train`).",
)
@click.option("--yaml", is_flag=True, help="Print the next runs as YAML.")
@json_option
@click.pass_obj
def recommend(
    checkout: ProjectOptions,
    study: str,
    utds: tuple[float, ...],
    sizes: tuple[float, ...],
    measure: bool,
    as_json: bool,
    level: float | None,
    budget: float | None,
    max_steps: float | None,
    max_hours: float | None,
    count: int | None,
    seeds: int,
    no_warnings: bool,
    script: bool,
    template: str | None,
    yaml: bool,
    **seconds: float | None,
) -> int:
    """Print the best UTD ratio, B* and η*, and what such runs will need.

    Without --utd, the UTD ratio is the one with the smallest F = C + δ·D that meets the
    limits. Without --level, the level is the highest one that meets them. Data, compute
    and hours are known only where the study has runs with fitted or constant
    hyperparameters.

    --next alone prints only the next runs. They are chosen by the data that they are
    expected to save at the best B and η, per FLOP.
    """
    if count is None and (script or yaml or template):
        raise click.UsageError("--script, --yaml and --template need --next N.")
    project = checkout.project()
    limits = Limits.of(budget=budget, data=max_steps, hours=max_hours)
    if (opened := open_sizes(project, study)) is not None:
        if measure or count is not None:
            raise ScalingError(
                f"study {study}",
                found="--measure" if measure else "--next",
                expected="neither of them for a study with several N",
                fix="give durations with --step-seconds and --update-seconds, or leave "
                "the option out",
            )
        recommend_sizes(opened, utds, sizes, level, limits, as_json=as_json, **seconds)
        return 0
    about = project.study(study)
    if sizes:
        raise ScalingError(
            f"study {study}, --model-size",
            found="runs of one N",
            expected="a study with several N in `other_grids`, or followup",
            fix="leave the option out",
        )
    request = Request(
        tuple(dict.fromkeys(utds)),
        level,
        limits,
        times_of(project, about, measure=measure, **seconds),
    )
    attempt = Attempts()
    fits = load_fits(project, about, attempt)
    if count is None:
        return _recommend(
            project, fits, request, (), attempt, as_json, no_warnings=no_warnings
        )
    sweep = attempt.result(lambda: _crossings(project, about))
    if attempt.errors:
        raise attempt.errors[0]
    runs = next_runs(fits, sweep, count, seeds=seeds)
    if script or template:
        print(next_runs_text.script(about, runs, template or next_runs_text.TEMPLATE))
        return 0
    if yaml:
        print(next_runs_text.yaml(about, runs))
        return 0
    if request.is_empty and not as_json:
        show(*next_runs_text.table(about, runs))
        return 0
    return _recommend(
        project, fits, request, runs, attempt, as_json, no_warnings=no_warnings
    )


def _recommend(
    project: Project,
    fits: Fits,
    request: Request,
    runs: Sequence[NextRun],
    attempt: Attempts,
    as_json: bool,
    *,
    no_warnings: bool,
) -> int:
    study = fits.study
    if fits.sweep is None and fits.data is None:
        raise attempt.errors[0]
    warned = None
    if not attempt.errors:
        warned = attempt.result(lambda: project.load(study, WARNINGS))
    if as_json:
        failed = attempt.messages()
        print_json(documents.advice(fits, request, warned, failed, runs=runs))
        return attempt.exit_code()
    parts: list[TextPart] = []
    if "sweep" not in project.sets(study):
        parts.append("B*, lr*: unknown, since there are no runs of a sweep")
    parts += terminal.advice(fits, request, plans(fits, request))
    spent = along_budget(fits, request)
    if spent is not None:
        parts += terminal.spending(spent)
    if runs:
        parts += next_runs_text.table(study, runs)
    if warned and not no_warnings:
        parts += terminal.warning_list(warned, project.absent(study))
    show(*parts)
    return attempt.exit_code()


def load_fits(project: Project, study: Study, attempt: Attempts) -> Fits:
    """Load the records on which advice rests."""
    sweep, data, budgets = None, None, None
    with_data = project.makes(study, DATA_EFFICIENCY)
    if "sweep" in project.sets(study) or not with_data:
        sweep = attempt.result(lambda: _hyperparameters(project, study))
    if with_data:
        data = attempt.result(lambda: project.load(study, DATA_EFFICIENCY))
        budgets = attempt.result(lambda: project.load(study, BUDGET))
    return Fits(study, sweep, data, budgets)


def _crossings(project: Project, study: Study) -> Crossings:
    require_set(project, study, "sweep")
    return project.load(study, CROSSINGS["sweep"])


def _hyperparameters(project: Project, study: Study) -> Hyperparameters:
    require_set(project, study, "sweep")
    return project.load(study, HYPERPARAMETERS)
