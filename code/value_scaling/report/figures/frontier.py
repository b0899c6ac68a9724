"""The trade between data and compute that σ controls, at one level."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from value_scaling.records import Budget, DataEfficiency, Estimate, Study
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.marks import (
    OPEN,
    arrow,
    asymptote,
    is_open,
    known,
    law,
    level_limits,
    original_points,
    pick,
    points,
    set_note,
    smooth,
    top,
)
from value_scaling.report.drawing.style import (
    CONSTANT,
    FULL,
    OURS,
    SMALLEST,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import (
    level_text,
    scaled_axis,
    steps_axis,
    utd_axis,
    utd_text,
)
from value_scaling.report.original import NONE, Originals


def draw_frontier(
    axes: Axes, efficiency: DataEfficiency, budget: Budget, original: Originals = NONE
) -> None:
    """Draw D_J against C_J at the top level, σ written beside each run.

    C_J is proportional to D_J at a given σ and B, so that an interval of D_J moves a
    point along the diagonal: bars and band are drawn so.
    """
    row = top(efficiency)
    original_points(axes, original.get("frontier"))
    data, compute = budget.frontier_data[row], budget.frontier_compute[row]
    axes.plot(compute, data, color=OURS)
    band = pick(efficiency.law.at(budget.utds), row)
    if known(band):
        low, high = band.low / band.value, band.high / band.value
        axes.fill(
            np.concatenate([compute * low, (compute * high)[::-1]]),
            np.concatenate([data * low, (data * high)[::-1]]),
            color=OURS, alpha=0.18, linewidth=0,
        )  # fmt: skip
    x, y = budget.run_compute[row], budget.run_data[row]
    spread = pick(efficiency.pooled, (slice(None), row))
    _diagonal_bars(axes, x, y, spread, colour=OURS)
    shown = np.isfinite(x) & np.isfinite(y)
    if shown.any():
        axes.plot(x[shown], y[shown], "o", color=OURS, markeredgewidth=0)
    else:  # published coefficients: where on the law the runs were
        place = np.log(budget.run_utds), np.log(budget.utds)
        x, y = (np.exp(np.interp(*place, np.log(part))) for part in (compute, data))
        axes.plot(x, y, "o", color=OURS, markersize=2.5, markerfacecolor="white")
    # Above a bar's end; without bars below the fit, out of the way of other runs.
    offset: dict[str, Any] = {"xytext": (3, 1)}
    if not shown.any():
        offset = {"xytext": (-3, -2), "ha": "right", "va": "top"}
    opened = is_open(spread) & np.isfinite(x)
    beyond = np.where(np.isfinite(spread.high), spread.high / y, 1.0)
    beyond = np.where(opened, OPEN, beyond)
    for utd, at_x, at_y in zip(budget.run_utds, x * beyond, y * beyond, strict=True):
        if np.isfinite(at_x) and np.isfinite(at_y):
            axes.annotate(
                utd_text(utd), (at_x, at_y), fontsize=SMALLEST, color="#444444",
                textcoords="offset points", **offset,
            )  # fmt: skip
    asymptote(axes, efficiency.law, row, colour=OURS)
    set_note(axes, efficiency, row)


def _diagonal_bars(
    axes: Axes, x: np.ndarray, y: np.ndarray, spread: Estimate, *, colour: str
) -> None:
    """Draw intervals of y, which move x in proportion; arrows where they are open."""
    closed = np.isfinite(spread.low) & np.isfinite(spread.high)
    for run in np.flatnonzero(closed & np.isfinite(x)):
        ends = np.array([spread.low[run], spread.high[run]])
        axes.plot(x[run] * ends / y[run], ends, color=colour, linewidth=0.8)
    for run in np.flatnonzero(is_open(spread) & np.isfinite(x)):
        ratio = spread.low[run] / y[run]
        start, end = (x[run] * ratio, spread.low[run]), (x[run] * OPEN, y[run] * OPEN)
        arrow(axes, start, end, colour=colour)


def draw_constant(
    axes: Axes, constant: DataEfficiency, budget: Budget, level: float
) -> None:
    """Draw runs with constant hyperparameters at a level, with their intervals."""
    (row,) = np.flatnonzero(np.abs(constant.levels - level) < 0.5)
    x, y = budget.run_compute[row], budget.run_data[row]
    spread = pick(constant.pooled, (slice(None), int(row)))
    _diagonal_bars(axes, x, y, spread, colour=CONSTANT)
    axes.plot(x, y, "D", color=CONSTANT, markersize=3.2, markeredgewidth=0, zorder=3)


def frontier_limits(
    axes: Axes,
    efficiency: DataEfficiency,
    budget: Budget,
    *others: np.ndarray | Estimate,
) -> None:
    """Fix the range of data around runs, fit, a positive asymptote and `others`."""
    row = top(efficiency)
    runs = pick(efficiency.pooled, (slice(None), row))
    floor = np.atleast_1d(efficiency.law.asymptote.value[row])
    level_limits(axes, runs, budget.frontier_data[row], floor, *others)


@styled
def data_compute_frontier(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> Figure:
    """Draw D_J(σ), and D_J against C_J, at the top level with law and asymptote."""
    figure, axes = new_figure(FULL, 2.5, columns=2, sharey=True)
    left, right = axes[0]
    row = top(efficiency)
    x = smooth(efficiency.utds)
    law(left, x, pick(efficiency.law.at(x), row), colour=OURS, label=r"Fit $D_J$")
    points(
        left,
        efficiency.utds,
        pick(efficiency.pooled, (slice(None), row)),
        colour=OURS,
        label="Runs",
    )
    asymptote(left, efficiency.law, row, colour=OURS)
    original_points(left, original.get("data"))
    draw_frontier(right, efficiency, budget, original)
    drawn = [each.y for panel in ("data", "frontier") if (each := original.get(panel))]
    frontier_limits(left, efficiency, budget, *drawn)
    name = level_text(efficiency.levels[row])
    utd_axis(left, efficiency.utds)
    steps_axis(left, "y", f"Data to reach $J$ = {name}")
    scaled_axis(right, "x", f"Compute to reach $J$ = {name}", "FLOPs", most=7)
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names))
    return figure


def caption(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> str:
    """Caption of `data_compute_frontier`."""
    row = top(efficiency)
    spread = pick(efficiency.law.at(efficiency.utds), row)
    return captions.join(
        captions.head(study, "data and compute that trade through the UTD ratio"),
        rf"Left: data $D_J(\sigma)$ to reach {captions.level(efficiency.levels[row])}, "
        r"averaged over environments, with its fit and asymptote $D^{\min}$. Right: "
        r"the same against compute $C_J$; $\sigma$ is written beside the "
        + ("fit." if captions.is_published(efficiency) else "points."),
        captions.pooled_over(efficiency, row),
        captions.unreached(efficiency, row),
        captions.origin(study, efficiency),
        captions.intervals(spread, pick(efficiency.pooled, (slice(None), row)))
        + (
            r" On the right they run along the diagonal, since $C_J\propto D_J$ at a "
            "given batch size."
            if known(spread)
            else ""
        ),
        captions.digitised(original, "data", "frontier"),
    )
