"""Figure of curves of equal data over σ and N, with the optima of all levels."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from value_scaling.report.drawing.environment_names import name_text
from value_scaling.report.drawing.style import DARK, GREY, panels, styled
from value_scaling.report.drawing.ticks import UTD_LABEL
from value_scaling.report.sizes.captions import head, join, sources
from value_scaling.report.sizes.entry import SizeFigure
from value_scaling.report.sizes.panels import SIZE_LABEL, draw_contours
from value_scaling.report.sizes.results import SizeResults
from value_scaling.report.sizes.words import exponent_status
from value_scaling.report.text.latex import escape

HANDLES = [
    Line2D([], [], color=GREY, linewidth=0.7, label="Equal $D$, highest level"),
    Line2D([], [], color=DARK, marker=".", linestyle="none", label="Runs"),
    Line2D([], [], color="#21918c", marker="*", linestyle="none",
           label="Optimum of a level, dark: low"),
]  # fmt: skip


@styled
def draw(results: SizeResults) -> Figure:
    """Draw a panel for each task."""
    tasks = results.tasks()
    figure, flat = panels(len(tasks), height=1.45, top=0.35, same_x=False)
    for axes, (key, task) in zip(flat, tasks.items(), strict=True):
        draw_contours(axes, task)
        axes.set_title(name_text(results.title(key)), fontsize=7)
    figure.supxlabel(UTD_LABEL, fontsize=8)
    figure.supylabel(SIZE_LABEL, fontsize=8)
    figure.legend(handles=HANDLES, loc="outside upper center", ncols=3)
    return figure


def caption(results: SizeResults) -> str:
    """Return the caption."""
    doubtful = [
        escape(results.title(key))
        for key, task in results.tasks().items()
        if any(exponent_status(task, name) for name in ("alpha", "beta"))
    ]
    return join(
        head(results, r"data over $\sigma$ and model size $N$"),
        r"Grey: curves of equal $D(\sigma,N)=D_{\min}+(a/\sigma)^\alpha+(b/N)^\beta$ "
        "at the highest level of each task, labelled in environment steps. Stars: "
        r"the $\sigma^*$ and $N^*$ of the smallest budget for each level that lie "
        r"within the range that was run, with 95\% bootstrap intervals over seeds.",
        f"At the highest level, the data do not determine an exponent in "
        f"{', '.join(doubtful)}." if doubtful else "",
        sources(results),
    )  # fmt: skip


FIGURE = SizeFigure(
    draw=draw,
    caption=caption,
    has=lambda results: bool(results.tasks()),
    shows="curves of equal D over σ and N, with the optima of all levels",
    section="Appendix",
    answers="Figure 6",
)
