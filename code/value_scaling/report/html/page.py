"""The page: its texts, tables and plots, put into the template."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Environment as Templates
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from value_scaling.records import SETS
from value_scaling.report.figure_entry import Notebook
from value_scaling.report.figures import FIGURES
from value_scaling.report.findings.claims import CLAIMS
from value_scaling.report.html.card import card_lines
from value_scaling.report.html.explorer import explorer
from value_scaling.report.html.marks import Panel
from value_scaling.report.html.tables import table_data
from value_scaling.report.results import StudyResults
from value_scaling.report.tables import study_tables
from value_scaling.report.tables.choices import choices
from value_scaling.report.tables.formats.table import Table
from value_scaling.report.tables.sources import inventory
from value_scaling.report.text.html import html_of
from value_scaling.report.text.plain import capitalised
from value_scaling.report.verify import ReportCard

PARTS: dict[Notebook, str] = {
    "analyze_fitted": "Data, compute and the best UTD ratio",
    "analyze_grid_search": "Grid search: the best B and η",
    "analyze_diagnostics": "Overfitting and parameter norms",
}
"""Headings of the figures, by the notebook that makes them."""
_FIRST = ("data_compute_frontier", "budget", "isoperformance", "best_hyperparameters")
"""Figures that come first under their heading."""


@dataclass(frozen=True)
class ShownFigure:
    """One figure of the page."""

    slug: str
    caption: str
    """Caption as LaTeX."""
    panels: list[Panel] | None
    """Panels of the interactive plot; None if `picture` is shown."""
    picture: str = ""
    """Address of the picture, as a `data:` URL."""


@dataclass(frozen=True)
class Contents:
    """Everything that the page of one study shows."""

    results: StudyResults
    card: ReportCard
    figures: Sequence[ShownFigure]
    warnings: Sequence[tuple[str, str, str]]
    """Set of runs, finding, and what to do."""
    sources: Sequence[tuple[str, str]]
    """Files that the results were made from, and their SHA-256."""
    version: str
    rules: Mapping[str, float]
    """`least_optima` and `least_span`, which a fit of σ*(F) needs."""


@dataclass(frozen=True)
class Assets:
    """The texts of the files that the page consists of."""

    html: str
    css: str
    scripts: Sequence[str]
    """JavaScript of this project, in order."""
    plotly: str


def page(contents: Contents, assets: Assets) -> str:
    """Return the page as one HTML text, the same for the same contents."""
    study = contents.results.study
    own = contents.card.only(study=study.name)
    tables = {
        "main": [*map(table_data, study_tables(contents.results))],
        "choices": [table_data(_choices(contents.results))],
        "card": [table_data(card_lines(own))] if own.rows else [],
        "inventory": [table_data(inventory((contents.results,)))],
    }
    found = explorer(contents.results)
    data = {
        "study": study.name,
        "figures": {each.slug: each.panels for each in contents.figures},
        "explorer": {**found, **contents.rules} if found else None,
        "tables": [each for group in tables.values() for each in group],
    }
    templates = Templates(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return templates.from_string(assets.html).render(
        study=study,
        environments=[each.name for each in study.environments],
        figures=list(_figure_parts(contents.figures)),
        claims=_claims(contents.results),
        warnings=[(s, capitalised(found), fix) for s, found, fix in contents.warnings],
        notes=[
            (study.archives[name].file, study.archives[name].notes)
            for name in SETS
            if name in study.archives and study.archives[name].notes
        ],
        sources=contents.sources,
        version=contents.version,
        tables=tables,
        explorer=data["explorer"],
        css=Markup(assets.css),
        data=Markup(_script_safe(json.dumps(data, **_COMPACT))),
        plotly=Markup(_checked(assets.plotly)),
        scripts=[Markup(_checked(each)) for each in assets.scripts],
    )


_COMPACT: dict[str, Any] = {
    "separators": (",", ":"),
    "ensure_ascii": False,
    "allow_nan": False,
}


def _choices(results: StudyResults) -> Table:
    """Return the table of choices with all rows, not only those with large effects."""
    return replace(choices((results,)), caption=r"\textbf{Analysis choices.}")


def _figure_parts(
    figures: Sequence[ShownFigure],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the figures under each heading."""
    for notebook, heading in PARTS.items():
        own = [each for each in figures if FIGURES[each.slug].notebook == notebook]
        own.sort(key=lambda each: each.slug not in _FIRST)
        if own:
            yield (
                heading,
                [
                    {
                        "slug": each.slug,
                        "title": _title(each.slug),
                        "caption": Markup(html_of(each.caption)),
                        "picture": each.picture,
                    }
                    for each in own
                ],
            )


def _title(slug: str) -> Markup:
    """Return what a figure shows, with a capital first letter unless it is Greek."""
    words = FIGURES[slug].shows.replace("\\*", "*")
    words = capitalised(words) if words[:1].isascii() else words
    return Markup(re.sub(r"([DC])_J", r"\1<sub>J</sub>", str(escape(words))))


def _claims(results: StudyResults) -> list[tuple[Markup, Markup, str]]:
    """Return each claim of the paper with the evidence and verdict of this study."""
    judged = [(claim, claim.judge(results.default)) for claim in CLAIMS]
    return [
        (
            Markup(html_of(claim.words)),
            Markup(html_of("; ".join(finding.evidence))),
            finding.verdict,
        )
        for claim, finding in judged
    ]


def _script_safe(text: str) -> str:
    """Return JSON that cannot end the script element that holds it."""
    return text.replace("<", "\\u003c")


def _checked(script: str) -> str:
    """Return a script that does not end its own element."""
    if "</script" in script:
        raise ValueError("a script contains </script")
    return script
