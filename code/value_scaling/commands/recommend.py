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
from value_scaling.records import ScalingError, Study
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
    parts: list[Part] = []
    document = documents.heading(study)
    attempt = Attempts()

    def settings() -> None:
        require_set(project, study, "sweep")
        record = project.load(study, HYPERPARAMETERS)
        parts.extend(words.recommendation(record, utds))
        document.update(documents.recommendation(record, utds))

    def data() -> None:
        records = project.load(study, DATA_EFFICIENCY)
        parts.extend(words.expected_data(records, utds))
        document.update(documents.expected_data(records, utds))

    with_data = project.makes(study, DATA_EFFICIENCY)
    with_sweep = "sweep" in project.sets(study)
    if with_sweep or not with_data:
        attempt(settings)
    if with_data:
        attempt(data)
    if not parts:
        raise attempt.errors[0]
    if not with_sweep:
        parts.insert(0, "B*, lr*: unknown, since there are no runs of a sweep")
    warned = None
    if not attempt.errors:
        try:
            warned = project.load(study, WARNINGS)
        except ScalingError as error:
            attempt.errors.append(error)
    if as_json:
        document |= documents.warnings(warned)
        print_json(document | documents.failures(attempt.messages()))
    else:
        listed = words.warning_list(warned, project.absent(study)) if warned else ()
        show(*parts, *listed)
    return attempt.exit_code()
