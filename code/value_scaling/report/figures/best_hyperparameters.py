"""Figure of B*(σ) and η*(σ) with all environments on one line."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from value_scaling.records import (
    BestValues,
    FittedLaw,
    Hyperparameters,
    PowerLaw,
    Study,
    entry,
)
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.environment_names import best_label
from value_scaling.report.drawing.marks import (
    environment_handles,
    law,
    legend_columns,
    points,
    smooth,
    times,
)
from value_scaling.report.drawing.style import (
    DARK,
    FULL,
    GREY,
    SMALLEST,
    environment_marks,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import plain_axis, utd_axis
from value_scaling.report.figure_entry import Entry

_FIT, _MEAN = "Fit, shared slope", "Mean in log space"


def common_line(shared: FittedLaw) -> FittedLaw:
    """Return the common line, whose scale is the environments' geometric mean."""

    def middle(law: PowerLaw) -> PowerLaw:
        scale, exponent = np.asarray(law.scale), np.asarray(law.exponent)
        usable = np.isfinite(shared.value.scale)
        return PowerLaw(
            np.exp(np.log(scale[..., usable]).mean(axis=-1)),
            exponent[..., usable].mean(axis=-1),
        )

    return FittedLaw(middle(shared.value), middle(shared.replicates))


def _panel(axes: Axes, best: BestValues) -> None:
    line = common_line(best.shared)
    shift = np.asarray(line.value.scale / best.shared.value.scale)
    count = len(best.environments)
    spread = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    for i, (colour, marker) in enumerate(environment_marks(count)):
        points(
            axes, best.utds * 1.05 ** spread[i], times(entry(best.best, i), shift[i]),
            colour=colour, marker=marker, bars=0.35, markersize=3.2,
        )  # fmt: skip
    x = smooth(best.utds)
    slope = entry(best.shared.exponent, 0)
    if best.is_single.all():
        text = "one value: nothing to fit"
        axes.set_ylim(min(best.constant) / 2, 2 * max(best.constant))
    else:
        law(axes, x, line.at(x), colour=DARK, label=_FIT, shade=0.12)
        text = f"slope ${slope.value:.2f}$"
        if np.isfinite(slope.low):
            text += f" [${slope.low:.2f}$, ${slope.high:.2f}$]"
    axes.set_title(text, fontsize=SMALLEST)
    with np.errstate(invalid="ignore"):
        level = np.exp(np.nanmean(np.log(best.constant * shift)))
    axes.axhline(level, color=GREY, linestyle="--", label=_MEAN)


@styled
def draw(study: Study, fits: Hyperparameters) -> Figure:
    """Draw best batch sizes and learning rates on a common line, with its slope."""
    figure, grid = new_figure(FULL, 2.6, columns=len(fits.fitted))
    for axes, best in zip(grid[0], fits.fitted, strict=True):
        _panel(axes, best)
        utd_axis(axes, best.utds, most=9)
        plain_axis(axes, "y", best_label(best.axis), most=6, unit=best.axis.unit)
    lines, _ = grid[0, 0].get_legend_handles_labels()
    handles = [*environment_handles(fits.fitted[0].environments), *lines]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=legend_columns(len(handles))
    )
    return figure


def caption(study: Study, fits: Hyperparameters) -> str:
    """Return the caption."""
    return captions.join(
        captions.head(study, r"best batch size and learning rate against $\sigma$"),
        "Every environment's best values are shifted by its own intercept onto a "
        "common line; the slope is shared. Dashed: the mean of the points in log "
        "space, a fit without a slope; it is not the constant hyperparameters that "
        "were run. Points are set slightly apart.",
        f"Source: runs{captions.archive(study, 'sweep')}.",
        captions.intervals(fits.fitted[0].best),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("hyperparameters",),
    shows="B\\*(σ) and η\\*(σ), all environments on one line",
    section="Results",
    notebook="analyze_grid_search",
    doubts=("edge of the grid", "one value"),
)
