"""The part of a bootstrapped value that is linear in what was resampled."""

import numpy as np

_SAME = 1e-6
"""Of an input, the share beyond the others that counts as rounding."""


def linear_part(values: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Predict the values of bootstrap draws by least squares from their inputs.

    The mean over draws of a value that jumps (a winner, a minimum that is clipped) is
    smoother than the value of one draw, and its sampling variance is smaller: to first
    order it is that of the linear part of the value in the independent inputs (Stein's
    identity; B. Efron, Estimation and accuracy after model selection, 2014). Quantiles
    of the linear part over draws are therefore an interval of the mean. Where there are
    no more draws than inputs, the values are returned.

    Args:
        values: [..., draws].
        inputs: [inputs, draws].

    Returns:
        [..., draws], less the mean over draws.
    """
    return projected(values, orthonormal(inputs))


def projected(values: np.ndarray, basis: list[np.ndarray]) -> np.ndarray:
    """Project the values, less their mean over draws, on an orthonormal basis.

    Args:
        values: [..., draws].
        basis: arrays of shape [draws], see `orthonormal`.

    Returns:
        [..., draws].
    """
    centred = values - values.mean(axis=-1, keepdims=True)
    part = np.zeros(centred.shape)
    for unit in basis:
        part += (centred * unit).sum(axis=-1, keepdims=True) * unit
    return part


def orthonormal(inputs: np.ndarray) -> list[np.ndarray]:
    """Return an orthonormal basis of the centred inputs.

    NumPy's own sums give the same last bits on every processor; LAPACK's do not.

    Args:
        inputs: [inputs, draws].

    Returns:
        arrays of shape [draws].
    """
    basis: list[np.ndarray] = []
    for own in inputs:
        rest = own - own.mean()
        size = np.sqrt((rest * rest).sum())
        for _ in range(2):  # once more, against rounding
            for unit in basis:
                rest = rest - (unit * rest).sum() * unit
        left = np.sqrt((rest * rest).sum())
        if left > _SAME * size:
            basis.append(rest / left)
    return basis
