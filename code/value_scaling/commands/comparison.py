"""`scaling compare`: fresh runs beside the published ones."""

import argparse
from pathlib import Path

from value_scaling.records import SETS, Runs, ScalingError, Study
from value_scaling.report.tables import csv_text, latex
from value_scaling.report.tables.comparison import comparison_tables
from value_scaling.report.tables.formats.markdown import markdown
from value_scaling.store.archives.read import read_runs
from value_scaling.store.files.outputs import save_text
from value_scaling.store.project import Project
from value_scaling.workflow.compare import Side, compare
from value_scaling.workflow.pipeline import CROSSINGS

SHOWN = 60
"""Rows of a table that the terminal gets."""


def compare_study(arguments: argparse.Namespace) -> int:
    """Hold the fresh runs of a study beside the published ones, finished or not."""
    published = _side(Project.at(arguments.root, runs="published"), arguments.study)
    project = Project.at(arguments.root, runs="fresh")
    fresh = _side(project, arguments.study)
    if not set(published[1]) & set(fresh[1]):
        here, there = (", ".join(side[1]) or "none" for side in (published, fresh))
        raise ScalingError(
            f"study {arguments.study}",
            found=f"published sets: {here}; fresh sets: {there}",
            expected="one set in both",
            fix="`make data` fetches the authors' archives; `scaling train "
            f"{arguments.study} --set sweep --runs fresh` makes fresh runs",
        )
    replicates = CROSSINGS["ours"].options["replicates"]
    found = compare(
        published, fresh, sweep_replicates=replicates, replicates=replicates
    )
    about = published[0]
    tables = comparison_tables(about, found)
    folder = project.folders.build / "comparison"
    text = [f"# {about.title}: fresh runs beside the published ones"]
    for table in tables:
        save_text(folder / f"{table.slug}.csv", csv_text(table))
        save_text(folder / f"{table.slug}.tex", latex(table))
        words = markdown(table)
        text += ["", words]
        lines = words.splitlines()
        print(*lines[: SHOWN + 2], sep="\n")
        if len(lines) > SHOWN + 2:
            print(f"… {len(lines) - SHOWN - 2} more rows: {folder / table.slug}.csv")
        print()
    if found.notes:
        text += ["", *(f"- {note}" for note in found.notes)]
        print(*found.notes, sep="\n")
    path = folder / f"{about.name}.md"
    save_text(path, "\n".join(text))
    print(f"The tables: {path}, and as .csv and .tex beside it")
    return 0


def _side(project: Project, name: str) -> Side:
    """Read every archive of a study; of a set that is not whole, what there is."""
    study = project.study(name)
    runs: dict[str, Runs] = {}
    for set_name in SETS:
        path = _path(project, study, set_name)
        if path is not None:
            runs[set_name] = read_runs(path, study, set_name)
    return study, runs


def _path(project: Project, study: Study, set_name: str) -> Path | None:
    if set_name not in study.archives:
        return None
    for path in (
        project.folders.archive(study, set_name),
        project.folders.partial(study, set_name),
    ):
        if path.exists():
            return path
    return None
