"""Figures of D at many levels along one variable, with a panel for each other value."""

from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import entry
from value_scaling.records.model_size.record import TaskSizes
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.marks import law, level_limits, points
from value_scaling.report.drawing.style import FULL, level_colours, new_figure, styled
from value_scaling.report.drawing.ticks import (
    UTD_LABEL,
    steps_axis,
    steps_text,
    utd_axis,
    utd_text,
)
from value_scaling.report.sizes.captions import BARS, head, join, sources
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.panels import (
    SIZE_LABEL,
    size_axis,
    sizes_of,
    utds_of,
)
from value_scaling.report.sizes.results import SizeResults

Along = Literal["utd", "size"]
_SHOWN = 4
"""Number of levels whose points and intervals are drawn."""
_X = {"utd": UTD_LABEL, "size": SIZE_LABEL}


def _draw_panel(axes: Any, task: TaskSizes, along: Along, fixed: float) -> None:
    utds = np.array([each.utd for each in task.settings])
    sizes = np.array([float(each.values["model_size"]) for each in task.settings])
    x, other = (utds, sizes) if along == "utd" else (sizes, utds)
    all_x = utds_of(task) if along == "utd" else sizes_of(task)
    own = other == fixed
    count = len(task.levels)
    colours, scale = level_colours(np.arange(count))
    marked = np.unique(np.linspace(0, count - 1, _SHOWN).round().astype(int))
    fine = np.geomspace(all_x[0], all_x[-1], 40)
    pairs = (fine, np.full(40, fixed)) if along == "utd" else (np.full(40, fixed), fine)
    for level in range(count):
        colour = colours(scale(level))
        if level not in marked:
            drawn = task.law.value[level](*pairs)
            axes.plot(fine, drawn, color=colour, linewidth=0.4, alpha=0.6)
            continue
        law(axes, fine, task.law.at(level, *pairs), colour=colour, shade=0.12,
            linewidth=0.8)  # fmt: skip
        points(
            axes, x[own], entry(task.data, own, level), colour=colour, markersize=2.5
        )
    level_limits(axes, task.data.value, task.law.value[0](utds, sizes))
    axes.set_xscale("log")
    if along == "utd":
        utd_axis(axes, all_x, label=False)
        axes.set_title(f"$N$ = {steps_text(fixed, 3)}", fontsize=7)
    else:
        size_axis(axes, all_x, label=False)
        axes.set_title(rf"$\sigma$ = {utd_text(fixed)}", fontsize=7)
    steps_axis(axes, "y", most=4)


def figure_along(along: Along, answers: str) -> SizeFigure:
    """Return the figure of D along σ or N."""

    @styled
    def draw(results: SizeResults) -> Figure:
        tasks = results.few()
        fixed = {
            key: sizes_of(task) if along == "utd" else utds_of(task)
            for key, task in tasks.items()
        }
        columns = max(map(len, fixed.values()))
        figure, grid = new_figure(
            FULL, 1.2 * len(tasks) + 0.3, rows=len(tasks), columns=columns
        )
        for row, (key, task) in zip(grid, tasks.items(), strict=True):
            for axes, value in zip(row, fixed[key], strict=False):
                _draw_panel(axes, task, along, float(value))
            for spare in row[len(fixed[key]) :]:
                spare.remove()
            row[0].set_ylabel(name_text(results.title(key)), fontsize=7)
        figure.supxlabel(_X[along], fontsize=8)
        figure.supylabel("Data $D_J$ (env. steps)", fontsize=8)
        return figure

    def caption(results: SizeResults) -> str:
        counts = {len(task.levels) for task in results.few().values()}
        return join(
            head(results, r"data along " + (r"$\sigma$" if along == "utd" else "$N$")),
            f"Each curve is the fit at one of {max(counts)} levels, from the lowest "
            "(dark) to the highest (light); points and bands are drawn at "
            f"{_SHOWN} of them. A level without a point ended before it was reached "
            "(censored).",
            BARS,
            sources(results, tuple({t.group: "" for t in results.few().values()})),
        )

    return SizeFigure(
        draw=draw,
        caption=caption,
        has=lambda results: bool(results.few()),
        shows=f"D_J along {'σ' if along == 'utd' else 'N'} at all levels, with fits",
        section="Appendix",
        answers=answers,
    )
