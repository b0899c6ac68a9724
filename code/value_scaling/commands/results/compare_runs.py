"""`scaling compare`: compare fresh runs with the published ones, in tables."""

import csv
import io
from pathlib import Path

import click

from value_scaling.commands.console import first_rows, print_json, show
from value_scaling.commands.options import (
    ProjectOptions,
    command,
    json_option,
    study_argument,
)
from value_scaling.commands.text.parts import TextPart
from value_scaling.records import SETS, Runs, ScalingError, Study
from value_scaling.report.tables import csv_text, latex
from value_scaling.report.tables.comparison import comparison_tables
from value_scaling.report.tables.formats.markdown_table import markdown
from value_scaling.store.archives.read import read_runs
from value_scaling.store.files.outputs import save_text
from value_scaling.store.project import Project
from value_scaling.workflow.compare import Side, compare
from value_scaling.workflow.pipeline import CROSSINGS

SHOWN = 60
"""Number of rows of a table on the terminal."""


@command("compare")
@study_argument
@json_option
@click.pass_obj
def compare_runs(checkout: ProjectOptions, study: str, as_json: bool) -> None:
    """Compare the fresh runs of a study with the published ones, finished or not."""
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
    text = [f"# {about.title}: fresh and published runs compared"]
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
        print_json({"study": about.name, "tables": rows, "notes": list(found.notes)})
        return
    parts: list[TextPart] = []
    for table in tables:
        shown, left = first_rows(table, SHOWN)
        parts.append(shown)
        if left:
            parts.append(f"… {left} more rows: {folder / table.slug}.csv\n")
    show(
        *parts,
        *found.notes,
        f"Tables: {path}; the same folder has them as .csv and .tex",
    )


def _side(project: Project, name: str) -> Side:
    """Read every archive of a study, including those of unfinished sets."""
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
