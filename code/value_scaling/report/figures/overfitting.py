"""Figure of overfitting: the TD error on new or unseen data minus uniform data."""

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import Diagnostics, Study
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.style import FULL, new_figure, styled
from value_scaling.report.drawing.ticks import signed_axis
from value_scaling.report.drawing.trends import (
    left_out,
    legend,
    own_slopes,
    panel,
    source,
    trend_words,
    window_words,
)
from value_scaling.report.figure_entry import Entry

_ROWS = {
    "overfitting": "Overfitting:\nnewest − uniform",
    "validation_overfitting": "Overfitting:\nvalidation − uniform",
}


def measures_shown(diagnostics: Diagnostics) -> list[str]:
    """Return the measures that the figure has a row for."""
    return [name for name in _ROWS if name in diagnostics.measures]


@styled
def draw(study: Study, diagnostics: Diagnostics) -> Figure:
    """Draw overfitting against σ and B, with a row each for newest and unseen data."""
    names = measures_shown(diagnostics)
    figure, grid = new_figure(
        FULL, 1.85 * len(names) + 0.25, rows=len(names), columns=2, sharey="row"
    )
    for row, name in zip(grid, names, strict=True):
        for axes, predictor in zip(row, ("utd", "batch_size"), strict=True):
            panel(axes, diagnostics, name, predictor, signed=True)
        signed_axis(*row)
        row[0].set_ylabel(_ROWS[name])
    for axes in grid[:-1].flat:
        axes.set_xlabel("")
    legend(figure, diagnostics)
    return figure


def caption(study: Study, diagnostics: Diagnostics) -> str:
    """Return the caption."""
    names = measures_shown(diagnostics)
    unseen = (
        " (top), and on an environment of its own that is never trained on (bottom),"
        if "validation_overfitting" in names
        else ""
    )
    return captions.join(
        captions.head(study, r"overfitting against $\sigma$ and $B$"),
        f"TD error on the newest data{unseen} minus that on data drawn uniformly from "
        "the replay, in units of the environment's median TD error on uniform data. "
        "The axis is linear from $-1$ to $1$ and logarithmic beyond. The dashed trend "
        r"is straight in $\log_2\sigma$ and $\log_2 B$, so it bends on this axis, and "
        "at an end it may lie beyond all marks.",
        window_words(diagnostics),
        _above(diagnostics, names),
        trend_words(),
        *(
            own_slopes(diagnostics, name, where if len(names) > 1 else "")
            for name, where in zip(names, (" (top)", " (bottom)"), strict=False)
        ),
        left_out(diagnostics, *names),
        source(study, diagnostics),
    )


def _above(diagnostics: Diagnostics, names: list[str]) -> str:
    """State the number of settings with overfitting above zero."""
    counts = []
    for name in names:
        values = diagnostics.measures[name].values.value
        known = values[np.isfinite(values)]
        counts.append(f"{(known > 0).sum()} of {len(known)}")
    rows = " (top) and ".join(counts) + (" (bottom)" if len(counts) > 1 else "")
    return f"It is above zero in {rows} settings."


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("overfitting",),
    shows="overfitting against σ and B",
    section="Appendix",
    notebook="analyze_diagnostics",
)
