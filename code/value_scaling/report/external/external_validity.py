"""Figure of the exponents of D_J in runs that others made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records import Estimate
from value_scaling.records.external.record import (
    ALL,
    AxisExponents,
    PaperExponent,
    PooledExponent,
    TaskExponent,
)
from value_scaling.report.drawing.captions import join
from value_scaling.report.drawing.style import (
    BLUE,
    DARK,
    FULL,
    GREY,
    ORANGE,
    new_figure,
    styled,
)
from value_scaling.report.external.results import NAMES, UTD, ExternalResults
from value_scaling.report.text.latex import escape

SLUG = "external_validity"
_LIMITS = (-1.5, 1.3)
_ROW, _HEIGHT = 1.0, 0.055
"""Height of a task in the units of a panel, and in inches."""
_GAP, _MEAN = 2.2, 2.0
_SOFT = "#b9b9b9"


@dataclass(frozen=True)
class _Block:
    """Tasks that are drawn together, with their mean."""

    label: str
    pooled: PooledExponent
    tasks: tuple[TaskExponent, ...]
    paper: PaperExponent | None = None

    @property
    def rows(self) -> float:
        return _ROW * len(self.tasks) + _MEAN + _GAP


@styled
def draw(everything: Sequence[ExternalResults]) -> Figure:
    """Draw every task and every mean, with a panel for each study of many benchmarks.

    The last panel has the studies of one benchmark, and the other axes of all.
    """
    panels = _panels(everything)
    most = max(sum(block.rows for block in blocks) for _, blocks in panels)
    figure, grid = new_figure(
        FULL, 0.75 + _HEIGHT * most, columns=len(panels), sharex=True
    )
    for axes, (title, blocks) in zip(grid[0], panels, strict=True):
        _draw_blocks(axes, blocks, most)
        axes.set_title(title, loc="left", fontweight="bold")
        axes.set_xlabel("Exponent $x$ of the data $D_J$")
    figure.legend(handles=_handles(), loc="outside upper center", ncols=5)
    return figure


def _panels(everything: Sequence[ExternalResults]) -> list[tuple[str, list[_Block]]]:
    found: list[tuple[str, list[_Block]]] = []
    others: list[_Block] = []
    single: list[str] = []
    for results in everything:
        axis = results.axis(UTD)
        blocks = _utd_blocks(results, axis) if axis else []
        if len(results.study.benchmarks) > 1 and blocks:
            found.append((rf"{results.study.title}, $\sigma^x$", blocks))
        elif blocks:
            single.append(results.study.title)
            others += blocks
    for name in ("width", "batch_size"):
        for results in everything:
            other = results.axis(name)
            if other:
                symbol = f"${NAMES[name][1]}^x$"
                label = f"{results.study.title}, {symbol}"
                others.append(_all_tasks(label, other))
    if others:
        found.append((" and ".join([*single, "other axes"]), others))
    return found


def _utd_blocks(results: ExternalResults, axis: AxisExponents) -> list[_Block]:
    benchmarks = results.benchmarks(axis)
    blocks = []
    for each in benchmarks:
        own = tuple(task for task in axis.fitted if task.benchmark == each.name)
        pooled = axis.group(each.name)
        assert pooled is not None
        label = each.title
        if len(results.study.benchmarks) == 1:
            label = rf"{results.study.title}, $\sigma^x$"
        paper = results.paper.get(each.compared_with or "")
        blocks.append(_Block(f"{label}\n({len(own)} of {len(each.tasks)})",
                             pooled, _sorted(own), paper))  # fmt: skip
    everything = axis.group(ALL)
    if len(benchmarks) > 1 and everything is not None:
        blocks.append(_Block("All tasks", everything, ()))
    return blocks


def _all_tasks(label: str, axis: AxisExponents) -> _Block:
    everything = axis.group(ALL)
    assert everything is not None
    label = f"{label}\n({len(axis.fitted)} of {len(axis.tasks)})"
    return _Block(label, everything, _sorted(axis.fitted))


def _sorted(tasks: tuple[TaskExponent, ...]) -> tuple[TaskExponent, ...]:
    return tuple(sorted(tasks, key=lambda each: float(each.exponent.value)))


def _draw_blocks(axes: Axes, blocks: Sequence[_Block], most: float) -> None:
    axes.axvline(0, color=DARK, linewidth=0.7, zorder=1)
    top, ticks, labels = 0.0, [], []
    for block in blocks:
        end = top + block.rows - _GAP
        for number, task in enumerate(block.tasks):
            _draw_task(axes, task, top + _ROW * (number + 0.5))
        mean = end - _MEAN / 2
        _draw_mean(axes, block.pooled, mean)
        if block.paper is not None and np.isfinite(block.paper.exponent):
            x = block.paper.exponent
            axes.plot([x, x], [top, end], color=ORANGE, linewidth=1.1, zorder=2)
        ticks.append((top + end) / 2)
        labels.append(block.label)
        top = end + _GAP
    axes.set_ylim(max(most, top) - _GAP + 1, -1)
    axes.set_xlim(*_LIMITS)
    axes.set_yticks(ticks, labels)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def _draw_task(axes: Axes, task: TaskExponent, y: float) -> None:
    own, shrunk = task.exponent, task.pooled
    axes.hlines(y, own.low, own.high, color=_SOFT, linewidth=0.8, zorder=1.5)
    decided = own.low > 0 or own.high < 0
    axes.plot(own.value, y, "o", markersize=2.0, color=GREY if decided else "white",
              markeredgecolor=GREY, markeredgewidth=0.6, zorder=2.4)  # fmt: skip
    axes.plot(shrunk.value, y, "|", markersize=3.2, color=BLUE, zorder=2.6)
    if own.low > 0:
        axes.annotate(
            task.task.removesuffix("-v0"), (float(own.high), y), va="center",
            xytext=(2, -0.5), textcoords="offset points", color=DARK, fontsize=7,
        )  # fmt: skip


def _draw_mean(axes: Axes, pooled: PooledExponent, y: float) -> None:
    _whisker(axes, pooled.new_task, y, linewidth=0.7)
    _whisker(axes, pooled.mean, y, linewidth=2.4)
    axes.plot(pooled.mean.value, y, "D", markersize=4, color=BLUE, zorder=3,
              markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip


def _whisker(axes: Axes, values: Estimate, y: float, *, linewidth: float) -> None:
    if np.isfinite(values.low) and np.isfinite(values.high):
        axes.hlines(
            y, values.low, values.high, color=BLUE, linewidth=linewidth, zorder=2.8
        )


def _handles() -> list[Line2D]:
    grey: dict[str, Any] = {"color": GREY, "markeredgecolor": GREY, "linestyle": "none"}
    return [
        Line2D([], [], marker="o", markersize=2.5, label="Task alone, decided", **grey),
        Line2D([], [], marker="o", markersize=2.5, markerfacecolor="white",
               label="undecided", **grey),
        Line2D([], [], marker="|", color=BLUE, linestyle="none", markersize=5,
               label="Partially pooled"),
        Line2D([], [], marker="D", color=BLUE, linewidth=2, markersize=4,
               label="Mean over tasks"),
        Line2D([], [], color=ORANGE, label="The paper's Figure 1"),
    ]  # fmt: skip


def caption(everything: Sequence[ExternalResults]) -> str:
    """Return the caption as LaTeX."""
    share = everything[0].record.share
    titles = ", ".join(escape(each.study.title) for each in everything)
    sources = dict.fromkeys(
        f"{escape(each.study.source)} ({escape(each.study.licence)})"
        for each in everything
    )
    return join(
        rf"\textbf{{Exponents of the data in runs of others: {titles}.}}",
        r"$D_J\propto\sigma^x$, and for other axes $D_J\propto w^x$ ($w$: width of "
        rf"the critic) and $B^x$. $J$ lies {100 * share:.0f}\% of the way from the "
        "untrained return to the best return of the worst arm, so that every arm "
        r"reaches it. Grey: each task alone, with its 95\% interval over seeds and "
        "over what the coarse log hides; filled if the interval excludes zero. Blue: "
        "the task after partial pooling within its benchmark, and the mean with its "
        "interval (thick) and the prediction interval of another task (thin). Counts: "
        "fitted tasks of all tasks. Orange: exponent of the digitised points of the "
        r"original Figure 1 in the same range of $\sigma$. Named tasks need more data "
        "at larger values. Intervals beyond the axis are cut.",
        f"Source: {'; '.join(sources)}.",
    )
