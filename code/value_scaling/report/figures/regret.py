"""Figure of the cost of each way to choose B and η, on held-out seeds."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from value_scaling.records import Regret, RegretRatio, Regrets, Study
from value_scaling.records.stages.regret import Levels, Scope, SelectionRule
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.style import (
    BLUE,
    CONSTANT,
    DARK,
    FULL,
    GREEN,
    GREY,
    OURS,
    PURPLE,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import level_text
from value_scaling.report.figure_entry import Entry
from value_scaling.report.findings.regret import (
    SCOPES,
    left_out,
    method,
    scopes,
    sentence,
    way_text,
    ways,
)
from value_scaling.report.text.latex import prose

_COLOURS: dict[SelectionRule, str] = {
    "cell": DARK,
    "fitted": OURS,
    "separate": BLUE,
    "published": PURPLE,
    "nearest": GREEN,
    "constant": CONSTANT,
}
_ROW = 0.155
"""Height of a line in inches."""


@styled
def draw(study: Study, record: Regrets) -> Figure:
    """Draw the extra data of each way over the best cell and the constant choice."""
    lines = rows_shown(record)
    panels = panels_shown(record)
    figure, grid = new_figure(
        FULL, _ROW * len(lines) + 0.75, columns=len(panels), sharey=True
    )
    for axes, (title, label, levels) in zip(grid[0], panels, strict=True):
        for y, (scope, way) in enumerate(lines):
            if way is not None:
                _mark(axes, y, way, relative(record, scope, way, levels))
        axes.axvline(0, color=DARK, linewidth=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        axes.set_xlabel(label)
        axes.set_title(title)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        for y, (_, way) in enumerate(lines):
            if way is None and y:
                axes.axhline(y - 0.5, color="#d0d0d0", linewidth=0.5)
    left = grid[0, 0]
    left.set_yticks(
        range(len(lines)),
        [
            SCOPES[s].capitalize() if w is None else way_text(record, w)
            for s, w in lines
        ],
    )
    left.set_ylim(len(lines) - 0.4, -0.6)
    for text, (_, way) in zip(left.get_yticklabels(), lines, strict=True):
        if way is None:
            text.set_style("italic")
    figure.legend(
        handles=[
            Line2D([], [], color=DARK, marker="o", label="All environments"),
            Line2D([], [], color=GREY, label="One environment", **_DOT),
        ],
        loc="outside upper center",
        ncols=2,
    )
    return figure


def panels_shown(record: Regrets) -> list[tuple[str, str, Levels | None]]:
    """Return title, label and levels of each panel; no levels: over the constant."""
    label = "Extra data over best cell (%)"
    top = f"$J$ = {level_text(record.levels[-1])}"
    panels: list[tuple[str, str, Levels | None]] = [
        ("All levels" if len(record.levels) > 1 else top, label, "all")
    ]
    if len(record.levels) > 1:
        panels.append((f"Highest level, {top}", label, "highest"))
    if record.has_constant:
        panels.append((panels[0][0], "Extra data over constant (%)", None))
    return panels


def relative(
    record: Regrets, scope: Scope, way: SelectionRule, levels: Levels | None
) -> Regret | RegretRatio | None:
    """Return the regret of a way; without levels, its ratio to the constant choice."""
    if levels is None:
        return record.ratio(scope, "all", way, "constant")
    return record.row(scope, levels, way)


_DOT: dict[str, Any] = {
    "linestyle": "none",
    "marker": "|",
    "markersize": 5,
    "markeredgewidth": 0.8,
}


def _mark(
    axes: Axes, y: int, way: SelectionRule, row: Regret | RegretRatio | None
) -> None:
    if row is None or not np.isfinite(row.data.value):
        return
    colour = _COLOURS[way]
    own = 100 * (row.environments[np.isfinite(row.environments)] - 1)
    if len(own) > 1:
        axes.plot(own, np.full(len(own), y), color=GREY, alpha=0.7, **_DOT)
    value, low, high = (
        100 * (float(part) - 1)
        for part in (row.data.value, row.data.low, row.data.high)
    )
    if np.isfinite(low):
        axes.hlines(y, low, high, color=colour, linewidth=1.2, zorder=3)
    face = "white" if way == "separate" else colour
    axes.plot(
        value, y, "o", color=colour, markerfacecolor=face, markeredgewidth=0.9, zorder=4
    )


def rows_shown(record: Regrets) -> list[tuple[Scope, SelectionRule | None]]:
    """Return the content of each line from the top: a scope's heading, or a way."""
    found: list[tuple[Scope, SelectionRule | None]] = []
    for scope in scopes(record):
        found.append((scope, None))
        found += [(scope, way) for way in ways(record, scope)]
    return found


def caption(study: Study, record: Regrets) -> str:
    """Return the caption."""
    there = scopes(record)
    groups = [r"Top: the choice for each $\sigma$ uses the runs at all $\sigma$."]
    if "unseen" in there:
        but = (
            rf", but for $\sigma={record.baseline_utd:g}$, where the constant "
            "hyperparameters are chosen"
            if record.has_constant
            else ""
        )
        groups.append(
            rf"Middle: the choice for each $\sigma${but} uses the runs at all other "
            r"$\sigma$, except for the best cell."
        )
    if "largest" in there:
        groups.append(
            r"Bottom: the largest of these $\sigma$, to which the fits extrapolate."
        )
    return captions.join(
        captions.head(study, r"cost of each way to choose $B$ and $\eta$"),
        method(record),
        *groups,
        "Right: the same data relative to constant hyperparameters, on the same seeds."
        if record.has_constant
        else "",
        "Dots are means over all environments, with intervals; grey strokes are single "
        "environments. Filled blue dots have one slope for all environments, open blue "
        "dots a slope for each.",
        sentence(record),
        prose(left_out(record)),
        f"Source: runs{captions.archive(study, 'sweep')}.",
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("regret",),
    shows="cost of each way to choose B and η, on held-out seeds",
    section="Appendix",
    notebook="analyze_grid_search",
)
