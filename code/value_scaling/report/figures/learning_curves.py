"""Figure of learning curves, their isotonic fits and their crossings."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import Crossings, Runs, Setting, Study
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.curves import draw_curves, marks_words
from value_scaling.report.drawing.style import styled
from value_scaling.report.figure_entry import Entry


@styled
def draw(
    study: Study,
    crossings: Crossings,
    runs: Runs,
    isotonic: Mapping[Setting, np.ndarray],
) -> Figure:
    """Draw return against data, with a panel per environment and a colour per σ.

    Args:
        study: study of the runs.
        crossings: crossings of these runs; a few of their levels are marked.
        runs: normalised runs, without drops after resets if the study removes them.
        isotonic: isotonic fit of each setting's mean over seeds, [points].
    """
    return draw_curves(study, crossings, runs.curves, isotonic)


def caption(study: Study, crossings: Crossings) -> str:
    """Return the caption."""
    return captions.join(
        captions.head(study, "learning curves and their crossings"),
        f"Source: runs{captions.archive(study, crossings.set_name)}.",
        marks_words(crossings),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("crossings",),
    shows="learning curves, isotonic fits, crossings",
    section="",
    notebook="analyze_fitted",
    also=("runs", "isotonic fits"),
)
