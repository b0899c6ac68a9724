"""`scaling size-figures`: the figures of a study of σ and N, and its HTML page."""

from base64 import b64encode
from importlib import resources
from pathlib import Path

import click

from value_scaling import __version__
from value_scaling.commands.options import ProjectOptions, command
from value_scaling.commands.sizes.loading import load_size_results
from value_scaling.commands.sizes.model_size import card_of
from value_scaling.report.sizes.figures import available_sizes, stem
from value_scaling.report.sizes.page import SizePage, size_page
from value_scaling.report.sizes.results import SizeResults
from value_scaling.store.files.outputs import draw, save_figure, save_text
from value_scaling.store.folders import Folders

TEMPLATE = "value_scaling.report.sizes.template"


@command("size-figures")
@click.argument("study", metavar="STUDY")
@click.pass_obj
def size_figures(checkout: ProjectOptions, study: str) -> None:
    """Draw the figures of a study of the model size N, and write its HTML page.

    Run `scaling model-size STUDY` first. The page is figures/STUDY_report.html.
    """
    folders = Folders.at(checkout.root)
    (results,) = load_size_results(folders, [study])
    print(draw_all(folders, results))


def draw_all(folders: Folders, results: SizeResults) -> Path:
    """Draw every figure that the record permits, and write the page."""
    name = results.study.name
    shown = []
    for slug, figure in available_sizes(results).items():
        drawn = figure.draw(results)
        save_figure(drawn, folders.figures / stem(name, slug))
        picture = b64encode(draw(drawn, "png")).decode()
        shown.append((slug, figure, f"data:image/png;base64,{picture}"))
    contents = SizePage(
        results, card_of(folders, results.record), tuple(shown), __version__
    )
    own = resources.files(TEMPLATE)
    html = (own / "page.html").read_text(encoding="utf-8")
    css = resources.files("value_scaling.report.html") / "template" / "page.css"
    path = folders.figures / f"{name}_report.html"
    save_text(path, size_page(contents, html, css.read_text(encoding="utf-8")))
    return path
