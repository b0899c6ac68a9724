"""The HTML page of a study of σ and N, with pictures and tables."""

from dataclasses import dataclass

from jinja2 import Environment as Templates
from jinja2 import StrictUndefined
from markupsafe import Markup

from value_scaling.report.html.card import card_lines
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.sizes.tables import size_tables
from value_scaling.report.tables.formats.html_table import html
from value_scaling.report.text.html import html_of
from value_scaling.report.text.plain import capitalised
from value_scaling.report.verify import ReportCard


@dataclass(frozen=True)
class SizePage:
    """Everything that the page shows."""

    results: SizeResults
    card: ReportCard
    """Without rows if nothing was published about the study."""
    figures: tuple[tuple[str, SizeFigure, str], ...]
    """Slug, declaration and picture (a `data:` URL) of each figure."""
    version: str
    own: bool = False
    """Whether the study is the user's, so that its figures have no numbers."""


def size_page(contents: SizePage, template: str, css: str) -> str:
    """Return the page as one HTML text, the same for the same contents."""
    templates = Templates(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    results = contents.results
    shown = [*size_tables(results)]
    if contents.card.rows:
        shown.append(card_lines(contents.card))
    tables = [
        (each.slug, Markup(html_of(each.caption)), Markup(html(each))) for each in shown
    ]
    figures = [
        {
            "slug": slug,
            "title": _title(figure, own=contents.own),
            "picture": picture,
            "caption": Markup(html_of(figure.caption(results))),
        }
        for slug, figure, picture in contents.figures
    ]
    notes = [
        (archive.file, archive.notes)
        for group in results.study.groups
        for archive in group.archives
    ]
    return templates.from_string(template).render(
        study=results.study,
        figures=figures,
        tables=tables,
        tables_title="Tables" + " and report card" * bool(contents.card.rows),
        notes=notes,
        css=Markup(css),
        version=contents.version,
    )


def _title(figure: SizeFigure, *, own: bool) -> str:
    text = figure.shows.replace("\\*", "*")
    return capitalised(text.removeprefix("Figure 2: ") if own else text)
