"""Figure of passive critics, with slopes in both widths."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import Estimate, entry
from value_scaling.records.model_size.critics import PassiveCritic
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.marks import points
from value_scaling.report.drawing.style import new_figure, styled, utd_colours
from value_scaling.report.drawing.ticks import plain_axis, run_axis
from value_scaling.report.sizes.captions import head, join
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.results import SizeResults

_WIDTH = 2.2
"""Width of a panel in inches."""


def _slope_text(slope: Estimate) -> str:
    text = f"slope ${float(slope.value):.2f}$"
    if np.isfinite(float(slope.low)):
        text += f" [${float(slope.low):.2f}$, ${float(slope.high):.2f}$]"
    return text


def _draw_panel(axes: Axes, critic: PassiveCritic, *, along_main: bool) -> None:
    x, other = critic.main, critic.passive
    if not along_main:
        x, other = other, x
    for at, colour in enumerate(utd_colours(other).values()):
        index = (slice(None), at) if along_main else (at, slice(None))
        values = entry(critic.error, *index)
        shift = 1.03 ** (at - (len(other) - 1) / 2)
        axes.plot(x * shift, values.value, color=colour, linewidth=0.8)
        points(axes, x * shift, values, colour=colour, markersize=3)
    axes.set(xscale="log", yscale="log")
    run_axis(
        axes,
        x,
        label="Width of the " + ("main" if along_main else "passive") + " critic",
    )
    plain_axis(axes, "y", "", most=4)


@styled
def draw(results: SizeResults) -> Figure:
    """Draw errors of the passive critic along both widths, a column for each task."""
    critics = results.record.passive_critics
    figure, grid = new_figure(
        _WIDTH * len(critics) + 0.15, 3.7, rows=2, columns=len(critics)
    )
    for column, (task, critic) in enumerate(critics.items()):
        for row, (along, slope) in enumerate(
            ((True, critic.main_slope), (False, critic.passive_slope))
        ):
            axes = grid[row, column]
            _draw_panel(axes, critic, along_main=along)
            title = _slope_text(slope)
            axes.set_title(
                f"{name_text(task)}: {title}" if row == 0 else title, fontsize=7
            )
    widths = np.unique(
        np.concatenate([w for c in critics.values() for w in (c.main, c.passive)])
    )
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=3, label=f"{width:g}")
        for width, colour in utd_colours(widths).items()
    ]
    figure.legend(
        handles=[Line2D([], [], linestyle="none", label="Width of the other critic:"),
                 *handles],
        loc="outside upper center", ncols=len(handles) + 1,
    )  # fmt: skip
    figure.supylabel("Validation TD error of the passive critic", fontsize=8)
    return figure


def caption(results: SizeResults) -> str:
    """Return the caption."""
    fewest = min(c.fewest_seeds for c in results.record.passive_critics.values())
    return join(
        head(results, "passive critics"),
        "A passive critic learns from the targets of the main critic, on the same "
        "batches, and is used for nothing else. Its error falls more with the width of "
        "the main critic, which makes the targets, than with its own. Slopes are those "
        "of the logarithm of the error in that of a width, averaged over the other. "
        r"Means over steps 720k to 800k at $\sigma=2$.",
        r"Bars and brackets: 95\% bootstrap intervals over seeds; with "
        f"{fewest} seeds in some settings, they are too narrow.",
    )


FIGURE = SizeFigure(
    draw=draw,
    caption=caption,
    has=lambda results: bool(results.record.passive_critics),
    shows="errors of passive critics against both widths, with slopes",
    section="Results",
    answers="Figures 4 and 15",
)
