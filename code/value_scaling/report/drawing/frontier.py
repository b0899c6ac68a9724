"""The panel of data against compute at one level, parametrised by σ."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from value_scaling.records import Budget, DataEfficiency, Estimate, entry
from value_scaling.report.drawing.marks import (
    OPEN,
    arrow,
    asymptote,
    is_open,
    known,
    level_limits,
    original_points,
    set_note,
    top,
)
from value_scaling.report.drawing.style import CONSTANT, OURS, SMALLEST
from value_scaling.report.drawing.ticks import utd_text
from value_scaling.report.original import NONE, Originals


def draw_frontier(
    axes: Axes,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
    *,
    row: int | None = None,
) -> None:
    """Draw D_J against C_J at one level, with σ written beside each run.

    C_J is proportional to D_J at a given σ and B. Bars and bands are therefore drawn
    along the diagonal.

    Args:
        row: index of the level; None for the highest one with a fit.
    """
    row = top(efficiency) if row is None else row
    original_points(axes, original.get("frontier"))
    data, compute = budget.frontier_data[row], budget.frontier_compute[row]
    axes.plot(compute, data, color=OURS)
    band = entry(efficiency.law.at(budget.utds), row)
    if known(band):
        low, high = band.low / band.value, band.high / band.value
        axes.fill(
            np.concatenate([compute * low, (compute * high)[::-1]]),
            np.concatenate([data * low, (data * high)[::-1]]),
            color=OURS, alpha=0.18, linewidth=0,
        )  # fmt: skip
    x, y = budget.run_compute[row], budget.run_data[row]
    spread = entry(efficiency.pooled, slice(None), row)
    _diagonal_bars(axes, x, y, spread, colour=OURS)
    shown = np.isfinite(x) & np.isfinite(y)
    if shown.any():
        axes.plot(x[shown], y[shown], "o", color=OURS, markeredgewidth=0)
    else:  # published coefficients: mark the σ of their runs on the fit
        place = np.log(budget.run_utds), np.log(budget.utds)
        x, y = (np.exp(np.interp(*place, np.log(part))) for part in (compute, data))
        axes.plot(x, y, "o", color=OURS, markersize=2.5, markerfacecolor="white")
    # Labels are above the end of a bar, or below the fit if there are no bars.
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
    """Draw intervals of y along the diagonal, with arrows if they are open."""
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
    spread = entry(constant.pooled, slice(None), int(row))
    _diagonal_bars(axes, x, y, spread, colour=CONSTANT)
    axes.plot(x, y, "D", color=CONSTANT, markersize=3.2, markeredgewidth=0, zorder=3)


def frontier_limits(
    axes: Axes,
    efficiency: DataEfficiency,
    budget: Budget,
    *others: np.ndarray | Estimate,
    row: int | None = None,
) -> None:
    """Fix the range of data to include runs, fit, a positive asymptote and `others`."""
    row = top(efficiency) if row is None else row
    runs = entry(efficiency.pooled, slice(None), row)
    floor = np.atleast_1d(efficiency.law.asymptote.value[row])
    level_limits(axes, runs, budget.frontier_data[row], floor, *others)
