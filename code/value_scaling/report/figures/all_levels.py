"""Figure of the fit of D_J(σ) at every level."""

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import DataEfficiency, Study, entry
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.marks import (
    law,
    level_limits,
    no_fit,
    points,
    set_note,
    smooth,
)
from value_scaling.report.drawing.style import OURS, panels, styled
from value_scaling.report.drawing.ticks import (
    UTD_LABEL,
    level_text,
    steps_axis,
    utd_axis,
)
from value_scaling.report.figure_entry import Entry


@styled
def draw(study: Study, efficiency: DataEfficiency) -> Figure:
    """Draw D_J(σ) with a panel for each J, and the fits of other levels in grey."""
    count = len(efficiency.levels)
    figure, flat = panels(count, height=1.15, top=0.3, most=5, sharey=True)
    x = smooth(efficiency.utds)
    fits = efficiency.law.at(x)
    for row, axes in enumerate(flat):
        for other in np.flatnonzero(efficiency.law.converged):
            axes.plot(x, fits.value[other], color="#d5d5d5", linewidth=0.6, zorder=1)
        if efficiency.law.converged[row]:
            law(axes, x, entry(fits, row), colour=OURS, label="Fit")
        points(
            axes,
            efficiency.utds,
            entry(efficiency.pooled, slice(None), row),
            colour=OURS,
            label="Runs",
            markersize=3,
        )
        no_fit(axes, efficiency.law, row)
        above = 0.03 if efficiency.law.converged[row] else 0.17  # the note on the fit
        set_note(axes, efficiency, row, height=above)
        axes.set_title(f"$J$ = {level_text(efficiency.levels[row])}")
    level_limits(flat[0], efficiency.pooled, fits.value, margin=0.05)
    for axes in flat:
        utd_axis(axes, efficiency.utds, most=4, label=False)
        steps_axis(axes, "y", most=4)
    figure.supxlabel(UTD_LABEL, fontsize=8)
    figure.supylabel("Data $D_J$ (env. steps)", fontsize=8)
    return figure


def caption(study: Study, efficiency: DataEfficiency) -> str:
    """Return the caption."""
    return captions.join(
        captions.head(study, r"the fit of $D_J(\sigma)$ at every level"),
        (
            "Blue: the fit "
            if captions.is_published(efficiency)
            else "Blue: runs and fit "
        )
        + r"$D_J^{\min}+(\beta_J/\sigma)^{\alpha_J}$; grey: the fits of the other "
        "levels.",
        captions.pooled_over(efficiency),
        captions.no_fit(efficiency),
        captions.origin(study, efficiency),
        captions.intervals(efficiency.law.at(efficiency.utds), efficiency.pooled),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("efficiency",),
    shows="D_J(σ) at every level",
    section="Appendix",
    notebook="analyze_fitted",
)
