"""Figure of the optimal σ for a budget and its prediction from smaller budgets."""

from matplotlib.figure import Figure

from value_scaling.records import Budget, DataEfficiency, Study
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.marks import known
from value_scaling.report.drawing.optimal_utd import (
    draw_budget,
    has_bounds,
    star_ticks,
)
from value_scaling.report.drawing.style import COLUMN, new_figure, styled
from value_scaling.report.drawing.ticks import scaled_axis, utd_text
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
    """Draw the optimal UTD ratio against the budget."""
    figure, axes = new_figure(COLUMN, 2.4)
    draw_budget(axes[0, 0], budget, original)
    scaled_axis(axes[0, 0], "x", r"Budget $F=C+\delta D$", study.compute_unit)
    star_ticks(axes[0, 0])
    axes[0, 0].set_ylabel(r"Optimal UTD ratio $\sigma^{*}$")
    names = len(axes[0, 0].get_legend_handles_labels()[1])
    figure.legend(loc="outside upper center", ncols=names if names < 4 else 2)
    return figure


def caption(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> str:
    """Return the caption."""
    held = int(budget.held_out.sum())
    edge = int(budget.at_edge.sum())
    return captions.join(
        captions.head(study, r"the optimal UTD ratio $\sigma^*(F)$ for a budget"),
        _points(held, captions.of_one_set(budget), fitted=not budget.unidentified),
        rf"$\sigma^*$ is sought from {utd_text(efficiency.utds.min())} to "
        f"{utd_text(efficiency.utds.max())}, the range that was run.",
        (
            f"Hollow: {edge} {'levels' if edge > 1 else 'level'} with the optimum at "
            r"the smallest or largest of these $\sigma$: a bound, which enters no fit."
            if edge
            else ""
        ),
        r"Arrows: $\sigma^*$, or an end of its interval, is an end of that range, "
        "and therefore a bound."
        if has_bounds(budget)
        else "",
        r"There is no line because $\sigma^*(F)$ is not identifiable: "
        f"{escape(budget.unidentified)}."
        if budget.unidentified
        else "",
        captions.other_sets(budget),
        captions.beside_naive(
            [c for c in budget.against_naive if c.quantity == "utd_star"],
            r"of $\sigma^*$ at the crosses",
        ),
        captions.origin(study, efficiency),
        captions.intervals(budget.utd_star) if known(budget.utd_star) else "",
        captions.digitised(original, "budget"),
    )


def _points(held: int, others: str, *, fitted: bool) -> str:
    """Explain the circles and the crosses."""
    crosses = f"the {held} highest levels" if held > 1 else "the highest level"
    crosses += others
    if fitted:
        return (
            "Each point is one level $J$; the line is fitted on the circles"
            + (f" and tested on the crosses, {crosses}" if held else "")
            + "."
        )
    return "Each point is one level $J$" + (f"; crosses: {crosses}." if held else ".")


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("efficiency", "budget", "original"),
    doubts=("assumed cost",),
    shows="σ\\*(F), and the budgets that were held out",
    section="",
    notebook="analyze_fitted",
    answers="Figure 1, middle",
)
