"""Figure 2: the laws of σ and N, with a row for each group of tasks."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.records.model_size.record import TaskSizes
from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.style import DARK, FULL, GREY, new_figure, styled
from value_scaling.report.drawing.ticks import UTD_LABEL
from value_scaling.report.sizes.captions import BARS, head, join, sources
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.figures.optima_along_budget import (
    handles as optima_handles,
)
from value_scaling.report.sizes.panels import (
    SIZE_LABEL,
    draw_contours,
    draw_optima,
    optima_axes,
)
from value_scaling.report.sizes.results import SizeResults

_NAMES = ("data", "utd", "size")


def rows(results: SizeResults) -> dict[str, TaskSizes]:
    """Return the task of each group with the most optima inside the runs."""
    found = {}
    for _, tasks in results.groups():
        key = max(tasks, key=lambda each: int(tasks[each].optima.inside.sum()))
        found[key] = tasks[key]
    return found


@styled
def draw(results: SizeResults) -> Figure:
    """Draw contours of D, and D, σ* and N* along the budget, a row for each group."""
    shown = rows(results)
    figure, grid = new_figure(FULL, 1.75 * len(shown) + 0.4, rows=len(shown), columns=4)
    first = results.study.groups[0].name
    for row, task in zip(grid, shown.values(), strict=True):
        draw_contours(row[0], task)
        row[0].set(xlabel=UTD_LABEL, ylabel=SIZE_LABEL)
        group = results.group(task.group)
        title = f"{task.task} ({group.algorithm})"
        row[0].set_title(name_text(title), loc="left", fontweight="bold")
        original = results.record.published_optima.get(task.task)
        for axes, name in zip(row[1:], _NAMES, strict=True):
            draw_optima(
                axes, task.optima, name, original if task.group == first else None
            )
            optima_axes(axes, name)
    handles = [
        Line2D([], [], color=GREY, linewidth=0.7, label="Equal $D$"),
        Line2D([], [], color="#21918c", marker="*", linestyle="none",
               label="Optimum of a level"),
        Line2D([], [], color=DARK, marker=".", linestyle="none", label="Runs"),
        *optima_handles(results),
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


def caption(results: SizeResults) -> str:
    """Return the caption."""
    return join(
        head(results, r"data over $\sigma$ and $N$, and optima along the budget"),
        "For each algorithm and benchmark, the task with the most optima within the "
        "range that was run. Left: curves of equal data at the highest level (grey) "
        r"and the $\sigma^*$ and $N^*$ of each level, from the lowest (dark) to the "
        r"highest. Right: $D$, $\sigma^*$ and $N^*$ against the budget "
        r"$F=C+\delta D$, fitted to the circles and tested on the crosses. "
        r"\emph{Sign not determined}: the interval of the exponent includes zero.",
        "Figures of all tasks are in the appendix."
        * (len(results.tasks()) > len(rows(results))),
        BARS,
        sources(results),
    )


FIGURE = SizeFigure(
    draw=draw,
    caption=caption,
    has=lambda results: bool(results.tasks()),
    shows="Figure 2: data over σ and N, and optima along the budget",
    section="Results",
    answers="Figures 6, 7 and 8",
)
