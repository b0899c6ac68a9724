"""`scaling check`: everything that would spoil a fit, and what to do about it."""

from dataclasses import asdict
from typing import Any

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import (
    ProjectOptions,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.stages.checking import faults
from value_scaling.commands.stages.fitting import fit_stages
from value_scaling.commands.stages.require import require_archives
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.text import terminal
from value_scaling.commands.text.parts import TextPart
from value_scaling.records import SETS, Study
from value_scaling.records.stage import Stage
from value_scaling.store.project import Project
from value_scaling.store.read_only import ReadOnlyProject
from value_scaling.store.studies.complete import CannotComplete, archive_file
from value_scaling.store.studies.load import list_studies, undescribed
from value_scaling.store.studies.names import is_name
from value_scaling.workflow.checks import impossible
from value_scaling.workflow.checks.finding import Finding
from value_scaling.workflow.checks.scales import proposal
from value_scaling.workflow.pipeline import (
    CROSSINGS,
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
    WARNINGS,
)

_STAGES: tuple[Stage[Any], ...] = (
    *CROSSINGS.values(),
    HYPERPARAMETERS,
    DATA_EFFICIENCY,
    WARNINGS,
)
_OF_SCALE = frozenset(
    ("normaliser", "high start", "level of few", "undecided level", "below min_return")
)
"""Kinds of findings that other levels or normalisers may mend."""


@command("check")
@study_argument
@json_option
@click.pass_obj
def check(checkout: ProjectOptions, study: str, as_json: bool) -> int:
    """List everything that would spoil a fit, and what to do about it.

    Needs only an archive, and writes nothing. The exit code is 1 if a fit is
    impossible, and 0 otherwise.
    """
    project = ReadOnlyProject(checkout.project().folders)
    try:
        about = _study(project, study)
    except CannotComplete as error:
        return _end(study, None, (impossible(error),), "", as_json)
    require_archives(project, about)
    run = StageRun(project, about)
    attempt = fit_stages(run, saved=True, stages=_STAGES)
    different = {str(error): error for error in attempt.errors}
    findings = faults(run, different.values())
    return _end(study, about, findings, _proposed(run, findings), as_json)


def _study(project: Project, name: str) -> Study:
    """Return a study, which needs no file if an archive is named after it."""
    folders = project.folders
    if is_name(name) and name not in list_studies(folders):
        files = (folders.archives / archive_file(name, each) for each in SETS)
        if any(path.exists() for path in files):
            return undescribed(name, folders)
    return project.study(name)


def _proposed(run: StageRun, findings: tuple[Finding, ...]) -> str:
    """Return levels and normalisers for the study file, if these may be wrong."""
    defaults = {"levels", "max_returns"} & {*run.study.defaults}
    if not defaults and _OF_SCALE.isdisjoint(each.warning.kind for each in findings):
        return ""
    for set_name in run.project.sets(run.study):
        if run.record(CROSSINGS[set_name]):
            return proposal(run.study, run.project.runs(run.study, set_name))
    return ""


def _end(
    name: str,
    study: Study | None,
    findings: tuple[Finding, ...],
    proposed: str,
    as_json: bool,
) -> int:
    """Print the findings and return the exit code."""
    if as_json:
        print_json(_document(name, study, findings, proposed))
    else:
        parts: list[TextPart] = [] if study is None else terminal.default_list(study)
        parts.append(f"{name}: {terminal.finding_count(findings)}")
        parts += terminal.finding_list(findings)
        if proposed:
            parts.append(
                "Levels and normalisers by the rule, for the study file (merge each "
                f"[[environments]] with the one there):\n\n{proposed}"
            )
        show(*parts)
    return int(any(each.severity == "impossible" for each in findings))


def _document(
    name: str, study: Study | None, findings: tuple[Finding, ...], proposed: str
) -> dict[str, Any]:
    found = [
        {"severity": each.severity}
        | asdict(each.warning)
        | {"places": [place.table() for place in each.warning.places]}
        for each in findings
    ]
    return {
        "study": name,
        "can_be_fitted": all(each.severity != "impossible" for each in findings),
        "findings": found,
        "defaults": study.defaults if study else {},
        "proposed": proposed,
    }
