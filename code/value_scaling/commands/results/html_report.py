"""`scaling report`: one HTML page of a study, with interactive plots."""

from base64 import b64encode
from importlib import resources
from pathlib import Path
from typing import Any

import click

from value_scaling import __version__
from value_scaling.commands.options import ProjectOptions, command, study_argument
from value_scaling.commands.results.loading import load_results
from value_scaling.commands.results.paper import card_of
from value_scaling.commands.results.study_figure import drawn_from, study_figure
from value_scaling.commands.stages.fitting import load_saved
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.text.terminal.warning_list import warning_rows
from value_scaling.records import Study
from value_scaling.records.stages.budget import LEAST_OPTIMA
from value_scaling.report.figures import available, caption
from value_scaling.report.html.page import Assets, Contents, ShownFigure, page
from value_scaling.report.html.plots import panels
from value_scaling.report.results import StudyResults
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.outputs import draw, save_text
from value_scaling.store.project import Project
from value_scaling.workflow.data.identifiable import LEAST_SPAN
from value_scaling.workflow.pipeline import STAGES

TEMPLATE = "value_scaling.report.html.template"
SCRIPTS = ("formulas.js", "plots.js", "tables.js", "explorer.js", "page.js")


@command("report")
@study_argument
@click.pass_obj
def report(checkout: ProjectOptions, study: str) -> None:
    """Write one HTML page of a study, to read without network and to share.

    The page has all figures of the study as interactive plots, sliders for J, δ and σ,
    all tables, the warnings and the report card. Run `scaling fit STUDY` first. The
    page is figures/STUDY_report.html.
    """
    project = checkout.project()
    found = project.study(study)
    _make_missing(project, found)
    print(write_report(project, found))


def write_report(project: Project, study: Study) -> Path:
    """Write the page of a study and return its path.

    Raises:
        ScalingError: a record is missing, damaged or stale.
    """
    results = load_results(project, study)
    contents = Contents(
        results=results,
        card=card_of(project, (results,)),
        figures=_figures(project, results),
        warnings=warning_rows(results.default.warnings),
        sources=_sources(project, study),
        version=__version__,
        rules={"least_optima": LEAST_OPTIMA, "least_span": LEAST_SPAN},
    )
    path = project.folders.report(study)
    save_text(path, page(contents, assets()))
    return path


def _make_missing(project: Project, study: Study) -> None:
    """Make the records that `scaling fit` leaves out, unless they are up to date."""
    run = StageRun(project, study)
    for stage in STAGES:
        missing = not stage.in_fit and project.makes(study, stage)
        if missing and not load_saved(run, stage):
            run.run(stage)


def assets() -> Assets:
    """Read the template, and Plotly's JavaScript from its package."""
    own = resources.files("value_scaling.report.html") / "template"

    def text(name: str) -> str:
        return (own / name).read_text(encoding="utf-8")

    plotly = resources.files("plotly") / "package_data" / "plotly.min.js"
    return Assets(
        html=text("page.html"),
        css=text("page.css"),
        scripts=[text(name) for name in SCRIPTS],
        plotly=plotly.read_text(encoding="utf-8"),
    )


def _figures(project: Project, results: StudyResults) -> list[ShownFigure]:
    """Return every figure of the study whose records exist."""
    study, found = results.study, []
    for slug, records in available(results.default).items():
        words = caption(slug, study, *records, warnings=results.default.warnings)
        also = drawn_from(project, study, slug, *records)
        plot = panels(slug, study, *records, *also)
        picture = "" if plot else _picture(project, study, slug, *records)
        found.append(ShownFigure(slug, words, plot, picture))
    return found


def _picture(project: Project, study: Study, slug: str, *records: Any) -> str:
    """Draw a figure that has no interactive plot."""
    drawn = draw(study_figure(project, study, slug, *records), "png")
    return f"data:image/png;base64,{b64encode(drawn).decode()}"


def _sources(project: Project, study: Study) -> list[tuple[str, str]]:
    """Return the study file and its archives with their SHA-256."""
    archives = [
        (path.name, digest_file(path))
        for name in project.sets(study)
        for path in [project.folders.archive(study, name)]
    ]
    return [("study file", study.digest), *archives]
