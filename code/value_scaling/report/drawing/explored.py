"""Figures of the results at one J and δ, for all environments or one."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from value_scaling.records import (
    BestValues,
    Budget,
    DataEfficiency,
    Hyperparameters,
    entry,
)
from value_scaling.report.drawing.environment_names import best_label
from value_scaling.report.drawing.frontier import draw_frontier, frontier_limits
from value_scaling.report.drawing.marks import (
    environment_handles,
    law,
    note,
    points,
    smooth,
)
from value_scaling.report.drawing.optimal_utd import draw_budget, star_ticks
from value_scaling.report.drawing.style import (
    FULL,
    environment_marks,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import (
    level_text,
    plain_axis,
    scaled_axis,
    steps_axis,
    utd_axis,
)


@styled
def draw_best(
    hyperparameters: Hyperparameters, *, environments: tuple[str, ...]
) -> Figure:
    """Draw B*(σ) and η*(σ) of some environments, with the fits of a shared slope."""
    figure, axes = new_figure(FULL, 2.4, columns=2)
    for panel, best in zip(axes[0], hyperparameters.fitted, strict=True):
        _best(panel, best, environments)
    figure.legend(
        handles=environment_handles(hyperparameters.batch_size.environments),
        loc="outside upper center",
        ncols=6,
    )
    return figure


@styled
def draw_optimum(
    efficiency: DataEfficiency, budget: Budget, *, level: int, unit: str
) -> Figure:
    """Draw data against compute at one level, and σ*(F).

    Args:
        level: index of the level.
        unit: unit of compute and budget.
    """
    figure, axes = new_figure(FULL, 2.3, columns=2)
    _frontier(axes[0, 0], efficiency, budget, level, unit)
    draw_budget(axes[0, 1], budget)
    scaled_axis(axes[0, 1], "x", r"Budget $F=C+\delta D$", unit)
    star_ticks(axes[0, 1])
    axes[0, 1].set_ylabel(r"Optimal $\sigma^{*}$")
    if axes[0, 1].get_legend_handles_labels()[0]:
        axes[0, 1].legend()
    return figure


def _best(axes: Axes, best: BestValues, environments: tuple[str, ...]) -> None:
    x = smooth(best.utds)
    fits = best.to_run().at(x)
    for e, (colour, marker) in enumerate(environment_marks(len(best.environments))):
        if best.environments[e] in environments:
            law(axes, x, entry(fits, e), colour=colour, shade=0.1)
            own = entry(best.best, e)
            points(axes, best.utds, own, colour=colour, marker=marker)
    utd_axis(axes, best.utds, most=9)
    plain_axis(axes, "y", best_label(best.axis), most=6, unit=best.axis.unit)


def _frontier(
    axes: Axes, efficiency: DataEfficiency, budget: Budget, level: int, unit: str
) -> None:
    if np.isfinite(budget.frontier_data[level]).any():
        draw_frontier(axes, efficiency, budget, row=level)
        frontier_limits(axes, efficiency, budget, row=level)
        scaled_axis(axes, "x", "Compute $C_J$", unit)
        name = level_text(efficiency.levels[level])
        steps_axis(axes, "y", f"Data to reach $J$ = {name}", unit=False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    else:
        note(axes, "no fit of this level")
