"""Panels of the figures of σ and N."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from value_scaling.records import Estimate, entry
from value_scaling.records.model_size.record import SizeOptima, TaskSizes
from value_scaling.report.drawing.marks import law, level_limits, note, points
from value_scaling.report.drawing.style import DARK, GREY, OURS, level_colours
from value_scaling.report.drawing.ticks import (
    nice_ticks,
    plain_axis,
    run_axis,
    scaled_axis,
    steps_axis,
    steps_text,
    utd_axis,
)
from value_scaling.report.sizes.words import LATEX, SIGNED, undetermined

SIZE_LABEL = "Model size $N$"
_FINE = 60
"""Number of points along each axis on which contours are computed."""
_SQUARE: dict[str, Any] = {
    "marker": "s",
    "linestyle": "none",
    "markersize": 2.6,
    "color": "#777777",
    "markerfacecolor": "none",
    "markeredgewidth": 0.6,
}
SQUARES = _SQUARE | {"label": "The paper's fits"}
"""Look of optima that follow from the authors' own fits."""


def size_axis(
    axes: Axes, sizes: np.ndarray, *, which: str = "x", label: bool = True
) -> None:
    """Mark N at the values that were run."""
    text = SIZE_LABEL if label else ""
    run_axis(
        axes, sizes, which=which, most=5, label=text,
        words=lambda size: steps_text(size, 2),
    )  # fmt: skip


def utds_of(task: TaskSizes) -> np.ndarray:
    """Return the σ of the settings that are fitted, ascending."""
    return np.unique([each.utd for each in task.settings])


def sizes_of(task: TaskSizes) -> np.ndarray:
    """Return the N of the settings that are fitted, ascending."""
    return np.unique([float(each.values["model_size"]) for each in task.settings])


def draw_contours(axes: Axes, task: TaskSizes) -> None:
    """Draw curves of equal D at the highest level, the runs, and σ* and N* by level."""
    utds, sizes = utds_of(task), sizes_of(task)
    axes.grid(visible=False)
    x, y = (np.geomspace(each[0], each[-1], _FINE) for each in (utds, sizes))
    pairs = np.meshgrid(x, y)
    steps = task.law.value[-1](*pairs)
    axes.set(xscale="log", yscale="log")
    if np.isfinite(steps).all():
        ticks = nice_ticks(steps.min(), steps.max(), 5)
        drawn = axes.contour(*pairs, steps, levels=ticks, colors=GREY, linewidths=0.7)
        axes.clabel(drawn, fmt=steps_text, fontsize=7, inline_spacing=1)
    else:
        note(axes, "no fit: reached at too few settings", height=0.9)
    axes.plot(
        [s.utd for s in task.settings], [s.values["model_size"] for s in task.settings],
        ".", color=DARK, markersize=2, zorder=2.5, clip_on=False,
    )  # fmt: skip
    _draw_path(axes, task.optima)
    margins = [(each[-1] / each[0]) ** 0.06 for each in (utds, sizes)]
    axes.set_xlim(utds[0] / margins[0], utds[-1] * margins[0])
    axes.set_ylim(sizes[0] / margins[1], sizes[-1] * margins[1])
    utd_axis(axes, utds, label=False)
    axes.set_xlim(utds[0] / margins[0], utds[-1] * margins[0])
    size_axis(axes, sizes, which="y", label=False)


def _draw_path(axes: Axes, optima: SizeOptima) -> None:
    """Draw σ* and N* of each level with both intervals, coloured by level."""
    colours, scale = level_colours(np.arange(len(optima.budget.value)))
    for level in np.flatnonzero(np.isfinite(optima.utd.value)):
        colour = colours(scale(level))
        utd, size = (entry(each, int(level)) for each in (optima.utd, optima.size))
        look: dict[str, Any] = {"color": colour, "linewidth": 0.6, "alpha": 0.5}
        axes.hlines(size.value, utd.low, utd.high, **look)
        axes.vlines(utd.value, size.low, size.high, **look)
        axes.plot(
            utd.value, size.value, "*", color=colour, markersize=5,
            markeredgewidth=0.3, markeredgecolor="white", zorder=4,
        )  # fmt: skip


def draw_optima(
    axes: Axes, optima: SizeOptima, name: str, original: SizeOptima | None
) -> None:
    """Draw one quantity at the optima against the budget, and its fit."""
    budget, values = optima.budget, getattr(optima, name)
    there = np.isfinite(budget.value) & np.isfinite(values.value)
    fit = optima.laws[name]
    shown: list[np.ndarray | Estimate] = []
    why = undetermined(optima, name)
    if there.any() and not why.startswith("not identifiable"):
        x = np.geomspace(budget.value[there].min(), budget.value[there].max(), 50)
        law(axes, x, fit.at(x), colour=GREY, shade=0.25)
    for kind, marker, colour in (
        (optima.fitted[name], "o", OURS),
        (optima.counted & ~optima.fitted[name], "x", DARK),
    ):
        chosen = kind & there
        if chosen.any():
            points(
                axes, budget.value[chosen], entry(values, chosen),
                colour=colour, marker=marker, markersize=2.8, bars=0.45,
            )  # fmt: skip
            shown.append(entry(values, chosen).value)
    if original is not None:
        axes.plot(original.budget.value, getattr(original, name).value, **_SQUARE)
        shown.append(getattr(original, name).value)
    axes.set(xscale="log", yscale="log")
    if there.any():
        shown += [_trimmed(entry(values, there))]
    if shown:
        level_limits(axes, *shown)
    if why:
        axes.annotate(
            why.partition(":")[0], (1, 1.02) if name in SIGNED else (0.98, 0.04),
            xycoords="axes fraction", ha="right", fontsize=7, color="#777777",
        )  # fmt: skip


def _trimmed(values: Estimate) -> np.ndarray:
    """Return the ends of intervals, at most a factor of three beyond the values."""
    low, high = values.value.min() / 3, values.value.max() * 3
    return np.clip(np.concatenate([values.low, values.high]), low, high)


def optima_axes(axes: Axes, name: str, *, x_label: bool = True) -> None:
    """Mark the axes of `draw_optima`; to be called after everything is drawn."""
    scaled_axis(axes, "x", "Budget $F$" if x_label else "$F$", "FLOPs", most=4)
    label = f"${LATEX[name]}$"
    if name in ("data", "size"):
        steps_axis(axes, "y", label, most=4, unit=False)
    elif name == "compute":
        scaled_axis(axes, "y", label, "FLOPs", most=4)
    else:
        plain_axis(axes, "y", label, most=4)
