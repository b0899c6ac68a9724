"""Figure of the errors of equations for D_J(σ) at σ left out of the fit."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from value_scaling.records import Study
from value_scaling.records.stages.law_choice import (
    LAWS,
    CurveSet,
    LawChoice,
    LawError,
    Where,
)
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.style import (
    DARK,
    FULL,
    GREY,
    OURS,
    new_figure,
    styled,
)
from value_scaling.report.figure_entry import Entry
from value_scaling.report.findings.law_choice import best_laws, grouped
from value_scaling.report.results import RUNS
from value_scaling.report.text.latex import prose
from value_scaling.report.text.plain import capitalised

_MARKS: dict[CurveSet, tuple[str, str, float]] = {
    "pooled": ("o", OURS, -0.16),
    "each environment": ("s", GREY, 0.16),
}
"""Marker, colour and vertical offset of each kind of curve."""
_TITLES: dict[Where, str] = {
    "interior": r"A $\sigma$ between others",
    "ends": r"The smallest or the largest $\sigma$",
}
_DOT: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0.9}
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


@styled
def draw(study: Study, record: LawChoice) -> Figure:
    """Draw the median error of every law, with a row for each set of runs."""
    sets = tuple(dict.fromkeys(each.set_name for each in record.errors))
    figure, grid = new_figure(
        FULL, 0.35 + 1.35 * len(sets), rows=len(sets), columns=2, sharex=True,
        sharey=True,
    )  # fmt: skip
    groups = grouped(record)
    for row, set_name in zip(grid, sets, strict=True):
        for axes, (where, title) in zip(row, _TITLES.items(), strict=True):
            for curves in _MARKS:
                _errors(axes, groups[set_name, curves, where], curves)
            name = capitalised(RUNS.get(set_name, set_name))
            axes.set_title(f"{name}: {title.lower()}")
    first = grid[0, 0]
    first.set_yticks(range(len(LAWS)), list(map(capitalised, LAWS)))
    first.set_ylim(len(LAWS) - 0.5, -0.5)
    first.set_xscale("log")
    low, high = first.get_xlim()
    low, high = min(low, 0.04), max(high, 0.12)  # for at least two ticks
    first.set_xlim(low, high)
    first.set_xticks([tick for tick in _TICKS if low <= tick <= high])
    first.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g}%"))
    first.xaxis.set_minor_formatter(NullFormatter())
    for axes in grid[-1]:
        axes.set_xlabel("Median error")
    handles = [
        Line2D([], [], marker=marker, color=colour, label=curves.capitalize(), **_DOT)
        for curves, (marker, colour, _) in _MARKS.items()
    ]
    hollow = Line2D(
        [], [], marker="o", color=DARK, markerfacecolor="white",
        label=f"Undecided against the {LAWS[0]}", **_DOT,
    )  # fmt: skip
    figure.legend(handles=[*handles, hollow], loc="outside upper center", ncols=3)
    return figure


def _errors(axes: Axes, errors: tuple[LawError, ...], curves: CurveSet) -> None:
    """Draw a mark with an interval for each law, hollow if undecided."""
    marker, colour, off = _MARKS[curves]
    for each in errors:
        value = float(each.error.value)
        if not np.isfinite(value):
            continue
        y = LAWS.index(each.law) + off
        if np.isfinite(each.error.low):
            axes.hlines(y, each.error.low, each.error.high, color=colour, linewidth=0.9)
        decided = each.comparison in ("better", "worse") or each.law == LAWS[0]
        axes.plot(
            value, y, marker, color=colour, zorder=3, **_DOT,
            markerfacecolor=colour if decided else "white",
        )  # fmt: skip


def caption(study: Study, record: LawChoice) -> str:
    """Return the caption."""
    sets = tuple(dict.fromkeys(each.set_name for each in record.errors))
    runs = " and".join(captions.archive(study, name) for name in sets)
    return captions.join(
        captions.head(study, r"equations for $D_J(\sigma)$ by held-out error"),
        r"Each $\sigma$ is left out in turn and predicted from all others, at every "
        "level. Marks are medians of the magnitude of the relative error, for the "
        "pooled curves and for those of each environment. A mark is hollow where the "
        r"95\% interval of its difference from the power law with floor includes zero.",
        *(prose(sentence) for sentence in best_laws(record)),
        f"Source: runs{runs}.",
        rf"Bars: 95\% bootstrap intervals over seeds ({record.replicates} draws).",
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("law choice",),
    shows="equations for D_J(σ) by their error at held-out σ",
    section="Appendix",
    notebook="analyze_fitted",
)
