"""The commands that run one stage of the pipeline."""

from collections.abc import Callable, Iterable
from typing import Any

import click

from value_scaling.commands.console import print_json, show
from value_scaling.commands.options import (
    ProjectOptions,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.stages.spreading import executor_options, mapper
from value_scaling.commands.text import documents, terminal
from value_scaling.commands.text.parts import TextPart
from value_scaling.records.stage import Stage, by_command
from value_scaling.report.findings.sensitivity import sentences
from value_scaling.report.tables.sensitivity import sensitivity
from value_scaling.workflow.pipeline import SENSITIVITY, STAGES


def stage_command(name: str) -> click.Command:
    """Return the command that runs the stages of this name and shows their records."""
    stages = by_command(STAGES)[name]

    def run(
        checkout: ProjectOptions,
        study: str,
        as_json: bool,
        argument: str = "",
        executor: str = "one",
        ray_address: str | None = None,
    ) -> None:
        project = checkout.project()
        run = StageRun(
            project, project.study(study), mapper=mapper(executor, ray_address)
        )
        chosen = [stage for stage in stages if stage.argument == argument]
        if errors := [error for stage in chosen for error in run.run(stage)]:
            raise errors[0]
        if as_json:
            print_json(_document(run, chosen))
        elif shown := [p for s in chosen for p in _parts(run, s)]:
            show(*shown)

    made = json_option(click.pass_obj(run))
    if arguments := [stage.argument for stage in stages if stage.argument]:
        made = click.argument("argument", metavar="SET", type=click.Choice(arguments))(
            made
        )
    if any(stage.is_spread for stage in stages):
        made = executor_options(made)
    return command(name, help=stages[0].help)(study_argument(made))


def _document(run: StageRun, stages: Iterable[Stage[Any]]) -> documents.Document:
    """Return the records of stages, and the names of their files."""
    found = documents.heading(run.study)
    for stage in stages:
        if stage.name in DOCUMENTS:
            found |= DOCUMENTS[stage.name](run.record(stage))
        if stage is SENSITIVITY and (record := run.record(SENSITIVITY)) is not None:
            unit = run.study.compute_unit
            found["sensitivity"] = list(sentences(record, unit))
        files = dict.fromkeys(
            run.project.path(run.study, stage, variant) for variant in stage.variants
        )
        found.setdefault("records", []).extend(str(path) for path in files)
    return found


def _parts(run: StageRun, stage: Stage[Any]) -> Iterable[TextPart]:
    return PARTS[stage.name](run, run.record(stage)) if stage.name in PARTS else ()


def _warnings(run: StageRun, record: Any) -> Iterable[TextPart]:
    first, *rest = terminal.warning_list(record, run.project.absent(run.study)) or (
        "nothing is doubtful.",
    )
    return (*terminal.default_list(run.study), f"{run.study.name}: {first}", *rest)


def _sensitivity(run: StageRun, record: Any) -> Iterable[TextPart]:
    texts = (
        f"{run.study.name}: {text}"
        for text in sentences(record, run.study.compute_unit)
    )
    return (*texts, sensitivity(run.study, record))


PARTS: dict[str, Callable[[StageRun, Any], Iterable[TextPart]]] = {
    "regret": lambda _, record: terminal.regret(record),
    "diagnostics": lambda _, record: terminal.diagnostics(record),
    "law_choice": lambda _, record: terminal.law_choice(record),
    "warnings": _warnings,
    "choices": lambda _, record: terminal.choices(record.effects),
    "sensitivity": _sensitivity,
}
"""What the terminal shows of a record, by stage; of others, it shows nothing."""
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
}
"""What `--json` shows of a record, by stage, besides the names of its files."""
