"""The panel of the optimal σ for a budget, with the held-out levels."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from value_scaling.records import Budget, Estimate, Limits, entry
from value_scaling.report.drawing.marks import (
    bound_arrows,
    law,
    original_points,
    points,
)
from value_scaling.report.drawing.style import DARK, GREY, OURS
from value_scaling.report.drawing.ticks import utd_axis
from value_scaling.report.original import NONE, Originals

_MARGIN = 1.25
"""Factor on the range of σ that leaves space for an arrow."""
_HALVES = 2.0 ** np.arange(-14, 12)
_FINER = np.unique(np.concatenate([_HALVES, 1.5 * _HALVES]))
_FINEST = np.unique(np.concatenate([m * _HALVES for m in (1, 1.25, 1.5, 1.75)]))


def star_ticks(axes: Axes) -> None:
    """Mark σ* at powers of two, or also between them if the range is narrow."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    for ticks in (_HALVES, _FINER, _FINEST):
        inside = ticks[(ticks >= low) & (ticks <= high)]
        if len(inside) >= 3:
            break
    utd_axis(axes, inside if len(inside) else _FINEST, which="y", label=False)
    axes.set_ylim(low, high)


def draw_budget(axes: Axes, budget: Budget, original: Originals = NONE) -> None:
    """Draw σ*(F) with the fit, and with fitted, held-out and edge levels."""
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
                axes, total[chosen], entry(star, chosen),
                colour=colour, marker=marker, label=name, **options,
            )  # fmt: skip
            _arrows(axes, total[chosen], entry(star, chosen), budget.limits, colour)
    if budget.unidentified:
        title = r"$\sigma^{*}(F)$ is not identifiable"
        axes.set_title(title, fontsize=7, color="#777777")


def _arrows(
    axes: Axes, x: np.ndarray, star: Estimate, limits: Limits, colour: str
) -> None:
    """Draw an arrow where a value or an end of its interval is a bound."""
    for name, up, end in (("low", False, star.low), ("high", True, star.high)):
        parts = np.where(np.isfinite(end), end, star.value)
        at = np.array([limits.side(part) == name for part in parts], dtype=bool)
        if not at.any():
            continue
        bound_arrows(axes, x[at], parts[at], up=up, colour=colour)
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        margin = limits.low / _MARGIN, limits.high * _MARGIN
        axes.set_ylim(
            *((low, max(high, margin[1])) if up else (min(low, margin[0]), high))
        )


def has_bounds(budget: Budget) -> bool:
    """Return whether a value or an end of an interval of σ* is a bound."""
    parts = (budget.utd_star.value, budget.utd_star.low, budget.utd_star.high)
    return any(budget.limits.side(p) for p in np.concatenate(parts) if np.isfinite(p))
