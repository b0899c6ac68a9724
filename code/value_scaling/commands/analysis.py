"""The commands that run one stage of the pipeline."""

import argparse
from collections.abc import Callable
from typing import Any

from value_scaling.commands import words
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.warning_words import warning_list
from value_scaling.records import Study
from value_scaling.report.findings.sensitivity import sentences
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import STAGES


def run_stages(arguments: argparse.Namespace) -> int:
    """Run the stages of a command, and print what they found."""
    project = Project.at(arguments.root, runs=arguments.runs)
    run = StageRun(project, project.study(arguments.study))
    only = getattr(arguments, "set", "")
    stages = [
        stage
        for stage in STAGES
        if (stage.command, stage.argument) == (arguments.stage, only)
    ]
    errors = [error for stage in stages for error in run.run(stage)]
    if errors:
        raise errors[0]
    for stage in stages:
        if stage.name in SAY:
            print(SAY[stage.name](project, run.study, run.record(stage)))
    return 0


def _warnings(project: Project, study: Study, record: Any) -> str:
    told = warning_list(record, project.absent(study))
    return f"{study.name}: {told or 'nothing is doubtful.'}".rstrip()


def _sensitivity(project: Project, study: Study, record: Any) -> str:
    return "\n".join(f"{study.name}: {text}" for text in sentences(record))


SAY: dict[str, Callable[[Project, Study, Any], str]] = {
    "regret": lambda _, __, record: words.regret(record),
    "diagnostics": lambda _, __, record: words.diagnostics(record),
    "law_choice": lambda _, __, record: words.law_choice(record),
    "warnings": _warnings,
    "sensitivity": _sensitivity,
}
"""What the terminal says of a record, by stage."""
