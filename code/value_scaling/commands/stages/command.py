"""The commands that run one stage of the pipeline."""

import json
from collections.abc import Callable
from typing import Any

import click

from value_scaling.commands.options import (
    Checkout,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.text import documents, words
from value_scaling.commands.text.warning_words import warning_list
from value_scaling.records.stage import by_command
from value_scaling.report.findings.sensitivity import sentences
from value_scaling.workflow.pipeline import STAGES


def stage_command(name: str) -> click.Command:
    """Return the command that runs the stages of this name and shows what they give."""
    stages = by_command(STAGES)[name]

    def run(checkout: Checkout, study: str, as_json: bool, argument: str = "") -> None:
        project = checkout.project()
        run = StageRun(project, project.study(study))
        chosen = [stage for stage in stages if stage.argument == argument]
        if errors := [error for stage in chosen for error in run.run(stage)]:
            raise errors[0]
        if as_json:
            found = documents.heading(run.study)
            for stage in chosen:
                record = run.record(stage)
                found |= DOCUMENTS.get(stage.name, lambda _: {})(record)
                variants = dict.fromkeys(
                    project.path(run.study, stage, each) for each in stage.variants
                )
                found.setdefault("records", []).extend(str(path) for path in variants)
            print(json.dumps(found, indent=1, allow_nan=False))
            return
        for stage in chosen:
            if stage.name in SAY:
                print(SAY[stage.name](run, run.record(stage)))

    made = json_option(click.pass_obj(run))
    if arguments := [stage.argument for stage in stages if stage.argument]:
        made = click.argument("argument", metavar="SET", type=click.Choice(arguments))(
            made
        )
    return command(name, help=stages[0].help)(study_argument(made))


def _warnings(run: StageRun, record: Any) -> str:
    told = warning_list(record, run.project.absent(run.study))
    return f"{run.study.name}: {told or 'nothing is doubtful.'}".rstrip()


def _sensitivity(run: StageRun, record: Any) -> str:
    return "\n".join(f"{run.study.name}: {text}" for text in sentences(record))


SAY: dict[str, Callable[[StageRun, Any], str]] = {
    "regret": lambda _, record: words.regret(record),
    "diagnostics": lambda _, record: words.diagnostics(record),
    "law_choice": lambda _, record: words.law_choice(record),
    "warnings": _warnings,
    "sensitivity": _sensitivity,
}
"""What the terminal says of a record, by stage; of others nothing."""
DOCUMENTS: dict[str, Callable[[Any], documents.Document]] = {
    "hyperparameters": documents.hyperparameters,
    "data_efficiency": lambda record: {"data": documents.fits(record.sets, {})["data"]},
    "budget": lambda record: {"budget": documents.fits({}, record.sets)["budget"]},
    "regret": documents.regret,
    "diagnostics": documents.diagnostics,
    "law_choice": documents.law_choice,
    "warnings": documents.warnings,
    "choices": lambda record: {
        "choices": [documents.effect(e) for e in record.effects]
    },
    "sensitivity": lambda record: {"sensitivity": list(sentences(record))},
}
"""What `--json` adds of a record, by stage; `records` names the files of all."""
