"""Figure of TD errors against batch size and model size."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import entry
from value_scaling.records.model_size.critics import TdErrors
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.marks import points
from value_scaling.report.drawing.style import DARK, panels, styled, utd_colours
from value_scaling.report.drawing.ticks import plain_axis, run_axis, utd_text
from value_scaling.report.sizes.captions import head, join
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.panels import size_axis
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.text.latex import escape, number

_FILLS: dict[str, dict[str, Any]] = {
    "train": {"markerfacecolor": "white", "markeredgewidth": 0.7},
    "validation": {},
}


def _by_batch(results: SizeResults) -> dict[str, TdErrors]:
    """Return the tasks that were run with several batch sizes at one σ and N."""
    found = results.record.td_errors
    return {key: each for key, each in found.items() if len(each.by_batch.utds)}


def _lines(
    axes: Axes, found: TdErrors, x: np.ndarray, groups: dict[float, np.ndarray]
) -> None:
    """Draw both errors of each group of settings, joined along x."""
    colours = utd_colours(np.array(list(groups)))
    for key, own in groups.items():
        colour = colours[key]
        order = np.flatnonzero(own)[np.argsort(x[own], kind="stable")]
        for name, fill in _FILLS.items():
            values = entry(getattr(found, name), order)
            points(axes, x[order], values, colour=colour, markersize=2.8, **fill)
            known = np.isfinite(values.value)
            axes.plot(
                x[order][known], values.value[known], color=colour, linewidth=0.7,
                linestyle="-" if name == "validation" else ":",
            )  # fmt: skip
    axes.set(xscale="log", yscale="log")


def _panels(results: SizeResults) -> Iterator[tuple[str, TdErrors, float]]:
    """Yield the title, the errors and the σ of each panel; σ = 0: against N, all σ."""
    for key, found in _by_batch(results).items():
        for utd in np.unique(found.utds)[[0, -1]]:
            title = rf"{name_text(results.title(key))}, $\sigma$ = {utd_text(utd)}"
            yield title, found, float(utd)
    for key, found in results.record.td_errors.items():
        if key not in _by_batch(results):
            yield name_text(results.title(key)), found, 0.0


@styled
def draw(results: SizeResults) -> Figure:
    """Draw errors against B where several were run, and against N elsewhere."""
    shown = list(_panels(results))
    figure, flat = panels(len(shown), height=1.6, top=0.5, same_x=False)
    utds: set[float] = set()
    sizes: set[float] = set()
    for axes, (title, found, utd) in zip(flat, shown, strict=True):
        if utd:
            own = found.utds == utd
            widths = np.unique(found.widths)
            _lines(axes, found, found.batch_sizes,
                   {float(w): own & (found.widths == w) for w in widths})  # fmt: skip
            run_axis(axes, found.batch_sizes, label="Batch size $B$", most=5)
            sizes |= {*widths.tolist()}
        else:
            by_utd = {float(u): found.utds == u for u in np.unique(found.utds)}
            _lines(axes, found, found.sizes, by_utd)
            size_axis(axes, found.sizes)
            utds |= {*np.unique(found.utds).tolist()}
        plain_axis(axes, "y", "", most=4)
        axes.set_title(title, fontsize=7)
    figure.supylabel("TD error at the end", fontsize=8)
    handles = [
        Line2D([], [], color=DARK, marker="o", markersize=3, label="Validation"),
        Line2D([], [], color=DARK, marker="o", markersize=3, linestyle=":",
               markerfacecolor="white", label="Training"),
    ]  # fmt: skip
    for values, label in ((sizes, "width {:g}"), (utds, r"$\sigma$ = {:g}")):
        if values:
            handles += [
                Line2D([], [], color=colour, label=label.format(value))
                for value, colour in utd_colours(np.array(sorted(values))).items()
            ]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=-(-len(handles) // 2)
    )
    return figure


def caption(results: SizeResults) -> str:
    """Return the caption."""
    slopes = []
    for key, found in _by_batch(results).items():
        values = found.by_batch.validation
        below = int((values.high < 0).sum())
        above = int((values.low > 0).sum())
        slopes.append(
            f"{escape(results.title(key))}: from "
            f"{number(np.nanmin(values.value), 2)} to "
            f"{number(np.nanmax(values.value), 2)} over {len(values.value)} pairs of "
            rf"$\sigma$ and $N$, above zero in {above} and below zero in {below}"
        )
    return join(
        head(results, "TD errors against batch size and model size"),
        "Means over the last tenth of the rows; validation transitions enter no "
        r"update. The paper's Figure 1 shows that a larger $B$ raises the validation "
        "error of small critics (TD-overfitting); the runs with BRO at several $B$ are "
        "not public.",
        "Slopes of the logarithm of the validation error in that of $B$: "
        + "; ".join(slopes) + " (intervals that exclude zero)."
        if slopes else "",
        r"Panels against $N$: each setting has its own $B$, from an earlier rule of "
        r"the authors. Bars: 95\% bootstrap intervals over seeds; for SimbaV2, over "
        "jobs of five seeds.",
    )  # fmt: skip


FIGURE = SizeFigure(
    draw=draw,
    caption=caption,
    has=lambda results: bool(results.record.td_errors),
    shows="TD errors in training and validation against B and N",
    section="Appendix",
    answers="parts of Figures 1, 2 and 13",
)
