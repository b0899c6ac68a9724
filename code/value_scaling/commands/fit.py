"""A study in one go: every stage, then what it found, what failed, and what to run."""

import json
from typing import Any

import click

from value_scaling.commands.options import (
    Checkout,
    Ranged,
    Shown,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.stages.attempts import Attempts
from value_scaling.commands.stages.fitting import document, fit_stages, has_crossings
from value_scaling.commands.stages.require import require_archives, require_set
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.text import documents, words
from value_scaling.commands.text.warning_words import warning_list
from value_scaling.records import ScalingError, Study
from value_scaling.records.limits import UTD
from value_scaling.records.stages.warnings import Warnings
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import (
    BUDGET,
    DATA_EFFICIENCY,
    DIAGNOSTICS,
    HYPERPARAMETERS,
    LAW_CHOICE,
    REGRET,
    WARNINGS,
)


@command("fit")
@study_argument
@json_option
@click.pass_obj
def fit(checkout: Checkout, study: str, as_json: bool) -> int:
    """Run every stage of one study, then print its laws.

    What succeeds is saved and printed; then follows what failed, and why.
    """
    project = checkout.project()
    return _fit(project, project.study(study), as_json)


def _fit(project: Project, study: Study, as_json: bool) -> int:
    require_archives(project, study)
    run = StageRun(project, study)
    attempt = fit_stages(run)
    if not has_crossings(run):
        return attempt.exit_code()
    if as_json:
        found = document(run, attempt)
        print(json.dumps(found, indent=1, allow_nan=False))
        return attempt.exit_code()
    first, data = run.record(HYPERPARAMETERS), run.record(DATA_EFFICIENCY)
    budgets, regret = run.record(BUDGET), run.record(REGRET)
    measured, compared = run.record(DIAGNOSTICS), run.record(LAW_CHOICE)
    warned = run.record(WARNINGS)
    by_set = data.sets if data else {}
    print(f"{study.title} ({study.algorithm}); 95% intervals in brackets")
    if first:
        print(words.hyperparameters(first))
    for efficiency in by_set.values():
        print(words.data_efficiency(efficiency))
    for budget in budgets.sets.values() if budgets else ():
        print(words.budget(budget))
    if regret:
        print(words.regret(regret))
    if measured:
        print(words.diagnostics(measured))
    if compared:
        print(words.law_choice(compared))
    _print_warnings(project, study, warned)
    return attempt.exit_code()


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
    """Print B*, η* for given σ and, where runs tell, the data that they will need."""
    project = checkout.project()
    return _recommend(project, project.study(study), list(dict.fromkeys(utds)), as_json)


def _recommend(project: Project, study: Study, utds: list[float], as_json: bool) -> int:
    say: list[str] = []
    document: dict[str, Any] = {}
    attempt = Attempts()

    def settings() -> None:
        require_set(project, study, "sweep")
        record = project.load(study, HYPERPARAMETERS)
        say.append(words.recommendation(record, utds))
        document.update(documents.recommendation(record, utds))

    def data() -> None:
        records = project.load(study, DATA_EFFICIENCY)
        say.append(words.expected_data(records, utds))
        document.update(documents.expected_data(records, utds))

    with_data = project.makes(study, DATA_EFFICIENCY)
    with_sweep = "sweep" in project.sets(study)
    if with_sweep or not with_data:
        attempt(settings)
    if with_data:
        attempt(data)
    if not say:
        raise attempt.errors[0]
    if not with_sweep:
        say.insert(0, "B*, lr*: unknown, since there are no runs of a sweep")
    warned = None
    if not attempt.errors:
        try:
            warned = project.load(study, WARNINGS)
        except ScalingError as error:
            attempt.errors.append(error)
    if as_json:
        _print_document(documents.heading(study) | document, warned, attempt)
    else:
        print(*say, sep="\n")
        _print_warnings(project, study, warned)
    return attempt.exit_code()


def _print_warnings(project: Project, study: Study, warned: Warnings | None) -> None:
    if warned is not None:
        print(warning_list(warned, project.absent(study)), end="")


def _print_document(
    document: dict[str, Any], warned: Warnings | None, attempt: Attempts
) -> None:
    """Print the one JSON document, with warnings and with what failed."""
    document |= documents.warnings(warned)
    document |= documents.failures(attempt.messages())
    print(json.dumps(document, indent=1, allow_nan=False))
