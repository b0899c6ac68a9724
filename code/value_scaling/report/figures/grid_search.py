"""Figure of the grid search: maps of the data of each setting relative to the best."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from value_scaling.records import BestValues, Crossings, Hyperparameters, Study
from value_scaling.records.axes import FITTED
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.environment_names import axis_label, name_text
from value_scaling.report.drawing.style import (
    COLUMN,
    FULL,
    SMALLEST,
    cell_colours,
    new_figure,
    styled,
)
from value_scaling.report.drawing.ticks import level_text, utd_text
from value_scaling.report.figure_entry import Entry

MARK = "#c40000"
NOT_RUN = "#e4e4e4"
_WORST = 4.0
"""Ratio to the data of the best setting at which the colours end."""


def grid_data(
    crossings: Crossings, env: str, utd: float, level: int, batches: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, tuple[float, ...]]:
    """Return data [learning rates, batch sizes], which cells were run, and rates."""
    cells = [s for s in crossings.settings if s.env == env]
    x, y = FITTED
    rates = tuple(sorted({s.values[y.name] for s in cells}))
    data = np.full((len(rates), len(batches)), np.nan)
    ran = np.zeros(data.shape, bool)
    for index, setting in enumerate(crossings.settings):
        if setting.env == env and setting.utd == utd:
            place = (
                rates.index(setting.values[y.name]),
                batches.index(setting.values[x.name]),
            )
            data[place], ran[place] = crossings.steps[index, level], True
    return data, ran, rates


def cell_place(value: float, grid: tuple[float, ...]) -> float:
    """Return the position of a value among the cells of its grid, in log space."""
    return float(np.interp(np.log(value), np.log(grid), np.arange(len(grid))))


def best_value(best: BestValues, env: str, utd: float) -> float:
    """Return the best value of an environment at σ; NaN if there is none."""
    if env not in best.environments or utd not in best.utds:
        return float("nan")
    row, column = best.environments.index(env), int(np.flatnonzero(best.utds == utd)[0])
    return float(best.best.value[row, column])


def _map(
    axes: Axes, data: np.ndarray, ran: np.ndarray, colours: Colormap, scale: LogNorm
) -> None:
    axes.set_facecolor(NOT_RUN)
    axes.grid(visible=False)
    reached = np.isfinite(data)
    if reached.any():
        best = np.nanmin(data)
        axes.imshow(
            np.minimum(data / best, _WORST), cmap=colours, norm=scale,
            origin="lower", aspect="auto", interpolation="nearest",
        )  # fmt: skip
        row, column = np.unravel_index(np.nanargmin(data), data.shape)
        axes.plot(column, row, "o", color="black", markersize=2.8, markeredgewidth=0)
    rows, columns = data.shape
    for row, column in np.argwhere(ran & ~reached):
        axes.add_patch(
            Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor="white", linewidth=0)
        )
        axes.plot(
            column, row, "x", color="#aaaaaa", markersize=2.5, markeredgewidth=0.6
        )
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(-0.5, rows - 0.5))
    for spine in axes.spines.values():
        spine.set(visible=True, linewidth=0.4)


@styled
def draw(study: Study, crossings: Crossings, fits: Hyperparameters) -> Figure:
    """Draw data to the top level over the (B, η) grid, for each environment and σ."""
    envs = study.ordered(crossings.settings)
    utds = sorted({s.utd for s in crossings.settings})
    level = len(crossings.levels) - 1
    wide = FULL if len(utds) > 2 else COLUMN
    x, y = FITTED
    batches = tuple(sorted({s.values[x.name] for s in crossings.settings}))
    tall = max(0.72, 0.1 + 0.048 * max(map(len, envs)))  # the longest name must fit
    figure, grid = new_figure(
        wide, max(tall * len(envs), 1.2) + 0.75, rows=len(envs), columns=len(utds)
    )
    somewhere_not_run = False
    colours, scale = cell_colours(), LogNorm(1, _WORST)
    for row, env in enumerate(envs):
        for column, utd in enumerate(utds):
            axes = grid[row, column]
            data, ran, rates = grid_data(crossings, env, utd, level, batches)
            somewhere_not_run |= not ran.all()
            _map(axes, data, ran, colours, scale)
            best = [best_value(values, env, utd) for values in fits.fitted]
            if np.isfinite(best).all():
                axes.plot(
                    cell_place(best[0], batches), cell_place(best[1], rates), "D",
                    markersize=3.5, markerfacecolor="none", markeredgecolor=MARK,
                    markeredgewidth=1,
                )  # fmt: skip
            axes.set_xticks(
                range(len(batches)),
                [str(b) for b in batches] if row == len(envs) - 1 else [],
                fontsize=SMALLEST, rotation=90 if len(batches) > 3 else 0,
            )  # fmt: skip
            axes.set_yticks(
                range(len(rates)),
                [f"{rate / y.unit:g}" for rate in rates] if column == 0 else [],
                fontsize=SMALLEST,
            )
            axes.tick_params(length=1.5)
            if row == 0:
                axes.set_title(rf"$\sigma$ = {utd_text(utd)}")
        grid[row, 0].set_ylabel(name_text(env), fontsize=SMALLEST)
    figure.supxlabel(axis_label(x), fontsize=8)
    figure.supylabel(axis_label(y), fontsize=8)
    bar = figure.colorbar(
        ScalarMappable(scale, colours), ax=grid, pad=0.01, aspect=30, fraction=0.03
    )
    bar.set_ticks([1, 1.5, 2, 3, 4], labels=["1", "1.5", "2", "3", "≥ 4"])
    bar.minorticks_off()
    bar.set_label("Data / best setting's data")
    bar.outline.set_linewidth(0.4)
    none: dict[str, Any] = {"linestyle": "none"}
    figure.legend(
        handles=[
            Line2D([], [], marker="o", color="black", markersize=2.8,
                   label="Best setting", **none),
            Line2D([], [], marker="D", markerfacecolor="none", markersize=3.5,
                   markeredgecolor=MARK, label=r"$B^{*}$, $\eta^{*}$", **none),
            Line2D([], [], marker="x", color="#aaaaaa", **none,
                   label=f"Never reaches $J$ = {level_text(crossings.levels[level])}"),
            *[Patch(facecolor=NOT_RUN, label="Not run")] * somewhere_not_run,
        ],
        loc="outside upper center",
        ncols=4,
    )  # fmt: skip
    return figure


def caption(study: Study, crossings: Crossings, fits: Hyperparameters) -> str:
    """Return the caption."""
    return captions.join(
        captions.head(study, "the grid search"),
        f"Data to reach {captions.level(crossings.levels[-1])} for every batch size "
        r"and learning rate, for each environment (rows) and $\sigma$ (columns), as a "
        r"multiple of the data of the best setting (dot); diamond: $B^*$, $\eta^*$, "
        "averaged over bootstrap draws and over the levels that decide them.",
        f"Source: runs{captions.archive(study, crossings.set_name)}; single cells "
        "are point estimates without an interval.",
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("sweep", "hyperparameters"),
    shows="data to the top level over the whole (B, η) grid",
    section="Appendix",
    notebook="analyze_grid_search",
    doubts=("hole in the grid", "undeclared setting", "short run"),
)
