"""`scaling compare`: fresh runs beside the published ones."""

import csv
import io
import json
from pathlib import Path

import click

from value_scaling.commands.options import (
    Checkout,
    command,
    json_option,
    study_argument,
)
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


@command("compare")
@study_argument
@json_option
@click.pass_obj
def compare_runs(checkout: Checkout, study: str, as_json: bool) -> None:
    """Hold the fresh runs of a study beside the published ones, finished or not."""
    published = _side(Project.at(checkout.root, runs="published"), study)
    project = Project.at(checkout.root, runs="fresh")
    fresh = _side(project, study)
    if not set(published[1]) & set(fresh[1]):
        here, there = (", ".join(side[1]) or "none" for side in (published, fresh))
        raise ScalingError(
            f"study {study}",
            found=f"published sets: {here}; fresh sets: {there}",
            expected="one set in both",
            fix="`make data` fetches the authors' archives; `scaling train "
            f"{study} --set sweep --runs fresh` makes fresh runs",
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
        text += ["", markdown(table)]
    if found.notes:
        text += ["", *(f"- {note}" for note in found.notes)]
    path = folder / f"{about.name}.md"
    save_text(path, "\n".join(text))
    if as_json:
        rows = {t.slug: list(csv.DictReader(io.StringIO(csv_text(t)))) for t in tables}
        document = {"study": about.name, "tables": rows, "notes": list(found.notes)}
        print(json.dumps(document, indent=1))
        return
    for table in tables:
        lines = markdown(table).splitlines()
        print(*lines[: SHOWN + 2], sep="\n")
        if len(lines) > SHOWN + 2:
            print(f"… {len(lines) - SHOWN - 2} more rows: {folder / table.slug}.csv")
        print()
    if found.notes:
        print(*found.notes, sep="\n")
    print(f"The tables: {path}, and as .csv and .tex beside it")


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
