"""Marks of the figures: points with intervals, fits with bands, and asymptotes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.path import Path

from value_scaling.records import DataEfficiency, Estimate, FittedLaw, entry
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.style import environment_marks
from value_scaling.report.drawing.ticks import steps_text
from value_scaling.report.original import Original

OPEN = 1.3
"""Multiple of a value up to which its interval is drawn if it has no upper end."""


def times(values: Estimate, factor: np.ndarray | float) -> Estimate:
    """Return an estimate in another unit, with value and ends multiplied."""
    return Estimate(values.value * factor, values.low * factor, values.high * factor)


def known(values: Estimate) -> bool:
    """Return whether any interval is known."""
    return bool(np.isfinite(values.low).any())


def is_open(values: Estimate) -> np.ndarray:
    """Return where an interval is open because many draws never reach the level."""
    ends = np.isfinite(values.low) & ~np.isfinite(values.high)
    return ends & np.isfinite(values.value)


def arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], *, colour: Any
) -> None:
    """Draw an interval that continues beyond `end`."""
    axes.update_datalim([start, end])
    look = {"color": colour, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
    look["arrowstyle"] = "-|>,head_length=0.25,head_width=0.12"
    axes.annotate(
        "", end, start, arrowprops=look,
        annotation_clip=False, zorder=2.9,
    )  # fmt: skip


_ARROW = Path(
    [(0, 0), (0, 1), (-0.22, 0.62), (0, 1), (0.22, 0.62)],
    [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO, Path.LINETO],
)
"""Arrow that points upwards from the value that it marks."""


def bound_arrows(
    axes: Axes, x: np.ndarray, y: np.ndarray, *, up: bool, colour: Any
) -> None:
    """Draw arrows from bounds in the direction of the true values."""
    ends = np.asarray(_ARROW.vertices)
    path = Path(ends if up else ends * [1, -1], _ARROW.codes)
    axes.plot(
        x, y, linestyle="none", marker=path, markersize=18, markeredgewidth=0.9,
        markeredgecolor=colour, markerfacecolor="none", clip_on=False, zorder=3.1,
    )  # fmt: skip


def top(efficiency: DataEfficiency) -> int:
    """Return the index of the highest level whose law converged."""
    has_law = efficiency.law.converged
    return int(np.flatnonzero(has_law)[-1]) if has_law.any() else -1


def smooth(utds: np.ndarray) -> np.ndarray:
    """Return σ along a drawn law, from the smallest to the largest that was run."""
    return np.geomspace(np.min(utds), np.max(utds), 100)


def points(
    axes: Axes,
    x: np.ndarray,
    values: Estimate,
    *,
    colour: Any,
    label: str | None = None,
    marker: str = "o",
    bars: float = 1.0,
    **options: Any,
) -> None:
    """Draw values and their intervals, if they are known.

    The ends are drawn unchanged: a percentile interval need not include its value. An
    arrow means that there is no upper end. `bars` is the opacity of the intervals.
    """
    x = np.broadcast_to(x, np.shape(values.value))
    ranged = np.isfinite(values.low) & np.isfinite(values.high)
    if ranged.any():
        axes.vlines(
            x[ranged], values.low[ranged], values.high[ranged],
            color=colour, alpha=bars, linewidth=0.8, zorder=2.9,
        )  # fmt: skip
    for at in np.flatnonzero(is_open(values)):
        ends = (x[at], values.low[at]), (x[at], values.value[at] * OPEN)
        arrow(axes, *ends, colour=colour)
    shown = np.isfinite(values.value)
    if not shown.any():
        return
    axes.plot(
        x[shown], values.value[shown], marker, color=colour, label=label,
        **{"zorder": 3, "markeredgewidth": 1.2 if marker == "x" else 0} | options,
    )  # fmt: skip


def law(
    axes: Axes,
    x: np.ndarray,
    values: Estimate,
    *,
    colour: Any,
    label: str | None = None,
    shade: float = 0.18,
    **options: Any,
) -> None:
    """Draw a law along x, with the band of its pointwise interval if known."""
    if not np.isfinite(values.value).any():
        return
    axes.plot(x, values.value, color=colour, label=label, **options)
    if known(values):
        axes.fill_between(
            x, values.low, values.high, color=colour, alpha=shade, linewidth=0
        )


def asymptote(
    axes: Axes,
    fitted: FittedLaw,
    index: int,
    *,
    colour: Any,
) -> None:
    """Draw the asymptote of a converged law, with value and interval in the legend."""
    if not fitted.converged[index]:
        return
    level = entry(fitted.asymptote, index)
    value, low, high = float(level.value), float(level.low), float(level.high)
    if not np.isfinite(value) or value <= 0:
        return
    text = rf"$D^{{\mathrm{{min}}}}$ = {steps_text(value, 2)}"
    if np.isfinite(low):
        text += f" [{steps_text(low, 2)}, {steps_text(high, 2)}]"
    axes.axhline(value, color=colour, linestyle="--", linewidth=0.9, label=text)


def level_limits(
    axes: Axes, *values: np.ndarray | Estimate, margin: float = 0.12
) -> None:
    """Fix the logarithmic y range to include positive finite `values` and intervals."""
    parts: list[np.ndarray] = []
    for each in values:
        if isinstance(each, Estimate):
            parts += [each.value, each.low, each.high]
            parts.append(np.where(is_open(each), each.value * OPEN, np.nan))
        else:
            parts.append(each)
    flat = np.concatenate([np.ravel(part) for part in parts])
    flat = flat[np.isfinite(flat) & (flat > 0)]
    if len(flat) == 0:
        return
    low, high = np.log(flat.min()), np.log(flat.max())
    pad = max(margin * (high - low), 0.05)
    axes.set_ylim(np.exp(low - pad), np.exp(high + pad))


_SQUARE: dict[str, Any] = {
    "marker": "s",
    "linestyle": "none",
    "markersize": 3.2,
    "color": "#777777",
    "markerfacecolor": "none",
    "markeredgewidth": 0.7,
    "label": "The paper's Figure 1",
}


def original_points(axes: Axes, points: Original | None) -> None:
    """Draw the digitised points of the original panel, if there are any."""
    if points is not None:
        axes.plot(points.x, points.y, zorder=2.7, **_SQUARE)


def original_handle() -> Line2D:
    """Return the legend entry of `original_points`."""
    return Line2D([], [], **_SQUARE)


def environment_handles(environments: Sequence[str]) -> list[Line2D]:
    """Return legend entries of the environments; one if many look the same."""
    marks = environment_marks(len(environments))
    names = [name_text(name) for name in environments]
    if len(set(marks)) < len(names):
        marks, names = marks[:1], ["Environments"]
    return [
        Line2D([], [], color=colour, marker=marker, linestyle="none", label=name,
               markersize=3.5, markeredgewidth=0)
        for (colour, marker), name in zip(marks, names, strict=True)
    ]  # fmt: skip


def legend_columns(count: int) -> int:
    """Return the number of legend columns: one row for a few entries, else two."""
    return count if count <= 6 else -(-count // 2)


def note(axes: Axes, text: str, *, height: float = 0.5) -> None:
    """Write a note into a panel at `height`, a share of the panel's height."""
    axes.text(
        0.5, height, text, transform=axes.transAxes, ha="center", va="center",
        fontsize=7, color="#777777", wrap=True,
    )  # fmt: skip


def set_note(
    axes: Axes, efficiency: DataEfficiency, row: int, *, height: float = 0.03
) -> None:
    """Write into a panel over which environments its level is pooled, unless all."""
    if words := efficiency.set_words(row, short=True):
        axes.text(
            0.03, height, name_text(words), transform=axes.transAxes,
            fontsize=6, color="#777777",
        )  # fmt: skip


def no_fit(axes: Axes, fitted: FittedLaw, index: int) -> None:
    """Write into a panel why it has no fit, unless the fit converged."""
    words = {
        "at a bound": "no fit: at the limit of the search",
        "too few points": "no fit: reached at too few UTDs",
        "not identifiable": "not identifiable",
        "converged": "",
    }[fitted.status_of(index)]
    if words:
        note(axes, words, height=0.08)
