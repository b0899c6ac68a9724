"""Every figure: records in, a matplotlib Figure out.

One slug a figure: the name of its function, of its files
(`figures/<study>_<slug>.pdf` and `.png`), of its label `fig:<study>_<slug>` and of its
caption (`paper/generated/<study>_<slug>_caption.tex`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from value_scaling.records import Study
from value_scaling.records.stages.warnings import Warnings
from value_scaling.report.drawing import captions
from value_scaling.report.figures import (
    best_values,
    constant,
    curves,
    environment_data,
    environment_values,
    frontier,
    held_out_utds,
    isocost,
    law_errors,
    levels,
    norms,
    optimal_utd,
    other_choices,
    overview,
    sweep_grid,
    td_errors,
)
from value_scaling.report.figures import (
    regret as regret_lines,
)
from value_scaling.report.figures.best_values import best_hyperparameters
from value_scaling.report.figures.constant import ours_and_constant
from value_scaling.report.figures.curves import learning_curves, sweep_curves
from value_scaling.report.figures.environment_data import data_environments
from value_scaling.report.figures.environment_values import (
    batch_size_environments,
    learning_rate_environments,
)
from value_scaling.report.figures.frontier import data_compute_frontier
from value_scaling.report.figures.held_out_utds import extrapolation
from value_scaling.report.figures.isocost import isoperformance
from value_scaling.report.figures.law_errors import law_choice
from value_scaling.report.figures.levels import all_levels
from value_scaling.report.figures.norms import parameter_norm
from value_scaling.report.figures.optimal_utd import budget
from value_scaling.report.figures.other_choices import sensitivity
from value_scaling.report.figures.overview import figure1
from value_scaling.report.figures.regret import regret
from value_scaling.report.figures.sweep_grid import grid_search
from value_scaling.report.figures.td_errors import overfitting
from value_scaling.report.results import FITTED_SETS, Results
from value_scaling.report.text.latex import prose

__all__ = [
    "FIGURES",
    "Entry",
    "all_levels",
    "arguments",
    "batch_size_environments",
    "best_hyperparameters",
    "budget",
    "caption",
    "data_compute_frontier",
    "data_environments",
    "extrapolation",
    "figure1",
    "grid_search",
    "isoperformance",
    "law_choice",
    "learning_curves",
    "learning_rate_environments",
    "ours_and_constant",
    "overfitting",
    "parameter_norm",
    "regret",
    "sensitivity",
    "sweep_curves",
]

_GRID, _FITTED = "analyze_grid_search", "analyze_fitted"
_DIAGNOSTICS = "analyze_diagnostics"


@dataclass(frozen=True)
class Entry:
    """One figure, and what it is made of."""

    draw: Callable[..., Figure]
    """(study, *records) -> Figure."""
    caption: Callable[..., str]
    """(study, *records) -> LaTeX."""
    needs: tuple[str, ...]
    """The records, by the names that `arguments` knows."""
    shows: str
    """Figure of the paper that it answers to, by its name in the notes F1 … F11; empty:
    none."""
    notebook: str
    """Notebook that makes it; empty: the command `scaling overview`."""
    also: tuple[str, ...] = ()
    """What else `draw` takes, after the records; not needed for the caption."""
    doubts: tuple[str, ...] = ()
    """Kinds of warnings that concern what the figure shows; with `: parameter`, only
    those of this parameter."""


_OF_LEVEL = ("efficiency", "budget", "original")
FIGURES: dict[str, Entry] = {
    "sweep_curves": Entry(
        sweep_curves,
        curves.sweep_caption,
        ("sweep", "hyperparameters"),
        "F11",
        _GRID,
        ("runs", "isotonic fits"),
    ),
    "grid_search": Entry(
        grid_search,
        sweep_grid.caption,
        ("sweep", "hyperparameters"),
        "F11",
        _GRID,
        doubts=("hole in the grid", "undeclared setting", "short run"),
    ),
    "best_hyperparameters": Entry(
        best_hyperparameters,
        best_values.caption,
        ("hyperparameters",),
        "F8",
        _GRID,
        doubts=("edge of the grid", "one value"),
    ),
    "batch_size_environments": Entry(
        batch_size_environments,
        environment_values.batch_size_caption,
        ("hyperparameters",),
        "F10",
        _GRID,
        doubts=("edge of the grid: batch_size", "one value: batch_size"),
    ),
    "learning_rate_environments": Entry(
        learning_rate_environments,
        environment_values.learning_rate_caption,
        ("hyperparameters",),
        "F10",
        _GRID,
        doubts=("edge of the grid: learning_rate", "one value: learning_rate"),
    ),
    "regret": Entry(regret, regret_lines.caption, ("regret",), "F9", _GRID),
    "overfitting": Entry(
        overfitting, td_errors.caption, ("overfitting",), "F5", _DIAGNOSTICS
    ),
    "parameter_norm": Entry(
        parameter_norm, norms.caption, ("parameter norm",), "F6", _DIAGNOSTICS
    ),
    "learning_curves": Entry(
        learning_curves,
        curves.caption,
        ("crossings",),
        "F11",
        _FITTED,
        ("runs", "isotonic fits"),
    ),
    "data_environments": Entry(
        data_environments,
        environment_data.caption,
        ("measured",),
        "F11",
        _FITTED,
        doubts=("coarse log", "short run"),
    ),
    "all_levels": Entry(all_levels, levels.caption, ("efficiency",), "F11", _FITTED),
    "ours_and_constant": Entry(
        ours_and_constant, constant.caption, ("ours", "baseline"), "F9", _FITTED
    ),
    "extrapolation": Entry(
        extrapolation, held_out_utds.caption, ("measured",), "F3", _FITTED
    ),
    "law_choice": Entry(law_choice, law_errors.caption, ("law choice",), "", _FITTED),
    "data_compute_frontier": Entry(
        data_compute_frontier, frontier.caption, _OF_LEVEL, "F1 (left), F2", _FITTED
    ),
    "isoperformance": Entry(
        isoperformance, isocost.caption, _OF_LEVEL, "F1 (right), F4", _FITTED
    ),
    "budget": Entry(
        budget, optimal_utd.caption, _OF_LEVEL, "F1 (middle), F4b", _FITTED
    ),
    "sensitivity": Entry(
        sensitivity, other_choices.caption, ("sensitivity",), "", _FITTED
    ),
    "figure1": Entry(figure1, overview.caption, (), "F1", ""),
}
"""Slug -> figure, in the order of the method. `figure1` is the one that
shows all studies: its functions take the `overview.Row` of each instead."""


def arguments(slug: str, results: Results) -> tuple[Any, ...] | None:
    """Choose the records of one figure from those of a study; None: one is missing.

    `efficiency` and `budget` are of the runs with fitted hyperparameters, or of those
    with constant ones where there are no others. `measured` and `crossings` are of the
    first of the two sets that has runs rather than published coefficients.
    `overfitting` and `parameter norm` are the diagnostics, if these are among them.
    `original` are the digitised panels of the paper's Figure 1, perhaps none.
    `sensitivity` is shown with the runs that have a σ*(F).
    """
    diagnostics = results.diagnostics
    measured = diagnostics.measures if diagnostics else {}
    data = results.data
    main = next((name for name in FITTED_SETS if name in data), "")
    with_runs = results.measured
    known = {
        "hyperparameters": results.hyperparameters,
        "sweep": results.crossings.get("sweep"),
        "regret": results.regret if results.regret and results.regret.rows else None,
        "overfitting": diagnostics if "overfitting" in measured else None,
        "parameter norm": diagnostics if "parameter_norm" in measured else None,
        "sensitivity": results.sensitivity if results.budget else None,
        "law choice": results.law_choice,
        "ours": data.get("ours"),
        "baseline": data.get("baseline"),
        "efficiency": data.get(main),
        "budget": results.budget.get(main),
        "measured": data.get(with_runs),
        "crossings": results.crossings.get(with_runs),
        "original": results.original,
    }
    chosen = tuple(known[name] for name in FIGURES[slug].needs)
    return None if any(record is None for record in chosen) else chosen


def caption(
    slug: str, study: Study, *records: Any, warnings: Warnings | None = None
) -> str:
    """Return the caption of a study's figure as LaTeX, with what is doubtful in it."""
    set_name = getattr(records[0], "set_name", "sweep") if records else ""
    doubts = [
        f"{prose(warning.found[:1].upper() + warning.found[1:])}."
        for warning in (warnings.warnings if warnings else ())
        if warning.set_name == set_name
        and {warning.kind, f"{warning.kind}: {warning.parameter}"}
        & set(FIGURES[slug].doubts)
    ]
    told = r"\textbf{Doubtful.} " + " ".join(doubts) if doubts else ""
    return captions.join(FIGURES[slug].caption(study, *records), told)
