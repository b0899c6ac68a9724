"""The part of a bootstrapped value that is linear in what was resampled."""

import numpy as np

_SAME = 1e-6
"""Share of an input not explained by the others, below which it is rounding error."""


def linear_part(values: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Predict the values of bootstrap draws by least squares from their inputs.

    Some values jump between draws, such as a winner or a clipped minimum. Their mean
    over draws is smoother than the value of one draw and has a smaller sampling
    variance. To first order, this is the variance of the linear part of the value in
    the independent inputs (Stein's identity; B. Efron, Estimation and accuracy after
    model selection, 2014). Quantiles of the linear part over draws are therefore an
    interval of the mean. If there are no more draws than inputs, the values themselves
    are returned.

    Args:
        values: [..., draws].
        inputs: [inputs, draws].

    Returns:
        [..., draws], with the mean over draws subtracted.
    """
    return projected(values, orthonormal(inputs))


def projected(values: np.ndarray, basis: list[np.ndarray]) -> np.ndarray:
    """Project the values, minus their mean over draws, onto an orthonormal basis.

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
        if len(basis) == len(own) - 1:
            break  # centred inputs cannot have more directions
        rest = own - own.mean()
        size = np.sqrt((rest * rest).sum())
        for _ in range(2):  # a second pass removes rounding errors
            for unit in basis:
                rest = rest - (unit * rest).sum() * unit
        left = np.sqrt((rest * rest).sum())
        if left > _SAME * size:
            basis.append(rest / left)
    return basis
