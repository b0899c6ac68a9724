"""Figure of D_J(σ) with fitted and with constant hyperparameters."""

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import DataEfficiency, Estimate, Study, entry
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.marks import (
    asymptote,
    law,
    level_limits,
    points,
    set_note,
    smooth,
    top,
)
from value_scaling.report.drawing.style import (
    COLUMN,
    CONSTANT,
    OURS,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import level_text, steps_axis, utd_axis
from value_scaling.report.figure_entry import Entry
from value_scaling.report.text.latex import escape

_APART = 1.03
"""Factor in σ between the points of the two sets, which keeps bars apart."""


def common_rows(ours: DataEfficiency, constant: DataEfficiency) -> tuple[int, int]:
    """Return the indices of the highest level at which both sets have a fit.

    Levels pooled over the same environments in both sets are preferred.
    """
    shared = [
        (i, j)
        for i, level in enumerate(ours.levels)
        for j, other in enumerate(constant.levels)
        if abs(level - other) < 0.5
        and np.isfinite(ours.law.value.scale[i])
        and np.isfinite(constant.law.value.scale[j])
    ]
    same = [(i, j) for i, j in shared if ours.members(i) == constant.members(j)]
    found = same or shared
    return found[-1] if found else (top(ours), top(constant))


@styled
def draw(study: Study, ours: DataEfficiency, constant: DataEfficiency) -> Figure:
    """Draw D_J(σ) with fitted hyperparameters against constant ones."""
    figure, axes = new_figure(COLUMN, 2.7)
    axes = axes[0, 0]
    drawn: list[np.ndarray | Estimate] = []
    for efficiency, row, colour, name, apart in zip(
        (ours, constant),
        common_rows(ours, constant),
        (OURS, CONSTANT),
        ("Fitted", "Constant"),
        (1 / _APART, _APART),
        strict=True,
    ):
        x = smooth(efficiency.utds)
        fit = entry(efficiency.law.at(x), row)
        runs = entry(efficiency.pooled, slice(None), row)
        law(axes, x, fit, colour=colour, label=rf"{name} $B$, $\eta$")
        asymptote(axes, efficiency.law, row, colour=colour)
        points(axes, efficiency.utds * apart, runs, colour=colour)
        drawn += [fit.value, runs]
        drawn.append(np.atleast_1d(efficiency.law.asymptote.value[row]))
    level_limits(axes, *drawn)
    if _same(ours, constant):
        set_note(axes, ours, common_rows(ours, constant)[0])
    utd_axis(axes, np.union1d(ours.utds, constant.utds))
    level = ours.levels[common_rows(ours, constant)[0]]
    steps_axis(axes, "y", f"Data to reach $J$ = {level_text(level)}")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def _same(ours: DataEfficiency, constant: DataEfficiency) -> bool:
    """Return whether both fits are of the same environments."""
    row, other = common_rows(ours, constant)
    return ours.members(row) == constant.members(other)


def _sets(ours: DataEfficiency, constant: DataEfficiency) -> str:
    """Name the environments of the fits if these are not all environments."""
    row, other = common_rows(ours, constant)
    if _same(ours, constant):
        return captions.pooled_over(ours, row)
    return (
        "The two are of different environments: blue, "
        f"{escape(', '.join(ours.members(row)))}; orange, "
        f"{escape(', '.join(constant.members(other)))}."
    )


def caption(study: Study, ours: DataEfficiency, constant: DataEfficiency) -> str:
    """Return the caption."""
    row, other = common_rows(ours, constant)
    return captions.join(
        captions.head(study, "fitted against constant hyperparameters"),
        rf"Data to reach {captions.level(ours.levels[row])} with $B^*(\sigma)$ and "
        r"$\eta^*(\sigma)$ (blue) and with one batch size and learning rate for all "
        r"$\sigma$ (orange); dashed: asymptotes. Points are set slightly apart.",
        _sets(ours, constant),
        captions.unreached(ours, row, colour="blue"),
        captions.unreached(constant, other, colour="orange"),
        f"Source: blue, {captions.data_words(study, ours)}; orange, "
        f"{captions.data_words(study, constant)}.",
        captions.intervals(
            constant.law.at(constant.utds),
            entry(ours.pooled, slice(None), row),
            entry(constant.pooled, slice(None), other),
        ),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("ours", "baseline"),
    shows="fitted and constant hyperparameters compared",
    section="Results",
    notebook="analyze_fitted",
)
