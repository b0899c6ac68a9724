"""The cells of one environment: those that were run, and those that could be run."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import Crossings, Setting, Study
from value_scaling.workflow.grid.pooled_levels import pooled_levels
from value_scaling.workflow.grid.sweep_table import NEVER, sweep_table

_NOISE = 0.02
"""Variance of the log data of one seed if no setting has two seeds."""
_DIGITS = 3


@dataclass(frozen=True)
class Cells:
    """Cells of one environment, and what the runs say about them."""

    settings: tuple[Setting, ...]
    """[cells]."""
    places: np.ndarray
    """[cells, 3], logarithms of σ, B and η in steps of the grid."""
    rows: tuple[np.ndarray, ...]
    """Indices of the cells of each σ."""
    beyond: np.ndarray
    """[cells] of bool, whether the cell lies outside the values that were run."""
    seeds: np.ndarray
    """[cells], seeds that were run; 0 for none."""
    values: np.ndarray
    """[cells], log data, averaged over replicates; NaN if not run."""
    noise: float
    """Variance of the log data of one seed."""
    steps: np.ndarray
    """[cells], steps of a run: those of the longest run at this σ."""


def cells_of(
    crossings: Crossings, study: Study, *, extend: bool, wanted: tuple[Setting, ...]
) -> dict[str, Cells]:
    """Arrange the crossings of a sweep for a search, by environment.

    Args:
        extend: whether to add a cell beyond each end of each grid.
        wanted: further settings that may be chosen.
    """
    deciding = np.array(study.deciding_levels)
    table = pooled_levels(sweep_table(crossings, study.environment_names, deciding))
    seeds = dict(zip(crossings.settings, crossings.seeds.tolist(), strict=True))
    found = {}
    for e, env in enumerate(table.environments):
        own = [each for each in wanted if each.env == env]
        utds = sorted({*table.utds.tolist(), *(each.utd for each in own)})
        sizes, rates = (
            sorted({*grid.tolist(), *(getattr(each, name) for each in own)})
            for name, grid in zip(table.grids, table.grids_of(e), strict=True)
        )
        data = table.steps[e]
        longest = float(table.longest[e].max())
        ends = dict(zip(table.utds.tolist(), table.longest[e].tolist(), strict=True))
        settings, beyond, values, spreads, steps = [], [], [], [], []
        for utd in utds:
            for size in _extended(sizes, whole=True) if extend else sizes:
                for rate in _extended(rates, whole=False) if extend else rates:
                    setting = Setting(env, utd, int(size), rate)
                    settings.append(setting)
                    beyond.append(size not in sizes or rate not in rates)
                    steps.append(ends.get(utd) or longest)
                    if setting not in seeds:
                        values.append(np.nan)
                        continue
                    cell = (
                        int(np.searchsorted(table.utds, utd)),
                        *(
                            int(np.searchsorted(grid, value))
                            for grid, value in zip(
                                table.grids_of(e), (size, rate), strict=True
                            )
                        ),
                    )
                    drawn = data[cell][:, 0].astype(float)
                    logs = np.log(np.where(drawn == NEVER, steps[-1], drawn))
                    values.append(float(logs.mean()))
                    if (count := seeds[setting]) > 1 and (drawn != NEVER).all():
                        # The variance of a bootstrap mean is (n - 1)/n² of a seed's.
                        spreads.append(float(logs.var()) * count**2 / (count - 1))
        found[env] = Cells(
            tuple(settings),
            _places(settings),
            tuple(
                np.flatnonzero([each.utd == utd for each in settings]) for utd in utds
            ),
            np.array(beyond),
            np.array([seeds.get(each, 0) for each in settings]),
            np.array(values),
            float(np.mean(spreads)) if spreads else _NOISE,
            np.array(steps),
        )
    return found


def _extended(values: list[float], *, whole: bool) -> list[float]:
    """Add a value beyond each end, at the ratio of the two values at that end."""
    if len(values) < 2:
        return values
    low, high = values[0] ** 2 / values[1], values[-1] ** 2 / values[-2]
    rounded = [
        float(max(1, round(each)) if whole else f"{each:.{_DIGITS - 1}e}")
        for each in (low, high)
    ]
    return sorted({*values, *rounded})


def _places(settings: list[Setting]) -> np.ndarray:
    """Return logarithms of σ, B and η in units of the median step of each axis."""
    columns = []
    for name in ("utd", "batch_size", "learning_rate"):
        logs = np.log([float(getattr(each, name)) for each in settings])
        steps = np.diff(np.unique(np.round(logs, 9)))
        columns.append(logs / (float(np.median(steps)) if len(steps) else 1.0))
    return np.stack(columns, axis=1)
