"""`scaling status`: the progress of the training of a study."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import (
    ProjectOptions,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.training.request import Request, fit_if_any, open_project
from value_scaling.store.folders import RUNS
from value_scaling.store.studies.training import load_training

if TYPE_CHECKING:
    from value_scaling.sweep.run.status import SetStatus

_NAMES = (
    *("set", "settings", "finished", "failed runs", "in training", "paused"),
    *("not begun", "core-hours spent", "core-hours left", "time left"),
)


@command("status")
@study_argument
@click.option(
    "--runs",
    type=click.Choice(RUNS),
    help="The archives that the study file names, or fresh ones.",
)
@json_option
@click.pass_obj
def status(
    checkout: ProjectOptions, study: str, runs: str | None, as_json: bool
) -> None:
    """Print what is finished, running, failed and left of each set of a study.

    The numbers come from the files that every executor writes, so this command works
    while another one trains, on any node that shares the folder.
    """
    from value_scaling.sweep.plan.sets import plan_set
    from value_scaling.sweep.plan.widths import trained_sets
    from value_scaling.sweep.run.status import set_status

    request = Request(root=checkout.root, study=study, runs=runs or checkout.runs)
    project, about = open_project(request)
    training = load_training(about, project.folders)
    fit = fit_if_any(project, about)
    possible = trained_sets(training)
    names = possible if fit is not None else possible[:1]
    found = [
        set_status(
            plan_set(
                about, name, training, project.folders, None if name == "sweep" else fit
            )
        )
        for name in names
    ]
    if as_json:
        print_json(
            {
                "study": about.name,
                "sets": [
                    {
                        **asdict(each),
                        "waiting": each.waiting,
                        "wall_hours_left": each.wall_hours_left,
                    }
                    for each in found
                ],
            }
        )
        return
    rest = ", ".join(possible[len(names) :])
    show(
        f"{about.name}: training",
        *listing(_NAMES, [_row(each) for each in found], right=_NAMES[1:]),
        *_sentences(found),
        *([f"{rest}: follow from the fit of the sweep, which is missing"] * bool(rest)),
    )


def _row(one: "SetStatus") -> tuple[str, ...]:
    from value_scaling.sweep.cost.costs import hours_text

    def some(count: int) -> str:
        return str(count) if count else ""

    left, wall = one.hours_left, one.wall_hours_left
    return (
        one.set_name,
        str(one.settings),
        str(one.done),
        some(one.failed_runs),
        some(one.running_settings),
        some(one.paused_settings),
        some(one.waiting),
        f"{one.hours_spent:.1f}" if one.hours_spent else "",
        f"{left:.1f}" if left else "",
        hours_text(wall) if wall else "",
    )


def _sentences(found: "list[SetStatus]") -> list[TextPart]:
    lines: list[TextPart] = []
    for one in found:
        if one.queued:
            lines.append(f"{one.set_name}: {one.queued} tasks in Slurm's queue")
        if one.checkpoint_age is not None:
            lines.append(
                f"{one.set_name}: {one.running} groups in training; the oldest of "
                f"their checkpoints was written {one.checkpoint_age:.0f} s ago"
            )
        if one.lost:
            lines.append(f"{one.set_name}: every run of {one.lost} settings failed")
    return lines
