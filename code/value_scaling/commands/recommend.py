"""`scaling recommend`: the settings to run next, and the data that they will need."""

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import (
    Checkout,
    Ranged,
    Shown,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.stages.attempts import Attempts
from value_scaling.commands.stages.require import require_set
from value_scaling.commands.text import documents, words
from value_scaling.commands.text.parts import Part
from value_scaling.records import Hyperparameters, Study
from value_scaling.records.limits import UTD
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import (
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
    WARNINGS,
)


class _ListsUtds(Shown):
    """A command whose `--utd` takes one value or several: --utd 4 16."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        listing = False
        for word in args:
            if word.startswith("-"):
                listing = word == "--utd"
            elif listing and spread[-1] != "--utd":
                spread.append("--utd")
            spread.append(word)
        return super().parse_args(ctx, spread)


@command("recommend", cls=_ListsUtds)
@study_argument
@click.option(
    "--utd",
    "utds",
    type=Ranged(UTD),
    multiple=True,
    required=True,
    metavar="X...",
    help="UTD ratios, one or several.",
)
@json_option
@click.pass_obj
def recommend(
    checkout: Checkout, study: str, utds: tuple[float, ...], as_json: bool
) -> int:
    """Print B* and η* for given UTD ratios, and the data that such runs will need.

    The data is known only where the study has runs with fitted or constant
    hyperparameters.
    """
    project = checkout.project()
    return _recommend(project, project.study(study), list(dict.fromkeys(utds)), as_json)


def _recommend(project: Project, study: Study, utds: list[float], as_json: bool) -> int:
    attempt = Attempts()
    fits, data, warned = None, None, None
    with_data = project.makes(study, DATA_EFFICIENCY)
    with_sweep = "sweep" in project.sets(study)
    if with_sweep or not with_data:
        fits = attempt.result(lambda: _fits(project, study))
    if with_data:
        data = attempt.result(lambda: project.load(study, DATA_EFFICIENCY))
    if fits is None and data is None:
        raise attempt.errors[0]
    if not attempt.errors:
        warned = attempt.result(lambda: project.load(study, WARNINGS))
    if as_json:
        failed = attempt.messages()
        print_json(documents.next_runs(study, utds, fits, data, warned, failed))
        return attempt.exit_code()
    parts: list[Part] = []
    if not with_sweep:
        parts.append("B*, lr*: unknown, since there are no runs of a sweep")
    if fits:
        parts += words.recommendation(fits, utds)
    if data:
        parts += words.expected_data(data, utds)
    if warned:
        parts += words.warning_list(warned, project.absent(study))
    show(*parts)
    return attempt.exit_code()


def _fits(project: Project, study: Study) -> Hyperparameters:
    require_set(project, study, "sweep")
    return project.load(study, HYPERPARAMETERS)
