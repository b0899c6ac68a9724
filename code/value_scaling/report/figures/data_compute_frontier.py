"""Figure of the trade-off between data and compute along σ, at one level."""

from matplotlib.figure import Figure

from value_scaling.records import Budget, DataEfficiency, Study, entry
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.frontier import draw_frontier, frontier_limits
from value_scaling.report.drawing.marks import (
    asymptote,
    known,
    law,
    original_points,
    points,
    smooth,
    top,
)
from value_scaling.report.drawing.style import FULL, OURS, new_figure, styled
from value_scaling.report.drawing.ticks import (
    level_text,
    scaled_axis,
    steps_axis,
    utd_axis,
)
from value_scaling.report.figure_entry import Entry
from value_scaling.report.original import NONE, Originals


@styled
def draw(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> Figure:
    """Draw D_J(σ), and D_J against C_J, at the top level with fit and asymptote."""
    figure, axes = new_figure(FULL, 2.5, columns=2, sharey=True)
    left, right = axes[0]
    row = top(efficiency)
    x = smooth(efficiency.utds)
    law(left, x, entry(efficiency.law.at(x), row), colour=OURS, label=r"Fit $D_J$")
    points(
        left,
        efficiency.utds,
        entry(efficiency.pooled, slice(None), row),
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
    scaled_axis(
        right, "x", f"Compute to reach $J$ = {name}", study.compute_unit, most=7
    )
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names))
    return figure


def caption(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> str:
    """Return the caption."""
    row = top(efficiency)
    spread = entry(efficiency.law.at(efficiency.utds), row)
    return captions.join(
        captions.head(study, "the trade-off between data and compute"),
        rf"Left: data $D_J(\sigma)$ to reach {captions.level(efficiency.levels[row])}, "
        r"averaged over environments, with its fit and asymptote $D^{\min}$. Right: "
        r"the same against compute $C_J$; $\sigma$ is written beside the "
        + ("fit." if captions.is_published(efficiency) else "points."),
        captions.pooled_over(efficiency, row),
        captions.unreached(efficiency, row),
        captions.origin(study, efficiency),
        captions.intervals(spread, entry(efficiency.pooled, slice(None), row))
        + (
            r" On the right they are diagonal, because $C_J\propto D_J$ at a "
            "given batch size."
            if known(spread)
            else ""
        ),
        captions.digitised(original, "data", "frontier"),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("efficiency", "budget", "original"),
    doubts=("assumed cost",),
    shows="D_J against σ and against C_J",
    section="Results",
    notebook="analyze_fitted",
    answers="Figure 1, left",
)
