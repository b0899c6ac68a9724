"""`scaling export`: runs and results in the formats of other tools."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from value_scaling.commands.console import print_json
from value_scaling.commands.options import (
    ProjectOptions,
    command,
    json_option,
    set_option,
    study_argument,
)
from value_scaling.commands.stages.attempts import Attempts
from value_scaling.commands.stages.fitting import fit_stages
from value_scaling.commands.stages.require import require_archives, require_set
from value_scaling.commands.stages.running import StageRun
from value_scaling.exporters.crossings import crossing_blocks, crossing_columns
from value_scaling.exporters.laws import LAW_COLUMNS, law_blocks
from value_scaling.exporters.long_table import write_table
from value_scaling.exporters.qscaled import write_qscaled
from value_scaling.exporters.rliable import write_rliable
from value_scaling.exporters.runs import run_blocks, run_columns
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.pipeline import (
    BUDGET,
    CROSSINGS,
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
    STAGES,
)

Export = Callable[[StageRun, Sequence[str], Path, Attempts], list[Path]]
"""Writes sets of a study into a folder and returns the files."""


def _tables(
    kind: str, run: StageRun, sets: Sequence[str], folder: Path, attempt: Attempts
) -> list[Path]:
    """Write the runs of each set, and the crossings and laws of all sets."""
    files = []
    for name in sets:
        files.append(folder / f"runs_{name}.{kind}")
        runs = run.project.runs(run.study, name)
        write_table(files[-1], run_columns(runs), run_blocks(runs))
    end = STAGES.index(BUDGET) + 1
    if run.study.has_several_sizes:  # no fit is against σ alone
        end = STAGES.index(HYPERPARAMETERS)
    attempt.errors += fit_stages(run, saved=True, stages=STAGES[:end]).errors
    found = [run.record(CROSSINGS[name]) for name in sets]
    if crossings := [each for each in found if each is not None]:
        files.append(folder / f"crossings.{kind}")
        write_table(files[-1], crossing_columns(crossings), crossing_blocks(crossings))
    best = run.record(HYPERPARAMETERS) if "sweep" in sets else None
    data, budgets = run.record(DATA_EFFICIENCY), run.record(BUDGET)
    laws = list(
        law_blocks(
            best,
            [each for name, each in data.sets.items() if name in sets] if data else (),
            [each for name, each in budgets.sets.items() if name in sets]
            if budgets
            else (),
        )
    )
    if laws:
        files.append(folder / f"laws.{kind}")
        write_table(files[-1], LAW_COLUMNS, laws)
    return files


def _rliable(
    run: StageRun, sets: Sequence[str], folder: Path, _: Attempts
) -> list[Path]:
    every = (collect(run.project.runs(run.study, name), run.study) for name in sets)
    return write_rliable(folder, run.study, every)


def _qscaled(
    run: StageRun, sets: Sequence[str], folder: Path, _: Attempts
) -> list[Path]:
    return [
        file
        for name in sets
        for file in write_qscaled(folder, run.study, run.project.runs(run.study, name))
    ]


EXPORTS: dict[str, Export] = {
    "csv": partial(_tables, "csv"),
    "parquet": partial(_tables, "parquet"),
    "rliable": _rliable,
    "qscaled": _qscaled,
}


@command("export")
@study_argument
@click.option("--to", "kind", type=click.Choice(tuple(EXPORTS)), required=True)
@set_option(help="The set to export (all).")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder of the files (build/export/STUDY/FORMAT).",
)
@json_option
@click.pass_obj
def export(
    checkout: ProjectOptions,
    study: str,
    kind: str,
    set_name: str | None,
    output: Path | None,
    as_json: bool,
) -> int:
    """Write the runs and results of a study for other tools.

    csv and parquet: long tables of the runs, of the steps to each level, and of all
    fitted laws with 95% intervals. rliable: matrices of final scores. qscaled: archives
    and configurations for the authors' code.
    """
    project = checkout.project()
    run = StageRun(project, project.study(study))
    require_archives(project, run.study)
    if set_name is not None:
        require_set(project, run.study, set_name)
    sets = project.sets(run.study) if set_name is None else (set_name,)
    folder = output or project.folders.build / "export" / study / kind
    attempt = Attempts()
    files = EXPORTS[kind](run, sets, folder, attempt)
    names = [project.folders.shown(file) for file in files]
    if as_json:
        print_json({"study": study, "format": kind, "files": names})
    else:
        print(*names, sep="\n")
    return attempt.exit_code()
