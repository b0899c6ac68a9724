"""B*(σ), a panel for each environment."""

from matplotlib.figure import Figure

from value_scaling.records import Hyperparameters, Study
from value_scaling.report.drawing.environment_values import (
    draw_environments,
    environments_caption,
)
from value_scaling.report.drawing.style import styled
from value_scaling.report.entry import Entry


@styled
def draw(study: Study, fits: Hyperparameters) -> Figure:
    """Draw B*(σ) of each environment with both fits, proposals and the grid."""
    return draw_environments(
        fits, fits.batch_size, "batch_size_rounded", r"Best batch size $B^{*}$"
    )


def caption(study: Study, fits: Hyperparameters) -> str:
    """Return the caption."""
    topic = "best batch size in each environment"
    return environments_caption(study, fits.batch_size, topic)


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("hyperparameters",),
    shows="B\\*(σ) of each environment, and proposals",
    section="Appendix",
    notebook="analyze_grid_search",
    doubts=("edge of the grid: batch_size", "one value: batch_size"),
)
