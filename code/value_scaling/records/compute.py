"""The compute of a run, C_J = 10·N·B·σ·D_J, and the price of an environment step, δ."""

from dataclasses import dataclass

import numpy as np

FLOPS_PER_PARAMETER = 10
"""k in C_J = k·N·B·σ·D_J: 6 for the critic's forward and backward passes, 4 for the
target and policy passes."""


def compute_flops(
    utd: np.ndarray, data: np.ndarray, batch_size: np.ndarray, *, model_size: float
) -> np.ndarray:
    """Return C_J = 10·N·B·σ·D_J in FLOPs; all arguments broadcast.

    Args:
        data: D_J, environment steps.
        model_size: N, critic parameters.
    """
    return FLOPS_PER_PARAMETER * model_size * batch_size * utd * data


@dataclass(frozen=True)
class Price:
    """δ of a machine: the FLOPs of its updates in the time of an environment step.

    If updates and environment steps alternate, the time of a run is F = C + δ·D divided
    by the FLOPs per second.
    """

    flops_per_second: float
    """FLOPs per second of updates, counted as in C: 10·N·B for an update."""
    step_seconds: float
    """Duration of one environment step."""

    @classmethod
    def of_update(
        cls,
        *,
        model_size: float,
        batch_size: float,
        update_seconds: float,
        step_seconds: float,
    ) -> "Price":
        """Compute the FLOPs per second from the time of one update."""
        flops = FLOPS_PER_PARAMETER * model_size * batch_size
        return cls(flops / update_seconds, step_seconds)

    @property
    def delta(self) -> float:
        """δ, FLOPs per environment step."""
        return self.flops_per_second * self.step_seconds
