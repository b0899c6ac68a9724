"""Figure of the fit of D_J(σ) in each environment."""

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import STATUSES, DataEfficiency, Study, entry
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.marks import (
    law,
    level_limits,
    note,
    points,
    smooth,
    top,
)
from value_scaling.report.drawing.style import GREY, OURS, panels, styled
from value_scaling.report.drawing.ticks import (
    UTD_LABEL,
    level_text,
    steps_axis,
    utd_axis,
)
from value_scaling.report.figure_entry import Entry


@styled
def draw(study: Study, efficiency: DataEfficiency) -> Figure:
    """Draw D_J(σ) of each environment at the top level, with its own fit."""
    row = top(efficiency)
    figure, flat = panels(len(efficiency.environments), height=1.4, top=0.2)
    x = smooth(efficiency.utds)
    fits = entry(efficiency.environment_laws.at(x), slice(None), row)
    for index, axes in enumerate(flat):
        data = entry(efficiency.data, index, slice(None), row)
        fit = entry(fits, index)
        ended = efficiency.environment_laws.status_of((index, row)) == "at a bound"
        law(axes, x, fit, colour=OURS, linestyle="--" if ended else "-")
        points(axes, efficiency.utds, data, colour=OURS, markersize=3.5)
        level_limits(axes, data, fit.value)
        if not np.isfinite(data.value).any():
            note(axes, "no run reaches it")
        never = np.isfinite(efficiency.batch_sizes[index]) & np.isnan(data.value)
        axes.plot(
            efficiency.utds[never], np.full(never.sum(), 0.97), "^", color=GREY,
            markersize=3.5, transform=axes.get_xaxis_transform(),
        )  # fmt: skip
        axes.set_title(name_text(efficiency.environments[index]))
        utd_axis(axes, efficiency.utds, most=6, label=False)
        steps_axis(axes, "y", most=4)
    figure.supxlabel(UTD_LABEL, fontsize=8)
    name = level_text(efficiency.levels[row])
    figure.supylabel(f"Data to reach $J$ = {name} (env. steps)", fontsize=8)
    return figure


def caption(study: Study, efficiency: DataEfficiency) -> str:
    """Return the caption."""
    row = top(efficiency)
    cells = entry(efficiency.data, ..., row)
    ran = np.isfinite(efficiency.batch_sizes)
    never = bool((ran & np.isnan(cells.value)).any())
    ended = efficiency.environment_laws.status[:, row] == STATUSES.index("at a bound")
    return captions.join(
        captions.head(study, r"the fit of $D_J(\sigma)$ in each environment"),
        f"Data to reach {captions.level(efficiency.levels[row])}, with a fit to each "
        "environment alone."
        + (r" Triangles: $\sigma$ whose runs never reach it." if never else "")
        + (" Dashed: the fit ends at the limit of its search." if ended.any() else ""),
        captions.origin(study, efficiency),
        captions.intervals(cells),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("measured",),
    shows="D_J(σ) of each environment",
    section="",
    notebook="analyze_fitted",
    doubts=("coarse log", "short run"),
)
