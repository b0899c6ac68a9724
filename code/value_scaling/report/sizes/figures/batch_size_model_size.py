"""Figure of the best batch size over σ and N, with two fits."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import entry
from value_scaling.records.model_size.record import BatchFits
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.marks import law, level_limits, points
from value_scaling.report.drawing.style import DARK, panels, styled, utd_colours
from value_scaling.report.drawing.ticks import plain_axis, utd_text
from value_scaling.report.sizes.captions import head, join
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.panels import SIZE_LABEL, size_axis
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.text.latex import escape, with_bounds


def shown(results: SizeResults) -> dict[str, BatchFits]:
    """Return the best batch sizes of figures, then those of runs, by title."""
    found = dict(results.record.published_batches.get("default", {}))
    for key, task in results.tasks().items():
        if task.batch is not None:
            found[f"{results.title(key)}"] = task.batch
    return found


def _draw_panel(axes: Axes, fits: BatchFits) -> None:
    utds, sizes = np.unique(fits.utds), np.unique(fits.sizes)
    colours = utd_colours(utds)
    fine = np.geomspace(sizes[0], sizes[-1], 50)
    step = (sizes[1] / sizes[0]) ** 0.04
    for place, utd in enumerate(utds):
        colour, own = colours[float(utd)], fits.utds == utd
        at = np.full(50, utd)
        law(axes, fine, fits.at(at, fine), colour=colour, shade=0.1, linewidth=0.9)
        axes.plot(
            fine, fits.log_linear(at, fine), "--", color=colour, linewidth=0.7,
            alpha=0.8,
        )  # fmt: skip
        shift = step ** (place - (len(utds) - 1) / 2)
        points(
            axes, fits.sizes[own] * shift, entry(fits.best, own), colour=colour,
            markersize=3, bars=0.6,
        )  # fmt: skip
    level_limits(axes, fits.best)
    axes.set_xscale("log")
    size_axis(axes, sizes, label=False)
    plain_axis(axes, "y", "", most=5)


@styled
def draw(results: SizeResults) -> Figure:
    """Draw a panel for each task, with a colour for each σ."""
    found = shown(results)
    figure, flat = panels(len(found), height=1.6, top=0.35, most=3, same_x=False)
    for axes, (name, fits) in zip(flat, found.items(), strict=True):
        _draw_panel(axes, fits)
        why = "" if fits.status == "converged" else f": fit {fits.status}"
        axes.set_title(name_text(name + why), fontsize=7)
    figure.supxlabel(SIZE_LABEL, fontsize=8)
    figure.supylabel("Best batch size", fontsize=8)
    utds = np.unique(np.concatenate([each.utds for each in found.values()]))
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=3,
               label=rf"$\sigma$ = {utd_text(utd)}")
        for utd, colour in utd_colours(utds).items()
    ]  # fmt: skip
    handles += [
        Line2D([], [], color=DARK, label=r"$B(\sigma, N)$"),
        Line2D([], [], color=DARK, linestyle="--", label="Log-linear"),
    ]
    columns = len(handles) if len(found) > 1 else 3
    figure.legend(handles=handles, loc="outside upper center", ncols=columns)
    return figure


def caption(results: SizeResults) -> str:
    """Return the caption."""
    errors = results.record.figure_errors.get("default")
    figures = results.record.published_batches.get("default", {})
    runs = [name for name in shown(results) if name not in figures]
    return join(
        head(results, r"the best batch size over $\sigma$ and $N$"),
        r"Solid: $\tilde B(\sigma,N)=a_B\,\sigma^{-\alpha_B}/(1+b_BN^{-\beta_B})$, "
        r"with 95\% bands; dashed: a log-linear fit. A title says if the search for "
        r"$\tilde B$ ended at a limit: the data then do not determine it.",
        "Points of "
        + ", ".join(map(escape, figures))
        + " were read off the paper's Figures 5 and 11, because these runs are not "
        "public; their bands resample the residuals of the fit."
        if figures
        else "",
        f"Over these points, the mean errors are {with_bounds(errors.batch, 2)} and "
        f"{with_bounds(errors.log_linear, 2)} (intervals: over points)."
        if errors and figures
        else "",
        f"{', '.join(map(escape, runs))}: runs, with bootstrap intervals over seeds."
        if runs
        else "",
    )


FIGURE = SizeFigure(
    draw=draw,
    caption=caption,
    has=lambda results: bool(shown(results)),
    shows="the best batch size over σ and N, with two fits",
    section="Results",
    answers="Figures 5, 11 and 12",
)
