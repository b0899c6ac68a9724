"""Figure of FlashSAC in IsaacLab, in place of the Isaac Gym row of Figure 1."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from value_scaling.records import Estimate
from value_scaling.records.external.record import ALL, AxisExponents, PaperExponent
from value_scaling.report.drawing.captions import join
from value_scaling.report.drawing.marks import original_handle, points, times
from value_scaling.report.drawing.style import (
    DARK,
    FULL,
    OURS,
    environment_marks,
    new_figure,
    styled,
)
from value_scaling.report.external.results import UTD, ExternalResults
from value_scaling.report.text.latex import escape, with_bounds

SLUG = "isaaclab"
ROW = "isaac"
"""Row of the paper's Figure 1 that is empty in ours."""
_BELOW = 0.4
"""Share of the smallest value at which the axes of data end."""


def has(results: ExternalResults) -> bool:
    """Return whether a study has runs in place of the paper's row."""
    rows = {each.compared_with for each in results.study.benchmarks}
    return ROW in rows and results.axis(UTD) is not None


def _short(task: str) -> str:
    return task.removeprefix("Isaac-").removesuffix("-v0").removesuffix("-Direct")


@styled
def draw(results: ExternalResults) -> Figure:
    """Draw data against gradient steps, and relative data against σ."""
    axis = results.axis(UTD)
    assert axis is not None
    paper = results.paper.get(ROW)
    figure, grid = new_figure(FULL, 2.5, columns=2)
    left, right = grid[0]
    _frontier(left, axis, paper)
    _relative(right, axis, paper)
    left.set_title(
        f"{results.study.algorithm} in {results.study.simulator}",
        loc="left", fontweight="bold",
    )  # fmt: skip
    marks = environment_marks(len(axis.fitted))
    none: dict[str, Any] = {"linestyle": "none", "markersize": 3.5}
    handles = [
        Line2D([], [], color=colour, marker=marker, label=_short(task.task), **none)
        for (colour, marker), task in zip(marks, axis.fitted, strict=True)
    ]
    handles.append(Line2D([], [], color=DARK, label="Pooled power law"))
    if paper is not None:
        handle = original_handle()
        handle.set_label("The paper's Isaac Gym (PQL)")
        handles.append(handle)
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _frontier(axes: Axes, axis: AxisExponents, paper: PaperExponent | None) -> None:
    marks = environment_marks(len(axis.fitted))
    for (colour, marker), task in zip(marks, axis.fitted, strict=True):
        updates = axis.values * task.data.value
        axes.plot(updates, task.data.value, color=colour, linewidth=0.8, alpha=0.6)
        points(axes, updates, task.data, colour=colour, marker=marker, bars=0.6)
    if paper is not None:
        _squares(axes, paper.utds * paper.data, paper.data)
    axes.set(xscale="log", yscale="log")
    least = min(float(task.data.value.min()) for task in axis.fitted)
    axes.set_ylim(bottom=_BELOW * least)
    axes.set_xlabel("Gradient steps until $J$")
    axes.set_ylabel("Environment steps until $J$")


def _relative(axes: Axes, axis: AxisExponents, paper: PaperExponent | None) -> None:
    """Draw data over its geometric mean, so that slopes can be compared."""
    marks = environment_marks(len(axis.fitted))
    middle = float(np.exp(np.log(axis.values).mean()))
    lowest = []
    for number, ((colour, marker), task) in enumerate(
        zip(marks, axis.fitted, strict=True)
    ):
        relative = times(task.data, 1 / np.exp(np.log(task.data.value).mean()))
        lowest.append(float(relative.value.min()))
        aside = axis.values * 1.05 ** (number - len(marks) / 2)
        points(axes, aside, relative, colour=colour, marker=marker, bars=0.6)
    everything = axis.group(ALL)
    if everything is not None:
        dense = np.geomspace(axis.values[0], axis.values[-1], 50)
        mean = everything.mean
        value, one, other = (
            (dense / middle) ** float(x) for x in (mean.value, mean.low, mean.high)
        )
        band = Estimate(value, np.minimum(one, other), np.maximum(one, other))
        axes.plot(dense, band.value, color=DARK)
        if np.isfinite(band.low).all():
            axes.fill_between(
                dense, band.low, band.high, color=OURS, alpha=0.15, linewidth=0
            )
    if paper is not None:
        scale = np.exp(np.log(paper.data).mean())
        own = np.exp(np.log(paper.utds).mean())
        shift = (own / middle) ** paper.exponent
        _squares(axes, paper.utds, paper.data / scale * shift)
    axes.set(xscale="log", yscale="log")
    axes.set_ylim(bottom=_BELOW * min(lowest))
    axes.set_xticks(axis.values, [f"{value:.2g}" for value in axis.values])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(r"UTD ratio $\sigma$")
    axes.set_ylabel("Data over its geometric mean")


def _squares(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    axes.plot(x, y, linestyle="none", marker="s", markersize=3.2, color="#777777",
              markerfacecolor="none", markeredgewidth=0.7, zorder=2.7)  # fmt: skip


def caption(results: ExternalResults) -> str:
    """Return the caption as LaTeX."""
    axis, study = results.axis(UTD), results.study
    everything = axis.group(ALL) if axis else None
    assert everything is not None
    paper = results.paper.get(ROW)
    algorithm, simulator = escape(study.algorithm), escape(study.simulator)
    theirs = rf"; the original's points have ${paper.exponent:.2f}$" if paper else ""
    return join(
        rf"\textbf{{{algorithm} in {simulator}, in place of the original's Isaac Gym "
        "row.}",
        "The original Figure 1 shows PQL in Isaac Gym, and none of its runs are "
        f"public. These are runs of another algorithm ({algorithm}) in another "
        f"simulator ({simulator}) on other tasks, by other authors, and no replication "
        r"of that row. Left: data against gradient steps; $\sigma$ rises as the data "
        "fall. Right: the data over its geometric mean, with "
        rf"$D_J\propto\sigma^x$, $x=\;${with_bounds(everything.mean, 2)} pooled over "
        f"tasks (band){theirs}.",
        r"Few $\sigma$ and few log points do not determine a floor $\Dmin$, and a "
        r"power law without one has no cheapest $\sigma$ that depends on the budget. "
        r"The panel of $\sigma^*(F)$ therefore stays empty.",
        r"Bars: 95\% intervals over seeds and over what the coarse log hides; a bar "
        "that leaves its panel belongs to a level that is reached before the second "
        f"log point. Source: {escape(study.source)} ({escape(study.licence)}).",
    )
