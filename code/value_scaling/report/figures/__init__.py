"""All figures. Each has a module named by its slug, which defines `FIGURE`.

The slug is also part of the names of the figure's files (`figures/<study>_<slug>.pdf`
and `.png`), its label (`fig:<study>_<slug>`) and the file of its caption
(`paper/generated/<study>_<slug>_caption.tex`). A new figure is one new module here. The
notebooks, the paper and the table in docs/figures.md find it through `FIGURES`.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from value_scaling.records import Study
from value_scaling.records.stages.warnings import Warnings
from value_scaling.report.drawing import captions
from value_scaling.report.figure_entry import RECORDS, Entry
from value_scaling.report.results import Results
from value_scaling.report.text.latex import prose
from value_scaling.report.text.plain import capitalised

ORDER = (
    "figure1",
    "sweep_curves",
    "grid_search",
    "best_hyperparameters",
    "batch_size_environments",
    "learning_rate_environments",
    "learning_curves",
    "data_environments",
    "data_compute_frontier",
    "all_levels",
    "extrapolation",
    "ours_and_constant",
    "regret",
    "law_choice",
    "overfitting",
    "parameter_norm",
    "isoperformance",
    "budget",
    "sensitivity",
)
"""Order of the figures in the paper and in docs/figures.md. A figure that is not named
here comes last."""


def _found() -> dict[str, Entry]:
    """Load the `FIGURE` of each module in this folder."""
    there = {module.name for module in iter_modules(__path__)}
    slugs = (*ORDER, *sorted(there.difference(ORDER)))
    return {slug: import_module(f"{__name__}.{slug}").FIGURE for slug in slugs}


FIGURES = _found()
"""Figures by slug."""


def arguments(slug: str, results: Results) -> tuple[Any, ...] | None:
    """Return the records that one figure needs, or None if one is missing."""
    chosen = tuple(RECORDS[name].of(results) for name in FIGURES[slug].needs)
    return None if any(record is None for record in chosen) else chosen


def available(results: Results) -> dict[str, tuple[Any, ...]]:
    """Return the records of each figure of a study whose records exist, by slug."""
    found = {slug: arguments(slug, results) for slug in FIGURES if FIGURES[slug].needs}
    return {slug: records for slug, records in found.items() if records is not None}


def caption(
    slug: str, study: Study, *records: Any, warnings: Warnings | None = None
) -> str:
    """Return the caption of a study's figure as LaTeX, with its warnings."""
    set_name = getattr(records[0], "set_name", "sweep") if records else ""
    doubts = [
        f"{prose(capitalised(warning.found))}."
        for warning in (warnings.warnings if warnings else ())
        if warning.set_name == set_name
        and {warning.kind, f"{warning.kind}: {warning.parameter}"}
        & set(FIGURES[slug].doubts)
    ]
    doubtful = r"\textbf{Doubtful.} " + " ".join(doubts) if doubts else ""
    return captions.join(FIGURES[slug].caption(study, *records), doubtful)
