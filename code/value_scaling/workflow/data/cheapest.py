"""The cheapest point of a frontier: the σ at which C_J + δ·D_J is smallest."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.compute import compute_flops
from value_scaling.stats.minimum import find_minimum
from value_scaling.stats.power_law import PowerLaw


@dataclass(frozen=True)
class Optimum:
    """Minimum of C(σ) + δ·D(σ) along each frontier of a stack; fields are [...]."""

    utd: np.ndarray
    """σ of the minimum; NaN where the budget is not known."""
    data: np.ndarray
    """D_J at the minimum, in environment steps."""
    compute: np.ndarray
    """FLOPs."""
    budget: np.ndarray
    """C + δ·D at the minimum, in FLOPs."""
    at_edge: np.ndarray
    """Whether the minimum is at an end of the range of σ that was run."""


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
        data: D_J(σ), fields [...], environment steps.
        batch: B(σ), fields broadcastable to those of `data`.
        model_size: N, critic parameters.
        delta: δ, FLOPs per environment step.
        low, high: the range of σ that was run.
        continuous: see `find_minimum`; the authors take a value of the grid.
    """

    def evaluate(utd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        needed = data.paired(utd)
        cost = compute_flops(utd, needed, batch.paired(utd), model_size=model_size)
        return needed, cost, cost + delta * needed

    found = find_minimum(
        lambda utd: evaluate(utd)[2],
        np.broadcast_shapes(np.shape(data.scale), np.shape(batch.scale)),
        low=low,
        high=high,
        continuous=continuous,
    )
    needed, cost, budget = (part[..., 0] for part in evaluate(found.x[..., None]))
    known = np.isfinite(budget)
    utd = np.where(known, found.x, np.nan)
    return Optimum(utd, needed, cost, budget, found.at_edge & known)
