"""`scaling fit`: run every stage of a study and print its fits."""

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import (
    ProjectOptions,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.stages.checking import faults
from value_scaling.commands.stages.fitting import document, fit_stages, has_crossings
from value_scaling.commands.stages.require import require_archives
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.stages.spreading import executor_options, mapper
from value_scaling.commands.text import terminal
from value_scaling.commands.text.parts import TextPart
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
@executor_options
@json_option
@click.pass_obj
def fit(
    checkout: ProjectOptions,
    study: str,
    as_json: bool,
    executor: str,
    ray_address: str | None,
) -> int:
    """Run every stage of a study, then print its fits and warnings.

    A stage that fails does not stop the others: their results are saved and printed,
    and the errors follow.
    """
    project = checkout.project()
    found = project.study(study)
    require_archives(project, found)
    run = StageRun(project, found, mapper=mapper(executor, ray_address))
    attempt = fit_stages(run)
    if not has_crossings(run):
        return attempt.exit_code()
    if as_json:
        print_json(document(run, attempt))
    else:
        show(*_parts(run))
    return attempt.exit_code()


def _parts(run: StageRun) -> list[TextPart]:
    study = run.study
    parts: list[TextPart] = [
        f"{study.title} ({study.algorithm}); 95% intervals in brackets"
    ]
    parts += terminal.default_list(study)
    if first := run.record(HYPERPARAMETERS):
        parts += terminal.hyperparameters(first)
    if data := run.record(DATA_EFFICIENCY):
        for efficiency in data.sets.values():
            parts += terminal.data_efficiency(efficiency)
    elif run.project.sets(study) == ("sweep",):
        parts.append(
            "No D_J(utd) and utd*(F): they are fitted to runs with one B and one lr at "
            "each UTD. `scaling import … --set baseline --only "
            "batch_size=B,learning_rate=LR` takes such runs from the logs of a sweep."
        )
    if budgets := run.record(BUDGET):
        for budget in budgets.sets.values():
            parts += terminal.budget(budget)
    if regret := run.record(REGRET):
        parts += terminal.regret(regret)
    if measured := run.record(DIAGNOSTICS):
        parts += terminal.diagnostics(measured)
    if compared := run.record(LAW_CHOICE):
        parts += terminal.law_choice(compared)
    if warned := run.record(WARNINGS):
        parts += terminal.warning_list(warned, run.project.absent(study))
    return parts + _checked(run)


def _checked(run: StageRun) -> list[TextPart]:
    """Count the findings of a check, and list the severe ones that are no warnings."""
    findings = faults(run)
    worse = [f for f in findings if f.severity != "minor" and not f.in_warnings]
    count = terminal.finding_count(findings)
    return [
        f"`scaling check {run.study.name}` lists all findings, warnings included "
        f"({count})" + ". These are severe and no warnings:" * bool(worse),
        *terminal.finding_list(worse),
    ]
