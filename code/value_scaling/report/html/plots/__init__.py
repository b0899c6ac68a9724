"""Functions that return the panels of interactive plots, by the slug of the figure.

Each function takes the arguments of the figure's `draw`. A figure that is not listed
here appears in the page as a picture.
"""

from collections.abc import Callable
from typing import Any

from value_scaling.report.html.marks import Panel
from value_scaling.report.html.plots import (
    budget,
    comparisons,
    curves,
    data,
    grid_search,
    hyperparameters,
    sensitivity,
    trends,
)

PLOTS: dict[str, Callable[..., list[Panel]]] = {
    "sweep_curves": curves.sweep_curves,
    "grid_search": grid_search.grid_search,
    "best_hyperparameters": hyperparameters.best_hyperparameters,
    "batch_size_environments": hyperparameters.batch_size_environments,
    "learning_rate_environments": hyperparameters.learning_rate_environments,
    "learning_curves": curves.learning_curves,
    "data_environments": data.data_environments,
    "data_compute_frontier": data.data_compute_frontier,
    "all_levels": data.all_levels,
    "extrapolation": data.extrapolation,
    "ours_and_constant": data.ours_and_constant,
    "regret": comparisons.regret,
    "law_choice": comparisons.law_choice,
    "overfitting": trends.overfitting,
    "parameter_norm": trends.parameter_norm,
    "isoperformance": budget.isoperformance,
    "budget": budget.budget,
    "sensitivity": sensitivity.sensitivity,
}


def panels(slug: str, *records: Any) -> list[Panel] | None:
    """Return the panels of a figure; None if it has no interactive plot."""
    return PLOTS[slug](*records) if slug in PLOTS else None
