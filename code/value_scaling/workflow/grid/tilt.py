"""Test whether the valley of the grid is tilted, so that B* depends on η."""

import numpy as np

from value_scaling.records import Estimate, estimate
from value_scaling.workflow.grid.sweep_table import NEVER, SweepTable


def tilt(table: SweepTable) -> Estimate:
    """Return the slope of log(winning B) on log η within each (environment, σ, level).

    For each η that reaches the level, the B that needs the least data wins (the
    geometric mean of tied ones). One slope is fitted to the winners of all
    environments, σ and levels by least squares, with an intercept for each of them. A
    slope of zero means that the valley lies along the axes; a positive one means that
    B* grows with η. The grid's edges pull the slope towards zero.

    Returns:
        [] scalar, averaged over the draws, with the interval of single draws; NaN if no
        (environment, σ, level) has winners at two η.
    """
    return table.once("tilt", lambda: _tilt(table))


def _tilt(table: SweepTable) -> Estimate:
    products = squares = np.zeros(table.replicates)
    for sizes, rates, steps in zip(*table.grids.values(), table.steps, strict=True):
        logs = np.log(sizes)[:, None, None, None]
        # [utds, learning rates, replicates, levels]; one σ at a time is in memory
        each = [_winner(own, logs) for own in steps]
        count, winner = map(np.stack, zip(*each, strict=True))
        voting = count > 0
        voters = np.maximum(voting.sum(axis=1, keepdims=True), 1)
        x = np.where(voting, np.log(rates)[:, None, None], 0.0)
        x = np.where(voting, x - x.sum(axis=1, keepdims=True) / voters, 0.0)
        products = products + (x * winner).sum(axis=(0, 1, 3))
        squares = squares + (x * x).sum(axis=(0, 1, 3))
    known = squares > 1e-12
    slopes = np.where(known, products / np.where(known, squares, 1.0), np.nan)
    value = slopes[known].mean() if known.any() else np.nan
    return estimate(np.array(value), slopes)


def _winner(steps: np.ndarray, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of winning B, and the mean of their logarithms.

    Args:
        steps: [batch sizes, learning rates, replicates, levels].
        logs: log B, [batch sizes, 1, 1, 1].

    Returns:
        [learning rates, replicates, levels] each.
    """
    least = steps.min(axis=0)
    wins = (steps == least) & (least < NEVER)
    count = wins.sum(axis=0)
    return count, (wins * logs).sum(axis=0) / np.maximum(count, 1)
