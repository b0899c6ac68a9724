"""Figures of B*(σ) and η*(σ), with a panel for each environment."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import BestValues, Hyperparameters, Study, entry
from value_scaling.records.axes import Axis
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.environment_names import best_label, name_text
from value_scaling.report.drawing.marks import law, points, smooth
from value_scaling.report.drawing.style import (
    DARK,
    GREEN,
    ORANGE,
    OURS,
    panels,
    styled,
)
from value_scaling.report.drawing.ticks import (
    UTD_LABEL,
    grid_axis,
    utd_axis,
)
from value_scaling.report.figure_entry import Entry

_DASHES: dict[str, Any] = {
    "color": "#a0a0a0",
    "linewidth": 0.5,
    "linestyle": (0, (4, 3)),
}


def _panel(axes: Axes, best: BestValues, index: int, proposed: np.ndarray) -> None:
    axes.grid(visible=False, axis="y")
    for value in best.grid[index]:
        axes.axhline(value, **_DASHES)
    x = smooth(np.concatenate([best.utds, proposed[0]]))
    law(axes, x, entry(best.shared.at(x), index), colour=OURS)
    x = smooth(best.utds)
    separate = best.separate.at(x).value[index]
    if np.isfinite(separate).any():
        axes.plot(x, separate, color=ORANGE, linestyle="--", linewidth=0.9)
    axes.plot(
        proposed[0], proposed[1], "s", color=GREEN, markersize=2.8,
        markerfacecolor="white", markeredgewidth=0.8, zorder=2.8,
    )  # fmt: skip
    points(axes, best.utds, entry(best.best, index), colour=DARK, markersize=3.5)
    if best.is_single[index]:  # an axis needs two ends
        (value,) = best.grid[index]
        axes.set_ylim(value / 2, 2 * value)
    axes.set_title(name_text(best.environments[index]))


def environments_figure(axis: Axis) -> Entry:
    """Return the figure of one fitted axis, with a panel for each environment."""

    @styled
    def draw(study: Study, fits: Hyperparameters) -> Figure:
        return _draw(fits, getattr(fits, axis.name))

    def caption(study: Study, fits: Hyperparameters) -> str:
        return _caption(study, getattr(fits, axis.name))

    return Entry(
        draw=draw,
        caption=caption,
        needs=("hyperparameters",),
        shows=f"{axis.symbol}\\*(σ) of each environment, and proposals",
        section="Appendix",
        notebook="analyze_grid_search",
        doubts=(f"edge of the grid: {axis.name}", f"one value: {axis.name}"),
    )


def _draw(fits: Hyperparameters, best: BestValues) -> Figure:
    """Draw the best values of each environment with both fits, proposals and the grid.

    Args:
        fits: record with the proposals.
        best: best values on the axis that is shown.
    """
    axis = best.axis
    count = len(best.environments)
    figure, flat = panels(count, height=1.35, top=0.45)
    # Proposals far beyond the sweep would compress the axis; the table has them.
    reach = best.utds.min() / 4, best.utds.max() * 2
    proposals = [
        np.array(
            [
                (p.utd, p.rounded(axis))
                for p in fits.proposals
                if p.env == name and reach[0] <= p.utd <= reach[1]
            ]
        ).reshape(-1, 2).T
        for name in best.environments
    ]  # fmt: skip
    for index, axes in enumerate(flat):
        _panel(axes, best, index, proposals[index])
    all_utds = np.unique(np.concatenate([best.utds, *(part[0] for part in proposals)]))
    for axes, grid in zip(flat, best.grid, strict=True):
        grid_axis(axes, grid, unit=axis.unit)
        utd_axis(axes, all_utds, most=6, label=False)
    figure.supxlabel(UTD_LABEL, fontsize=8)
    figure.supylabel(best_label(axis), fontsize=8)
    box: dict[str, Any] = {
        "markerfacecolor": "white",
        "linestyle": "none",
        "markersize": 3.5,
    }
    figure.legend(
        handles=[
            Line2D([], [], marker="o", color=DARK, linestyle="none", label="Best"),
            Line2D([], [], color=OURS, label="Fit, shared slope"),
            Line2D([], [], color=ORANGE, linestyle="--", label="Fit, own slope"),
            Line2D([], [], marker="s", color=GREEN, label="Proposed", **box),
            Line2D([], [], label="Grid", **_DASHES),
        ],
        loc="outside upper center",
        ncols=5 if count > 1 else 3,
    )
    return figure


def _caption(study: Study, best: BestValues) -> str:
    return captions.join(
        captions.head(study, f"best {best.axis.words} in each environment"),
        "Black: bootstrap-averaged best values; grey dashes: the values of the grid "
        "search; blue: fit with a slope shared by all environments; orange: fit "
        r"with a separate slope; squares: values proposed for each $\sigma$ "
        r"(rounded; the table has those for larger $\sigma$).",
        f"Source: runs{captions.archive(study, 'sweep')}.",
        captions.intervals(best.best, words="Bars and blue bands"),
    )
