"""The cheapest point of a frontier: minimise compute + δ·data over σ."""

from dataclasses import dataclass

import numpy as np

from value_scaling.stats.power_law import PowerLaw

FLOPS_PER_PARAMETER = 10
"""k in C_J = k·N·B·σ·D_J: critic forward and backward 6, target and policy passes 4."""
GRID_POINTS = 100
_ZOOMS = 12
_ZOOM = np.linspace(0.0, 1.0, 9)
_BESIDE = 1 + 1e-9
"""A σ this close to an end of its range is that end: the zooms stop just beside it."""


@dataclass(frozen=True)
class Optimum:
    """Minimum of C(σ) + δ·D(σ) along each frontier of a stack, fields [...]."""

    utd: np.ndarray
    data: np.ndarray
    compute: np.ndarray
    budget: np.ndarray
    at_edge: np.ndarray
    """Whether the minimum is at an end of the range searched."""


def compute_flops(
    utd: np.ndarray, data: np.ndarray, batch_size: np.ndarray, *, model_size: float
) -> np.ndarray:
    """Return C_J = 10·N·B·σ·D_J in FLOPs; all arguments broadcast."""
    return FLOPS_PER_PARAMETER * model_size * batch_size * utd * data


def cheapest(
    data: PowerLaw,
    batch: PowerLaw,
    *,
    model_size: float,
    delta: float,
    low: float,
    high: float,
    continuous: bool = True,
) -> Optimum:
    """Find the σ in [low, high] with the smallest budget F = C + δ·D on each frontier.

    Args:
        data: D_J(σ), fields [...], env steps.
        batch: B(σ), fields broadcastable to those of `data`.
        model_size: N, critic parameters.
        delta: δ, FLOPs per environment step.
        low, high: the range of σ that was run.
        continuous: zoom into the best cell of the 100-point log grid; otherwise take
            the grid point, as the authors do.
    """

    def evaluate(utd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        needed = data.paired(utd)
        cost = compute_flops(utd, needed, batch.paired(utd), model_size=model_size)
        return needed, cost, cost + delta * needed

    def best_of(utd: np.ndarray) -> np.ndarray:
        budget = evaluate(utd)[2]
        return np.where(np.isfinite(budget), budget, np.inf).argmin(axis=-1)

    shape = np.broadcast_shapes(np.shape(data.scale), np.shape(batch.scale))
    grid = np.geomspace(low, high, GRID_POINTS)
    best = best_of(np.broadcast_to(grid, (*shape, GRID_POINTS)))
    utd = grid[best]
    if continuous:
        left = np.log(grid[np.maximum(best - 1, 0)])
        right = np.log(grid[np.minimum(best + 1, GRID_POINTS - 1)])
        for _ in range(_ZOOMS):
            trial = left[..., None] + (right - left)[..., None] * _ZOOM
            best = best_of(np.exp(trial))
            left, right = (
                np.take_along_axis(trial, index[..., None], axis=-1)[..., 0]
                for index in (
                    np.maximum(best - 1, 0),
                    np.minimum(best + 1, len(_ZOOM) - 1),
                )
            )
        utd = np.exp((left + right) / 2)
    needed, cost, budget = (part[..., 0] for part in evaluate(utd[..., None]))
    unknown = ~np.isfinite(budget)
    return Optimum(
        utd=np.where(unknown, np.nan, utd),
        data=needed,
        compute=cost,
        budget=budget,
        at_edge=((utd <= low * _BESIDE) | (utd >= high / _BESIDE)) & ~unknown,
    )
