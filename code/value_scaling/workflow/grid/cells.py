"""The cell of a grid that each rule chooses, and its regret on the other seeds."""

from collections.abc import Callable, Mapping

import numpy as np

from value_scaling.workflow.grid.split_seeds import Halves
from value_scaling.workflow.grid.sweep_table import NEVER, SweepTable

NONE = -1
"""Index that stands for no cell, where none can be chosen."""
_TIE = 9
"""Decimals to which distances in grid steps are rounded before they are compared."""
Cells = np.ndarray
"""[halves, environments, utds], index into the flattened grid of the environment, or
`NONE`."""
Weights = tuple[np.ndarray, ...]
"""[halves, utds, cells] for each environment: weight of each cell of the flattened grid
in the mean of the logarithm of data; all zero where nothing is chosen."""


def best_cells(halves: Halves) -> Cells:
    """Return the cell that reaches the most levels.

    Of several such cells, it is the one that needs the least data on average (geometric
    mean).
    """
    found = []
    for steps, ran in zip(halves.whole.steps, halves.whole.ran, strict=True):
        flat = steps.reshape(len(steps), -1, *steps.shape[3:])
        reached = flat < NEVER
        count = reached.sum(axis=-1)
        logs = np.where(reached, np.log(flat), 0.0).sum(axis=-1)
        order = np.where(count == count.max(axis=1, keepdims=True), logs, np.inf)
        order = np.where(ran.reshape(len(ran), -1, 1), order, np.inf)
        winner = np.where(count.max(axis=1) > 0, order.argmin(axis=1), NONE)
        found.append(winner.T)  # [halves, utds]
    return np.stack(found, axis=1)


def neighbours(utds: np.ndarray) -> np.ndarray:
    """Return the index of the nearest other σ in logarithms; the smaller of two."""
    away = np.abs(np.log(utds)[:, None] - np.log(utds))
    np.fill_diagonal(away, np.inf)
    return np.round(away, _TIE).argmin(axis=1)


def moved_cells(halves: Halves, cells: Cells, source: np.ndarray) -> Cells:
    """Move the cell of another σ to each σ: to the nearest cell of the grid there.

    Args:
        source: [utds], index of the other σ.
    """
    table, wanted = halves.whole, {}
    there = cells[:, :, source]
    for axis, name in enumerate(table.grids):
        values = np.full(there.shape, np.nan)
        for e in range(len(table.environments)):
            flat = np.array(np.meshgrid(*table.grids_of(e), indexing="ij"))[
                axis
            ].ravel()
            values[:, e] = np.where(there[:, e] == NONE, np.nan, flat[there[:, e]])
        wanted[name] = values
    return nearest_cells(table, wanted)


def one_cell(table: SweepTable, cells: Cells) -> Weights:
    """Give all of the weight to one cell."""
    return tuple(
        (cells[:, e, :, None] == np.arange(ran[0].size)).astype(float)
        for e, ran in enumerate(table.ran)
    )


def fitted_between(
    table: SweepTable,
    best: Mapping[str, np.ndarray],
    fit: Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]],
    *,
    left_out: bool = False,
) -> Weights:
    """Divide the weight between the cells around fits through the best values.

    Args:
        left_out: whether the fit for each σ leaves out the values at that σ.
    """
    if not left_out:
        fitted = {name: fit(table.utds, own)(table.utds) for name, own in best.items()}
        return between_cells(table, fitted)
    fitted = {}
    for name, own in best.items():
        values = np.full(own.shape, np.nan)
        for u in range(len(table.utds)):
            others = np.where(np.arange(len(table.utds)) == u, np.nan, own)
            values[..., u] = fit(table.utds, others)(table.utds)[..., u]
        fitted[name] = values
    return between_cells(table, fitted)


def between_cells(table: SweepTable, wanted: Mapping[str, np.ndarray]) -> Weights:
    """Divide the weight between the four cells around each (B, η).

    The weights are linear in log B and log η. Beyond the grid that was run at a σ, the
    edge of the grid counts. Cells that were not run have no weight; if none of the four
    was run, the nearest cell has all of it.

    Args:
        wanted: by name, [halves, environments, utds]; NaN where nothing is wanted.
    """
    nearest = one_cell(table, nearest_cells(table, wanted))
    found = []
    for e, ran in enumerate(table.ran):
        shares = nearest[e].copy()
        for u, own in enumerate(ran):
            if not own.any():
                continue
            sides = []
            for axis, (name, values) in enumerate(wanted.items()):
                grid = np.log(table.grids[name][e])
                there = np.flatnonzero(own.any(axis=1 - axis))
                order = np.arange(len(there))
                at = np.interp(np.log(values[:, e, u]), grid[there], order)
                side = np.zeros((len(at), len(grid)))
                side[:, there] = np.maximum(0.0, 1 - np.abs(order - at[:, None]))
                sides.append(side)
            weights = (sides[0][:, :, None] * sides[1][:, None, :] * own).reshape(
                len(shares), -1
            )
            total = weights.sum(axis=1)
            inside = (total > 0) & nearest[e][:, u].any(axis=1)
            shares[inside, u] = weights[inside] / total[inside, None]
        found.append(shares)
    return tuple(found)


def nearest_cells(table: SweepTable, wanted: Mapping[str, np.ndarray]) -> Cells:
    """Return the cell that was run nearest to each (B, η), in steps of the grid.

    Args:
        wanted: by name, [halves, environments, utds]; NaN where nothing is wanted.
    """
    found = []
    for e, ran in enumerate(table.ran):
        distance = np.zeros(())
        grids = np.meshgrid(*table.grids_of(e), indexing="ij")
        for grid, values in zip(grids, wanted.values(), strict=True):
            logs = np.log(np.unique(grid))
            step = np.diff(logs).mean() if len(logs) > 1 else 1.0
            away = np.log(values[:, e, :, None]) - np.log(grid.ravel())
            distance = distance + (away / step) ** 2
        known = np.isfinite(distance).all(axis=-1)
        distance = np.where(ran.reshape(len(ran), -1), distance, np.inf)
        winner = np.round(distance, _TIE).argmin(axis=-1)
        found.append(np.where(known & ran.any(axis=(1, 2)), winner, NONE))
    return np.stack(found, axis=1)


def log_regret(halves: Halves, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithm of each choice's data over the data of the best cell.

    Both are measured on the other half of the same split.

    Returns:
        [halves, environments, utds, levels], NaN where nothing is chosen or no cell
        reaches the level; and the weight of the cells that do not reach it.
    """
    logs, never = [], []
    for steps, last, weight in zip(
        halves.whole.steps, halves.whole.last_steps, weights, strict=True
    ):
        flat = steps.reshape(len(steps), -1, *steps.shape[3:])
        ends = last.reshape(len(last), -1, 1)
        # [halves, utds, cells, levels], of the other half of the same split
        others = np.moveaxis(flat, 2, 0)
        others = others.reshape(-1, 2, *others.shape[1:])[:, ::-1].reshape(others.shape)
        least = others.min(axis=2, keepdims=True)
        reached = others < NEVER
        needed = np.where(reached, others, np.maximum(ends, least))
        over = np.log(needed) - np.log(least)
        counts = (least[:, :, 0] < NEVER) & np.asarray(weight.any(axis=2))[..., None]
        own = (weight[..., None] * over).sum(axis=2)
        logs.append(np.where(counts, own, np.nan))
        missed = (weight[..., None] * ~reached).sum(axis=2)
        never.append(np.where(counts, missed, 0.0))
    return np.stack(logs, axis=1), np.stack(never, axis=1)
