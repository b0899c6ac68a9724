"""The panel of iso-performance curves and their budget optima."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import Budget
from value_scaling.report.drawing.marks import original_points
from value_scaling.report.drawing.style import GREY, SMALLEST, level_colours
from value_scaling.report.drawing.ticks import level_text
from value_scaling.report.original import NONE, Originals


def _colour_bar(figure: Figure, axes: Axes, levels: np.ndarray) -> None:
    colours, scale = level_colours(levels)
    bar = figure.colorbar(
        ScalarMappable(scale, colours), ax=axes, pad=0.02, aspect=25, fraction=0.06
    )
    count = min(len(levels), 5)
    chosen = levels[np.unique(np.linspace(0, len(levels) - 1, count).round())
                    .astype(int)]  # fmt: skip
    bar.set_ticks(list(chosen), labels=[level_text(level) for level in chosen])
    bar.ax.tick_params(labelsize=SMALLEST)
    bar.set_label("Performance level $J$")
    bar.outline.set_linewidth(0.4)


def draw_isoperformance(
    figure: Figure,
    axes: Axes,
    budget: Budget,
    original: Originals = NONE,
) -> None:
    """Draw D against C for every J, the optima, their fit, and iso-cost curves."""
    colours, scale = level_colours(budget.levels)
    rows = np.flatnonzero(np.isfinite(budget.frontier_data).any(axis=1))
    for row in rows:
        axes.plot(
            budget.frontier_compute[row],
            budget.frontier_data[row],
            color=colours(scale(budget.levels[row])),
        )
    original_points(axes, original.get("isoperformance"))
    axes.set(xscale="log", yscale="log")
    axes.autoscale_view()
    limits = axes.get_xlim(), axes.get_ylim()

    total = budget.budget.value
    for row in rows:
        x = np.geomspace(limits[0][0], min(limits[0][1], total[row]), 400)[:-1]
        data = (total[row] - x) / budget.delta
        axes.plot(x, data, color=GREY, linewidth=0.5, alpha=0.7, zorder=1.5)
    compute, data = budget.compute_star.value, budget.data_star.value
    ends = compute[np.isfinite(compute) & budget.comparable]
    if len(ends) > 1 and np.isfinite(budget.exchange_law.value.scale):
        x = np.geomspace(ends.min(), ends.max(), 50)
        axes.plot(
            x, budget.exchange_law.at(x).value, "--", color="#444444", linewidth=1
        )
    for row in rows:
        axes.plot(
            compute[row], data[row],
            "s" if budget.other_sets[row] else "o" if budget.fitted[row] else "X",
            color=colours(scale(budget.levels[row])),
            markeredgecolor="black", markeredgewidth=0.7, markersize=4.5, zorder=4,
            markerfacecolor="white" if budget.at_edge[row] else None,
        )  # fmt: skip
    axes.set(xlim=limits[0], ylim=limits[1])
    if len(budget.levels) > 1:
        _colour_bar(figure, axes, budget.levels)


def handles(budget: Budget, *, where: str = "") -> list[Line2D]:
    """Return legend entries of `draw_isoperformance`; `where` names the panel."""
    black: dict[str, Any] = {
        "color": "white",
        "markeredgecolor": "black",
        "linestyle": "none",
    }
    entries = [Line2D([], [], marker="o", label=f"Optimum{where}", **black)]
    if budget.held_out.any():
        entries.append(Line2D([], [], marker="X", label=f"Held out{where}", **black))
    if budget.other_sets.any():
        entries.append(Line2D([], [], marker="s", label="Other environments", **black))
    if np.isfinite(budget.exchange_law.value.scale):
        dashed: dict[str, Any] = {"linestyle": "--", "color": "#444444", "linewidth": 1}
        entries.append(Line2D([], [], **dashed, label=r"Fit $D^{*}(C^{*})$"))
    entries.append(Line2D([], [], color=GREY, linewidth=0.6, label="Equal budget"))
    return entries
