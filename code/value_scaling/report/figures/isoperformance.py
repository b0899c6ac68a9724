"""Figure of iso-performance curves and their budget optima."""

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import Budget, DataEfficiency, Study
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.isocost import draw_isoperformance, handles
from value_scaling.report.drawing.marks import known, original_handle
from value_scaling.report.drawing.style import COLUMN, new_figure, styled
from value_scaling.report.drawing.ticks import scaled_axis, steps_axis
from value_scaling.report.figure_entry import Entry
from value_scaling.report.original import NONE, Originals
from value_scaling.report.text.latex import escape


@styled
def draw(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> Figure:
    """Draw data against compute, with a curve and an optimum for each J."""
    figure, axes = new_figure(COLUMN, 2.75)
    draw_isoperformance(figure, axes[0, 0], budget, original)
    scaled_axis(axes[0, 0], "x", "Compute $C_J$", study.compute_unit)
    steps_axis(axes[0, 0], "y", "Data $D_J$")
    entries = handles(budget)
    if "isoperformance" in original:
        entries.append(original_handle())
    figure.legend(
        handles=entries,
        loc="outside upper center",
        ncols=len(entries) if len(entries) < 5 else 3,
        handlelength=1.4,
    )
    return figure


def caption(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> str:
    """Return the caption."""
    held = int(budget.held_out.sum())
    return captions.join(
        captions.head(study, "data and compute for every level"),
        r"Each coloured curve is one $J$, traced by $\sigma$; grey: equal budget "
        r"$F=C+\delta D$; circles: the cheapest point of each curve"
        + (
            f" (crosses: the {held} top levels{captions.of_one_set(budget)}, left out "
            "of the fit)"
            if held
            else ""
        )
        + (
            r"; dashed: the fit of a power law to them."
            if np.isfinite(budget.exchange_law.value.scale)
            else "."
        ),
        r"Hollow: the search for $\sigma$ ended at the smallest or largest $\sigma$ "
        "that was run, so the cheapest point may lie beyond."
        if budget.at_edge.any()
        else "",
        "The fit through the optima is not identifiable: "
        f"{escape(budget.unidentified)}."
        if budget.unidentified
        else "",
        captions.pooled_over(efficiency),
        captions.other_sets(budget),
        captions.origin(study, efficiency),
        r"The optima's intervals are drawn with the fit $\sigma^*(F)$."
        if known(budget.utd_star)
        else "",
        captions.digitised(original, "isoperformance"),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("efficiency", "budget", "original"),
    doubts=("assumed cost",),
    shows="iso-performance curves, optima, iso-cost lines",
    section="",
    notebook="analyze_fitted",
    answers="Figure 1, right",
)
