"""`scaling size-figures`: the figures of a study of σ and N, and its HTML page."""

from base64 import b64encode
from importlib import resources
from pathlib import Path

import click

from value_scaling import __version__
from value_scaling.commands.options import ProjectOptions, command
from value_scaling.commands.sizes.given import load_sizes
from value_scaling.commands.sizes.loading import load_size_results
from value_scaling.commands.sizes.model_size import card_of
from value_scaling.commands.sizes.own_studies import as_size_study, study_with_sizes
from value_scaling.report.sizes.figures import available_sizes, stem
from value_scaling.report.sizes.page import SizePage, size_page
from value_scaling.report.sizes.results import SizeResults
from value_scaling.store.files.outputs import draw, save_figure, save_text
from value_scaling.store.folders import Folders
from value_scaling.store.studies.model_size import load_size_study

TEMPLATE = "value_scaling.report.sizes.template"


@command("size-figures")
@click.argument("study", metavar="STUDY")
@click.pass_obj
def size_figures(checkout: ProjectOptions, study: str) -> None:
    """Draw the figures of a study of the model size N, and write its HTML page.

    Run `scaling model-size STUDY` first. STUDY is followup or a study of your own, as
    there. The page is figures/STUDY_report.html.
    """
    project = checkout.project()
    folders, own = project.folders, study_with_sizes(project, study)
    if own is not None:
        about = as_size_study(own)
        results = SizeResults(about, load_sizes(folders, about, own))
    else:
        (results,) = load_size_results(folders, [load_size_study(study).name])
    print(draw_all(folders, results, own=own is not None))


def draw_all(folders: Folders, results: SizeResults, *, own: bool) -> Path:
    """Draw every figure that the record permits, and write the page.

    Args:
        own: whether the study is the user's.
    """
    name = results.study.name
    shown = []
    for slug, figure in available_sizes(results).items():
        drawn = figure.draw(results)
        save_figure(drawn, folders.figures / stem(name, slug, own=own))
        picture = b64encode(draw(drawn, "png")).decode()
        shown.append((slug, figure, f"data:image/png;base64,{picture}"))
    card = card_of(folders, results.record)
    contents = SizePage(results, card, tuple(shown), __version__, own=own)
    template = resources.files(TEMPLATE)
    html = (template / "page.html").read_text(encoding="utf-8")
    css = resources.files("value_scaling.report.html") / "template" / "page.css"
    path = folders.figures / f"{name}_report.html"
    save_text(path, size_page(contents, html, css.read_text(encoding="utf-8")))
    return path
