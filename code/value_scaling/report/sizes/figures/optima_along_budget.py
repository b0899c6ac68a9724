"""Figure of D, C, σ* and N* along the budget."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.style import (
    DARK,
    FULL,
    GREY,
    OURS,
    new_figure,
    styled,
)
from value_scaling.report.sizes.captions import BARS, head, join, sources
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.panels import SQUARES, draw_optima, optima_axes
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.sizes.words import LATEX


def handles(results: SizeResults) -> list[Line2D]:
    """Return the entries of a legend."""
    original = results.record.published_optima
    return [
        Line2D([], [], color=OURS, marker="o", linestyle="none", markersize=3,
               label="Fitted levels"),
        Line2D([], [], color=DARK, marker="x", linestyle="none", label="Held out"),
        Line2D([], [], color=GREY, label="Fit"),
        *([Line2D([], [], **SQUARES)] if original else []),
    ]  # fmt: skip


@styled
def draw(results: SizeResults) -> Figure:
    """Draw a row for each task of the groups with few tasks."""
    tasks = results.few()
    figure, grid = new_figure(
        FULL, 1.25 * len(tasks) + 0.35, rows=len(tasks), columns=len(LATEX)
    )
    last = list(tasks)[-1]
    first = results.study.groups[0].name
    for row, (key, task) in zip(grid, tasks.items(), strict=True):
        original = results.record.published_optima.get(task.task)
        for axes, name in zip(row, LATEX, strict=True):
            draw_optima(
                axes, task.optima, name, original if task.group == first else None
            )
            optima_axes(axes, name, x_label=key == last)
        title = name_text(results.title(key))
        row[0].set_title(title, fontsize=7, loc="left", fontweight="bold")
    shown = handles(results)
    figure.legend(handles=shown, loc="outside upper center", ncols=len(shown))
    return figure


def caption(results: SizeResults) -> str:
    """Return the caption."""
    return join(
        head(results, r"$D$, $C$, $\sigma^*$ and $N^*$ along the budget"),
        r"Each point is the optimum of one level. Levels whose $\sigma^*$ or $N^*$ "
        "lies outside the range that was run are left out. The fit rests on the "
        f"circles and is tested on the crosses, the {results.study.held_out_levels} "
        "largest budgets.",
        "Grey squares: the optima that follow from the paper's own fits (Figures 7 "
        "and 8)." * bool(results.record.published_optima),
        "A panel without a line rests on fewer than four "
        "optima or on budgets that span less than a factor of one and a half. "
        r"\emph{Sign not determined}: the interval of the exponent includes zero.",
        BARS,
        "Intervals that leave a panel are cut at its edge.",
        sources(results, tuple({task.group: "" for task in results.few().values()})),
    )


FIGURE = SizeFigure(
    draw=draw,
    caption=caption,
    has=lambda results: bool(results.few()),
    shows="D(F), C(F), σ\\*(F) and N\\*(F), with held-out levels",
    section="Results",
    answers="Figures 7 and 8",
)
