"""η*(σ), a panel for each environment."""

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
    """Draw η*(σ) of each environment with both fits, proposals and the grid."""
    return draw_environments(
        fits,
        fits.learning_rate,
        "learning_rate",
        r"Best learning rate $\eta^{*}$ ($10^{-4}$)",
        unit=1e-4,
    )


def caption(study: Study, fits: Hyperparameters) -> str:
    """Return the caption."""
    topic = "best learning rate in each environment"
    return environments_caption(study, fits.learning_rate, topic)


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("hyperparameters",),
    shows="η\\*(σ) of each environment, and proposals",
    section="Appendix",
    notebook="analyze_grid_search",
    doubts=("edge of the grid: learning_rate", "one value: learning_rate"),
)
