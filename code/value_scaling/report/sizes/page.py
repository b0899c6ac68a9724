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
    figures: tuple[tuple[str, SizeFigure, str], ...]
    """Slug, declaration and picture (a `data:` URL) of each figure."""
    version: str


def size_page(contents: SizePage, template: str, css: str) -> str:
    """Return the page as one HTML text, the same for the same contents."""
    templates = Templates(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    results = contents.results
    tables = [
        (each.slug, Markup(html_of(each.caption)), Markup(html(each)))
        for each in (*size_tables(results), card_lines(contents.card))
    ]
    figures = [
        {
            "slug": slug,
            "title": capitalised(figure.shows.replace("\\*", "*")),
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
        notes=notes,
        css=Markup(css),
        version=contents.version,
    )
