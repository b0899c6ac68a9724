"""Figure 1 of the paper, with a row for each study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import (
    FITTED_SETS,
    Budget,
    DataEfficiency,
    Estimate,
    Study,
    entry,
)
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.frontier import (
    draw_constant,
    draw_frontier,
    frontier_limits,
)
from value_scaling.report.drawing.isocost import draw_isoperformance
from value_scaling.report.drawing.isocost import handles as isocost_handles
from value_scaling.report.drawing.marks import original_handle, top
from value_scaling.report.drawing.optimal_utd import draw_budget, has_bounds, star_ticks
from value_scaling.report.drawing.style import (
    CONSTANT,
    DARK,
    FULL,
    GREY,
    OURS,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import level_text, scaled_axis, steps_axis
from value_scaling.report.figure_entry import Entry
from value_scaling.report.original import Originals
from value_scaling.report.text.latex import escape

_PAPER = ("dmc", "gym", "isaac")
"""Studies in the rows of the paper's Figure 1, from the top."""
_DOT, _HELD_OUT = "Runs (left), optima (middle)", "Held out (middle)"
_CONSTANT = r"Runs, constant $B$, $\eta$"


@dataclass(frozen=True)
class Row:
    """The records of one study that the figure shows."""

    study: Study
    efficiency: DataEfficiency
    budget: Budget
    constant: tuple[DataEfficiency, Budget] | None = None
    """Runs with constant hyperparameters, if the fitted ones are not public."""
    original: Originals = field(default_factory=dict)

    @property
    def level(self) -> float:
        """Level J of the left panel."""
        return float(self.efficiency.levels[top(self.efficiency)])


Rows = Sequence[Row]


def row(
    study: Study,
    data: Mapping[str, DataEfficiency],
    budgets: Mapping[str, Budget],
    drawn: Originals,
) -> Row | None:
    """Choose what is shown of a study, or None if it has no budgets.

    The runs with fitted hyperparameters are shown, or else those with constant ones. If
    the fitted ones are published coefficients, the constant ones are shown as well.
    """
    name = next((name for name in FITTED_SETS if name in budgets), None)
    if name is None:
        return None
    constant = None
    if data[name].source != "archive" and "baseline" in budgets:
        constant = data["baseline"], budgets["baseline"]
    return Row(study, data[name], budgets[name], constant, drawn)


def ordered(rows: Rows) -> list[Row]:
    """Put the paper's studies first, in its order, and keep the order of others."""

    def place(row: Row) -> int:
        name = row.study.name
        return _PAPER.index(name) if name in _PAPER else len(_PAPER)

    return sorted(rows, key=place)


def _handles(rows: Rows) -> list[Line2D]:
    none: dict[str, Any] = {"linestyle": "none"}
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markersize": 2.5} | none
    dashed: dict[str, Any] = {"linestyle": "--", "linewidth": 0.9}
    budgets = [row.budget for row in rows]
    found = [
        Line2D([], [], color=OURS, label="Fit of $D_J$"),
        Line2D([], [], color=OURS, label=r"$D^{\min}$", **dashed),
        Line2D([], [], marker="o", color=OURS, label=_DOT, **none),
    ]
    if any(captions.is_published(row.efficiency) for row in rows):
        at_runs = r"Fit at the runs' $\sigma$"
        found.append(Line2D([], [], marker="o", color=OURS, label=at_runs, **hollow))
    if any(row.constant for row in rows):
        diamond: dict[str, Any] = {
            "marker": "D",
            "markersize": 3.2,
            "label": _CONSTANT,
        } | none
        found.append(Line2D([], [], color=CONSTANT, **diamond))
    found.append(Line2D([], [], marker="x", color=DARK, label=_HELD_OUT, **none))
    if any(np.isfinite(each.utd_law.value.scale) for each in budgets):
        found.append(Line2D([], [], color=GREY, label=r"Fit $\sigma^{*}(F)$"))
    # The legend has the entries of the right panel with the most entries.
    columns = [isocost_handles(each, where=" (right)") for each in budgets]
    found += columns[int(np.argmax([len(entries) for entries in columns]))]
    if any(row.original for row in rows):
        found.append(original_handle())
    return found


def _power(row: Row) -> int:
    """Return the power of ten of the largest compute on the frontier."""
    compute = row.budget.frontier_compute[top(row.efficiency)]
    known = compute[np.isfinite(compute)]
    return int(np.floor(np.log10(known.max()))) if known.size else 0


