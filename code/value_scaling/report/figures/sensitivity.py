"""Figure of conclusions under other δ, other levels and all combinations of choices."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from value_scaling.records import Study
from value_scaling.records.axes import FITTED
from value_scaling.records.stages.sensitivity import (
    Conclusion,
    LevelSensitivity,
    Sensitivity,
)
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.deltas import (
    SET_COLOURS,
    draw_exponents,
    draw_stars,
)
from value_scaling.report.drawing.marks import arrow
from value_scaling.report.drawing.style import (
    DARK,
    FULL,
    GREEN,
    PURPLE,
    new_figure,
    styled,
)
from value_scaling.report.figure_entry import Entry
from value_scaling.report.findings.sensitivity import (
    combination_sentence,
    delta_sentence,
    level_sentences,
)
from value_scaling.report.results import HYPERPARAMETERS, RUNS
from value_scaling.report.text.latex import prose
from value_scaling.report.text.plain import capitalised

_ROWS = {
    "batch size exponent": r"$B^*(\sigma)$",
    "learning rate exponent": r"$\eta^*(\sigma)$",
    "alpha of D_J at the top level": r"$\alpha$ of $D_J$",
    "exponent of sigma*(F)": r"$\sigma^*(F)$",
}
_BEYOND = 0.6
"""Length at which an interval beyond all values is cut, in ranges of these values."""


@styled
def draw(study: Study, found: Sensitivity) -> Figure:
    """Draw the effects of δ, the deciding level and the choices on the exponents."""
    figure, grid = new_figure(FULL, 4.6, rows=2, columns=2, width_ratios=(1, 1))
    draw_exponents(grid[0, 0], found)
    draw_stars(grid[1, 0], found, study.compute_unit)
    _levels(grid[0, 1], found.levels)
    _combinations(grid[1, 1], found)
    entries: dict[str, Any] = {}
    for axes in grid.flat:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(name, handle)
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=4)
    return figure


def _levels(axes: Axes, levels: LevelSensitivity | None) -> None:
    """Draw the exponents of B* and η* against the single level that decides."""
    axes.axhline(0, color=DARK, linewidth=0.8, zorder=1.5)
    axes.set_ylabel("Exponent")
    axes.set_xlabel("Level $J$ that alone decides")
    if levels is None:
        axes.set_title("no sweep", fontsize=7, color="#777777")
        return
    step = float(np.diff(levels.levels).min()) if len(levels.levels) > 1 else 1.0
    marks = ((GREEN, "o", -0.08), (PURPLE, "s", 0.08))
    for axis, (colour, marker, aside) in zip(FITTED, marks, strict=True):
        values = getattr(levels, axis.name)
        label = rf"${axis.latex}^*(\sigma)$"
        x = levels.levels + aside * step
        axes.vlines(x, values.low, values.high, color=colour, linewidth=0.8)
        inside = levels.deciding
        axes.plot(x, values.value, color=colour, linewidth=0.6, alpha=0.6)
        for chosen, face in ((inside, colour), (~inside, "white")):
            axes.plot(
                x[chosen], values.value[chosen], marker, color=colour,
                markerfacecolor=face, markeredgewidth=0.8,
                label=label if face == colour else None,
            )  # fmt: skip
    axes.set_xticks(levels.levels)


def _combinations(axes: Axes, found: Sensitivity) -> None:
    """Draw a row for each conclusion with all combinations, default and published."""
    axes.axvline(0, color=DARK, linewidth=0.8, zorder=1.5)
    conclusions = found.multiverse.conclusions
    values = np.concatenate([np.zeros(1), *(one.values for one in conclusions)])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    end = high + _BEYOND * (high - low)
    for row, one in enumerate(conclusions):
        _strip(axes, len(conclusions) - 1 - row, one, end)
    axes.set_yticks(
        range(len(conclusions)), [_row_name(one) for one in reversed(conclusions)]
    )
    axes.set_ylim(-0.6, len(conclusions) - 0.4)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel(f"Value in {found.multiverse.count} combinations of the choices")


def _row_name(one: Conclusion) -> str:
    runs = HYPERPARAMETERS.get(one.set_name)
    return _ROWS[one.name] + (f", {runs}" if runs else "")


def _strip(axes: Axes, y: int, one: Conclusion, end: float) -> None:
    """Draw a stroke for each value of a conclusion, and count the signs."""
    values = np.unique(np.round(one.values[np.isfinite(one.values)], 4))
    colour = SET_COLOURS[one.set_name]
    if one.name == "learning rate exponent":
        colour = PURPLE
    axes.vlines(
        values, y - 0.2, y + 0.2, color=colour, linewidth=0.5, alpha=0.5
    )  # fmt: skip
    default, published = float(one.default.value), float(one.published.value)
    if np.isfinite(default):
        low, high = float(one.default.low), float(one.default.high)
        axes.hlines(y - 0.32, low, min(high, end), color=DARK, linewidth=1)
        if high > end:
            arrow(axes, (low, y - 0.32), (end, y - 0.32), colour=DARK)
        axes.plot(
            default, y - 0.32, "o", color=DARK, markersize=3.5,
            label="Default",
        )  # fmt: skip
    if np.isfinite(published):
        axes.plot(
            published, y + 0.32, "v", color=DARK, markerfacecolor="white",
            markersize=3.5, markeredgewidth=0.7, label="Published",
        )  # fmt: skip


def caption(study: Study, found: Sensitivity) -> str:
    """Return the caption."""
    multiverse = found.multiverse
    hatched = any((~one.deltas.converged).any() for one in found.sets.values())
    bounds = any(one.deltas.at_edge.any() for one in found.sets.values())
    published = [  # whose intervals are not known
        one
        for one in found.sets.values()
        if not np.isfinite(one.deltas.utd_star.low).any()
    ]
    results = [delta_sentence(one, study.compute_unit) for one in found.sets.values()]
    if found.levels:
        results += [text for text in level_sentences(found.levels) if "sign" in text]
    results += [
        combination_sentence(multiverse, one)
        for one in multiverse.conclusions
        if one.changes_sign
    ]
    return captions.join(
        captions.head(
            study, r"conclusions under another $\delta$, level and analysis choice"
        ),
        r"Left: the exponent of $\sigma^*(F)$, and $\sigma^*$ at the highest $J$, "
        r"against $\delta$, with 95\% bands. The vertical line is the study's "
        r"$\delta$. A factor $c$ on $C$ or $N$ has the effect of $\delta/c$ (upper "
        "axis); the grey range is that of an update that counts $6N$ to $26N$ FLOPs "
        "for each sample instead of $10N$. Dotted lines count optima at the smallest "
        r"or largest $\sigma$ that was run; dashed lines use the authors' choices."
        + (" Where hatched, the exponent is not identifiable." if hatched else "")
        + (r" Circles: $\sigma^*$ is a bound." if bounds else ""),
        _colours(found),
        "Published coefficients have no bands." if published else "",
        r"Top right: exponents of $B^*$ and $\eta^*$ if one level alone decides. "
        "Hollow marks are levels that do not decide by default."
        if found.levels
        else "",
        f"Bottom right: a stroke for each value in {multiverse.count} combinations of "
        "the choices. The dot below is the default with its interval, which continues "
        "beyond an arrow; the triangle above is the value under the authors' "
        "choices.",
        *(f"{prose(capitalised(text))}." for text in results),
    )


def _colours(found: Sensitivity) -> str:
    """Name the runs of each colour."""
    names = {"ours": "Blue", "baseline": "Orange"}
    texts = (f"{names[name]}: runs with {RUNS[name]}." for name in found.sets)
    return " ".join(texts)


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("sensitivity",),
    shows="conclusions under other δ, levels and combinations of choices",
    section="Appendix",
    notebook="analyze_fitted",
)
