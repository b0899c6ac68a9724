"""The compute of a run, C_J = 10·N·B·σ·D_J."""

import numpy as np

FLOPS_PER_PARAMETER = 10
"""k in C_J = k·N·B·σ·D_J: critic forward and backward 6, target and policy passes 4."""


def compute_flops(
    utd: np.ndarray, data: np.ndarray, batch_size: np.ndarray, *, model_size: float
) -> np.ndarray:
    """Return C_J = 10·N·B·σ·D_J in FLOPs; all arguments broadcast.

    Args:
        data: D_J, environment steps.
        model_size: N, critic parameters.
    """
    return FLOPS_PER_PARAMETER * model_size * batch_size * utd * data
