"""Figure of the critics' parameter norm, the paper's sign of lost plasticity."""

from matplotlib.figure import Figure

from value_scaling.records import Diagnostics, Study
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.style import FULL, new_figure, styled
from value_scaling.report.drawing.ticks import plain_axis
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


@styled
def draw(study: Study, diagnostics: Diagnostics) -> Figure:
    """Draw the norm of the critics' parameters against σ and η."""
    figure, grid = new_figure(FULL, 2.3, columns=2, sharey=True)
    for axes, predictor in zip(grid[0], ("utd", "learning_rate"), strict=True):
        panel(axes, diagnostics, "parameter_norm", predictor, signed=False)
    plain_axis(grid[0, 0], "y", "Parameter norm", most=6)
    legend(figure, diagnostics)
    return figure


def caption(study: Study, diagnostics: Diagnostics) -> str:
    """Return the caption."""
    return captions.join(
        captions.head(study, r"parameter norm against $\sigma$ and $\eta$"),
        "L2 norm of the critics' parameters, in units of the environment's median, "
        "on a logarithmic axis.",
        window_words(diagnostics),
        trend_words(),
        own_slopes(diagnostics, "parameter_norm"),
        left_out(diagnostics, "parameter_norm"),
        source(study, diagnostics),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("parameter norm",),
    shows="norm of the critics' parameters against σ and η",
    section="Appendix",
    notebook="analyze_diagnostics",
)
