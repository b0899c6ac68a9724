"""Interactive maps of the grid search."""

import numpy as np

from value_scaling.records import Crossings, Hyperparameters, Study
from value_scaling.records.axes import FITTED
from value_scaling.report.drawing.ticks import level_text, steps_text
from value_scaling.report.figures.grid_search import (
    best_value,
    cell_place,
    grid_data,
)
from value_scaling.report.html.marks import Panel, axis, cells, name_html, panel, points
from value_scaling.report.html.plots.common import utd_name

_WORST = 4.0
"""Ratio to the data of the best setting at which the colours end."""


def grid_search(
    study: Study, crossings: Crossings, fits: Hyperparameters
) -> list[Panel]:
    """Return data to the top level over the (B, η) grid, by environment and σ."""
    level = len(crossings.levels) - 1
    x, y = FITTED
    batches = tuple(sorted({s.values[x.name] for s in crossings.settings}))
    found = []
    for env in study.ordered(crossings.settings):
        for utd in sorted({s.utd for s in crossings.settings}):
            data, ran, rates = grid_data(crossings, env, utd, level, batches)
            best = [best_value(values, env, utd) for values in fits.fitted]
            marks = [
                cells(
                    [str(b) for b in batches],
                    [f"{rate:g}" for rate in rates],
                    np.minimum(_ratio(data), _WORST),
                    _labels(data, ran, level_text(crossings.levels[level])),
                )
            ]
            if np.isfinite(best).all():
                marks.append(
                    points(
                        np.array([cell_place(best[0], batches)]),
                        np.array([cell_place(best[1], rates)]),
                        name="B*, η*",
                        colour="red",
                        symbol="diamond",
                        hollow=True,
                        labels=[f"B* = {best[0]:.3g}, η* = {best[1]:.3g}"],
                    )
                )
            title = f"{name_html(env)}, σ = {utd_name(utd)}"
            across, up = (
                axis(f"{each.words.capitalize()} {each.symbol}", log=False)
                for each in (x, y)
            )
            found.append(panel(title, across, up, marks, small=True))
    return found


def _ratio(data: np.ndarray) -> np.ndarray:
    best = np.nanmin(data) if np.isfinite(data).any() else np.nan
    return data / best


def _labels(data: np.ndarray, ran: np.ndarray, level: str) -> list[list[str]]:
    ratio = _ratio(data)

    def text(at: tuple[int, int]) -> str:
        if not ran[at]:
            return "not run"
        if not np.isfinite(data[at]):
            return f"never reaches J = {level}"
        return f"{steps_text(data[at])} steps, {ratio[at]:.2f} × the best"

    rows, columns = data.shape
    return [[text((row, column)) for column in range(columns)] for row in range(rows)]
