"""The first figure: every study in a row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import Budget, DataEfficiency, Study
from value_scaling.report.figures import captions
from value_scaling.report.figures.frontier import draw_frontier, frontier_limits
from value_scaling.report.figures.isocost import draw_isoperformance
from value_scaling.report.figures.marks import pick, top
from value_scaling.report.figures.names import name_text
from value_scaling.report.figures.optimal_utd import draw_budget, has_bounds, star_ticks
from value_scaling.report.figures.ticks import scaled_axis, steps_axis
from value_scaling.report.latex import escape
from value_scaling.report.style import DARK, FULL, GREY, OURS, new_figure, styled

Rows = Sequence[tuple[Study, DataEfficiency, Budget]]


def _handles(*, has_law: bool) -> list[Line2D]:
    none: dict[str, Any] = {"linestyle": "none"}
    always = [
        Line2D([], [], marker="o", color=OURS, label="Runs, optima of levels", **none),
        Line2D([], [], color=OURS, label=r"Fit $D_J$"),
        Line2D([], [], color=OURS, linestyle="--", linewidth=0.9, label=r"$D^{\min}$"),
        Line2D([], [], marker="x", color=DARK, label="Held out", **none),
    ]  # fmt: skip
    law = Line2D([], [], color=GREY, label=r"Fit $\sigma^{*}(F)$")
    return [*always, *([law] if has_law else [])]


@styled
def figure1(rows: Rows) -> Figure:
    """Draw frontier, optimal σ and iso-performance curves, one row for each study."""
    figure, grid = new_figure(FULL, 1.85 * len(rows) + 0.3, rows=len(rows), columns=3)
    for (study, efficiency, budget), (first, second, third) in zip(
        rows, grid, strict=True
    ):
        draw_frontier(first, efficiency, budget)
        frontier_limits(first, efficiency, budget)
        scaled_axis(first, "x", "Compute $C_J$", "FLOPs")
        steps_axis(first, "y", "Data $D_J$")
        draw_budget(second, budget)
        scaled_axis(second, "x", "Budget $F$", "FLOPs")
        star_ticks(second)
        second.set_ylabel(r"Optimal $\sigma^{*}$")
        draw_isoperformance(figure, third, budget)
        scaled_axis(third, "x", "Compute $C_J$", "FLOPs", most=4)
        steps_axis(third, "y", "Data $D_J$")
        first.set_title(name_text(study.title), loc="left", fontweight="bold")
    has_law = any(np.isfinite(budget.utd_law.value.scale) for _, _, budget in rows)
    handles = _handles(has_law=has_law)
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


def caption(rows: Rows) -> str:
    """Caption of `figure1`."""
    names = ", ".join(escape(study.title) for study, _, _ in rows)
    published = [
        escape(study.title)
        for study, efficiency, _ in rows
        if captions.is_published(efficiency)
    ]
    return captions.join(
        rf"\textbf{{Data, compute, budget and performance: {names}.}}",
        r"Left: data against compute to reach the top level, traced by $\sigma$ "
        r"(written beside the points). Middle: the optimal $\sigma$ against the budget "
        r"$F=C+\delta D$, fitted on the lower levels. Right: the same frontier for "
        "every level $J$, with its cheapest points and curves of equal budget (grey).",
        "Source: runs; for "
        + " and ".join(published)
        + ", published coefficients, as there are no runs: fits without intervals."
        if published
        else "Source: runs.",
        r"Arrows in the middle: $\sigma^*$, or an end of its interval, is an end "
        r"of the range of $\sigma$ that was run, and so a bound; hollow "
        "points enter no fit."
        if any(has_bounds(budget) for _, _, budget in rows)
        else "",
        *(
            rf"{escape(study.title)}: $\sigma^*(F)$ is not identifiable, as "
            f"{escape(budget.unidentified)}."
            for study, _, budget in rows
            if budget.unidentified
        ),
        captions.intervals(
            *(budget.utd_star for _, _, budget in rows),
            *(pick(each.pooled, (slice(None), top(each))) for _, each, _ in rows),
        ),
    )
