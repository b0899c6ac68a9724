"""Panels of a measure of every setting against σ, B or η, with its trend."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import PREDICTORS, Diagnostics, Study, entry
from value_scaling.records.axes import AXES
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.environment_names import axis_label
from value_scaling.report.drawing.marks import (
    environment_handles,
    law,
    legend_columns,
    note,
    smooth,
)
from value_scaling.report.drawing.style import DARK, GREY, SMALLEST, environment_marks
from value_scaling.report.drawing.ticks import (
    run_axis,
    utd_axis,
)
from value_scaling.report.text.latex import escape

_FEW = 4
"""Largest number of environments whose own slopes fit into a caption."""
_APART = 0.08
"""Largest horizontal offset of an environment's marks, as a share of the step between
neighbouring values."""


def panel(
    axes: Axes, diagnostics: Diagnostics, name: str, predictor: str, *, signed: bool
) -> None:
    """Draw a mark for each setting, the medians of each environment, and the trend.

    With `signed`, the measure may be below zero, and zero is marked.
    """
    measure = diagnostics.measures[name]
    values = measure.values.value
    axis = AXES[predictor]
    x = np.array([s.values[predictor] for s in diagnostics.settings]) / axis.unit
    env = np.array(
        [diagnostics.environments.index(s.env) for s in diagnostics.settings]
    )
    used = np.unique(x)
    count = len(diagnostics.environments)
    shifts = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    step = np.diff(np.log(used)).min() if len(used) > 1 else 0.7
    if signed:
        axes.axhline(0, color=DARK, linewidth=0.6)
    marks = environment_marks(count)
    for e, (colour, marker) in enumerate(marks):
        own = (env == e) & np.isfinite(values)
        axes.plot(
            x[own] * np.exp(_APART * step * shifts[e]), values[own], marker,
            color=colour, alpha=0.45, markersize=2.6, markeredgewidth=0, zorder=3,
        )  # fmt: skip
        if len(set(marks)) == count and own.any():
            at = np.unique(x[own])
            middle = [np.median(values[own & (x == each)]) for each in at]
            axes.plot(at, middle, color=colour, linewidth=1.0, zorder=3.2)
    if not np.isfinite(values).any():
        note(axes, "no setting has a value")
    along = smooth(used)
    trend = measure.trend.at(predictor, along * axis.unit)
    law(axes, along, trend, colour=DARK, linestyle="--", linewidth=1.2, zorder=3.5)
    axes.set_title(slope_text(diagnostics, name, predictor), fontsize=SMALLEST)
    if predictor == "utd":
        utd_axis(axes, used)
    else:
        run_axis(axes, used, label=axis_label(axis))
    low, high = axes.get_xlim()
    margin = np.exp(2 * _APART * step)  # space for marks with an offset
    axes.set_xlim(min(low, used[0] / margin), max(high, used[-1] * margin))


def legend(figure: Figure, diagnostics: Diagnostics) -> None:
    """Add a legend of the environments' colours and of the trends."""
    marks = environment_handles(diagnostics.environments)
    alone = Line2D([], [], color=GREY, linewidth=1.0, label="Median of an environment")
    line = Line2D([], [], color=DARK, linestyle="--", linewidth=1.2, label="Trend")
    several = len(marks) > 1
    handles = [*marks, *([alone] if several else []), line]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=legend_columns(len(handles))
    )


def own_slopes(diagnostics: Diagnostics, name: str, what: str = "") -> str:
    """State the slope in σ of each environment, if there are a few environments."""
    if not 1 < len(diagnostics.environments) <= _FEW:
        return ""
    index = PREDICTORS.index("utd")
    slopes = []
    for e, env in enumerate(diagnostics.environments):
        slope = entry(diagnostics.measures[name].separate, e, index)
        if np.isfinite(slope.value):
            ends = f" $[{slope.low:+.2f}, {slope.high:+.2f}]$"
            known = np.isfinite(slope.low) and np.isfinite(slope.high)
            slopes.append(
                f"{escape(env)} ${slope.value:+.2f}$" + (ends if known else "")
            )
    text = rf"Each environment alone{what}, per doubling of $\sigma$: "
    return f"{text}{', '.join(slopes)}." if slopes else ""


def slope_text(diagnostics: Diagnostics, name: str, predictor: str) -> str:
    """State the change of the measure per doubling, with its interval."""
    trend = diagnostics.measures[name].trend
    slope = entry(trend.slope, PREDICTORS.index(predictor))
    if not np.isfinite(slope.value):
        return "no trend: too few values"
    text = f"per doubling ${slope.value:+.2f}$"
    if np.isfinite(slope.low):
        text += f" [${slope.low:+.2f}$, ${slope.high:+.2f}$]"
    return text


def window_words(diagnostics: Diagnostics) -> str:
    """Explain the averages and the part of training that they cover."""
    parts = [
        f"{escape(env)} {after:.0f} to {upto:.0f}"
        for env, (after, upto) in zip(
            diagnostics.environments, diagnostics.windows, strict=True
        )
    ]
    return (
        "Each mark is one setting: the mean over the second half of the environment "
        f"steps that all settings of its environment have ({'; '.join(parts)}), then "
        "the median over seeds. Settings are compared at equal data, not equal return."
    )


def trend_words() -> str:
    """Explain the lines and the band."""
    return (
        "Coloured lines: the median over the settings of one environment. "
        r"Dashed: least squares on $\log_2\sigma$, $\log_2 B$ and $\log_2\eta$ at "
        "once, with an intercept for each environment, at the mean of the other two; "
        r"band and brackets: 95\% bootstrap intervals over seeds."
    )


def left_out(diagnostics: Diagnostics, *names: str) -> str:
    """State the number of settings without a value, if any."""
    values = [diagnostics.measures[name].values.value for name in names]
    missing = sum(int(np.isnan(each).sum()) for each in values)
    return f"{missing} unknown values are left out." if missing else ""


def source(study: Study, diagnostics: Diagnostics) -> str:
    """Name the archive."""
    count = len(diagnostics.settings)
    archive = captions.archive(study, diagnostics.set_name)
    return f"Source: runs{archive}, {count} settings."
