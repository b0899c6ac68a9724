"""The best σ for a budget, and whether it can be predicted from smaller budgets."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from value_scaling.records import Budget, DataEfficiency, Estimate, Limits, Study
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.marks import (
    bound_arrows,
    known,
    law,
    original_points,
    pick,
    points,
)
from value_scaling.report.drawing.style import (
    COLUMN,
    DARK,
    GREY,
    OURS,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import scaled_axis, utd_axis, utd_text
from value_scaling.report.original import NONE, Originals
from value_scaling.report.text.latex import escape

_ROOM = 1.25
"""Factor beyond the range of σ that leaves room for an arrow."""
_HALVES = 2.0 ** np.arange(-14, 12)
_FINER = np.unique(np.concatenate([_HALVES, 1.5 * _HALVES]))
_FINEST = np.unique(np.concatenate([m * _HALVES for m in (1, 1.25, 1.5, 1.75)]))


def star_ticks(axes: Axes) -> None:
    """Mark σ* at powers of two, or between them where the range is narrow."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    for ticks in (_HALVES, _FINER, _FINEST):
        inside = ticks[(ticks >= low) & (ticks <= high)]
        if len(inside) >= 3:
            break
    utd_axis(axes, inside if len(inside) else _FINEST, which="y", label=False)
    axes.set_ylim(low, high)


def draw_budget(axes: Axes, budget: Budget, original: Originals = NONE) -> None:
    """Draw σ*(F): fitted levels, held-out levels, levels at the edge, and the law."""
    total, star = budget.budget.value, budget.utd_star
    present = np.isfinite(total) & np.isfinite(star.value)
    if present.any() and np.isfinite(budget.utd_law.value.scale):
        reach = total[present & budget.comparable]
        x = np.geomspace(reach.min() / 1.1, reach.max() * 1.1, 100)
        law(axes, x, budget.utd_law.at(x), colour=GREY, label=r"Fit $\sigma^{*}(F)$")
    original_points(axes, original.get("budget"))
    edge = budget.at_edge.astype(bool)
    hollow = {"markerfacecolor": "white", "markeredgewidth": 0.8}
    fitted = "Lower levels" if budget.unidentified else "Fitted"
    kinds: tuple[tuple[np.ndarray, str, str, str, dict[str, Any]], ...] = (
        (budget.other_sets, "s", GREY, "Other environments", {"markersize": 3}),
        (budget.fitted & ~edge, "o", OURS, fitted, {}),
        (budget.held_out & ~edge, "x", DARK, "Held out", {"markersize": 5}),
        (budget.fitted & edge, "o", OURS, "Bound, not fitted", hollow),
        (budget.held_out & edge, "X", DARK, "Held out, a bound", hollow),
    )
    for kind, marker, colour, name, options in kinds:
        chosen = kind & present
        wide = chosen & np.isfinite(budget.budget.low)
        axes.hlines(
            star.value[wide], budget.budget.low[wide], budget.budget.high[wide],
            color=colour, linewidth=0.8,
        )  # fmt: skip
        if chosen.any():
            points(
                axes, total[chosen], pick(star, chosen),
                colour=colour, marker=marker, label=name, **options,
            )  # fmt: skip
            _arrows(axes, total[chosen], pick(star, chosen), budget.limits, colour)
    if budget.unidentified:
        title = r"$\sigma^{*}(F)$ is not identifiable"
        axes.set_title(title, fontsize=7, color="#777777")


def _arrows(
    axes: Axes, x: np.ndarray, star: Estimate, limits: Limits, colour: str
) -> None:
    """Draw an arrow where a value, or an end of its interval, is a bound."""
    for name, up, end in (("low", False, star.low), ("high", True, star.high)):
        parts = np.where(np.isfinite(end), end, star.value)
        at = np.array([limits.side(part) == name for part in parts], dtype=bool)
        if not at.any():
            continue
        bound_arrows(axes, x[at], parts[at], up=up, colour=colour)
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        room = limits.low / _ROOM, limits.high * _ROOM
        axes.set_ylim(*((low, max(high, room[1])) if up else (min(low, room[0]), high)))


def has_bounds(budget: Budget) -> bool:
    """Whether a value or an end of an interval of σ* is a bound."""
    parts = (budget.utd_star.value, budget.utd_star.low, budget.utd_star.high)
    return any(budget.limits.side(p) for p in np.concatenate(parts) if np.isfinite(p))


@styled
def budget(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> Figure:
    """Draw the optimal UTD ratio against the budget."""
    figure, axes = new_figure(COLUMN, 2.4)
    draw_budget(axes[0, 0], budget, original)
    scaled_axis(axes[0, 0], "x", r"Budget $F=C+\delta D$", "FLOPs")
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
    """Caption of `budget`."""
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
        "and so a bound."
        if has_bounds(budget)
        else "",
        r"No line, as $\sigma^*(F)$ is not identifiable: "
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
    """Say what the circles and the crosses are."""
    crosses = f"the {held} highest levels" if held > 1 else "the highest level"
    crosses += others
    if fitted:
        return (
            "Each point is one level $J$; the line is fitted on the circles"
            + (f" and tested on the crosses, {crosses}" if held else "")
            + "."
        )
    return "Each point is one level $J$" + (f"; crosses: {crosses}." if held else ".")