def _draw_left(axes: Axes, row: Row) -> None:
    draw_frontier(axes, row.efficiency, row.budget, row.original)
    others: list[np.ndarray | Estimate] = []
    if "frontier" in row.original:
        others.append(row.original["frontier"].y)
    if row.constant:
        draw_constant(axes, *row.constant, row.level)
        others.append(_at(row.constant[0], row.level))
    frontier_limits(axes, row.efficiency, row.budget, *others)


def _at(efficiency: DataEfficiency, level: float) -> Estimate:
    """Return the pooled data at a level."""
    (row,) = np.flatnonzero(np.abs(efficiency.levels - level) < 0.5)
    return entry(efficiency.pooled, slice(None), int(row))


@styled
def draw(rows: Rows) -> Figure:
    """Draw frontier, optimal σ and iso-performance curves, with one row per study."""
    rows = ordered(rows)
    figure, grid = new_figure(FULL, 1.9 * len(rows) + 0.5, rows=len(rows), columns=3)
    for row, (first, second, third) in zip(rows, grid, strict=True):
        power, unit = _power(row), row.study.compute_unit
        _draw_left(first, row)
        scaled_axis(first, "x", "Compute $C_J$", unit, power=power)
        steps_axis(
            first, "y", f"Data to reach $J$ = {level_text(row.level)}", unit=False
        )
        draw_budget(second, row.budget, row.original)
        scaled_axis(second, "x", "Budget $F$", unit, power=power)
        star_ticks(second)
        second.set_ylabel(r"Optimal $\sigma^{*}$")
        draw_isoperformance(figure, third, row.budget, row.original)
        scaled_axis(third, "x", "Compute $C_J$", unit, most=4, power=power)
        steps_axis(third, "y", "Data $D_J$", unit=False)
        first.set_title(name_text(row.study.title), loc="left", fontweight="bold")
    handles = _handles(rows)
    figure.legend(
        handles=handles, loc="outside upper center", ncols=-(-len(handles) // 3)
    )
    return figure


def caption(rows: Rows) -> str:
    """Return the caption."""
    rows = ordered(rows)
    names = ", ".join(escape(row.study.title) for row in rows)
    published = " and ".join(
        escape(row.study.title) for row in rows if captions.is_published(row.efficiency)
    )
    constant = " and ".join(escape(row.study.title) for row in rows if row.constant)
    return captions.join(
        rf"\textbf{{Data, compute, budget and performance: {names}.}}",
        r"Left: environment steps against compute to reach one level $J$, traced by "
        r"$\sigma$ (written beside the points). Middle: the optimal $\sigma$ against "
        r"the budget $F=C+\delta D$, fitted on the lower levels. Right: the same "
        "frontier for every level $J$, with its cheapest points and curves of equal "
        "budget (grey).",
        "Source: runs; for "
        + published
        + ", published coefficients, as there are no runs: fits without intervals "
        r"(small circles: the $\sigma$ of those runs)."
        if published
        else "Source: runs.",
        f"Diamonds, {constant}: runs with constant hyperparameters at the same $J$, "
        r"$\sigma$ growing from left to right."
        if constant
        else "",
        r"Arrows in the middle: $\sigma^*$, or an end of its interval, is an end "
        r"of the range of $\sigma$ that was run, and therefore a bound; hollow "
        "points enter no fit."
        if any(has_bounds(row.budget) for row in rows)
        else "",
        *(
            rf"{escape(row.study.title)}: $\sigma^*(F)$ is not identifiable, because "
            f"{escape(row.budget.unidentified)}."
            for row in rows
            if row.budget.unidentified
        ),
        *(
            f"{escape(row.study.title)}: {captions.pooled_over(row.efficiency)}"
            for row in rows
            if row.efficiency.smaller_sets()
        ),
        *(
            f"{escape(row.study.title)}: {_lower(captions.other_sets(row.budget))}"
            for row in rows
            if row.budget.other_sets.any()
        ),
        captions.intervals(
            *(row.budget.utd_star for row in rows),
            *(_at(row.efficiency, row.level) for row in rows),
            *(_at(row.constant[0], row.level) for row in rows if row.constant),
        ),
        *(
            f"{escape(row.study.title)}: {_lower(text)}"
            for row in rows
            if (text := captions.digitised(row.original, "frontier", "budget"))
        ),
    )


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=(),
    shows="frontier, σ\\*(F) and iso-performance, a row for each study",
    section="Introduction",
    notebook="",
    answers="Figure 1",
)
