"""The expected value of a run: the data that its result saves at the best cell.

This is the knowledge gradient (Frazier, Powell and Dayanik, 2009): the expected
decrease of the smallest posterior mean of log data, added over all σ.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from value_scaling.workflow.next_runs.surface import Surface

_NORMAL = np.linspace(-4, 4, 41)
"""Values of a standard normal variable."""
_WEIGHTS = norm.pdf(_NORMAL) / norm.pdf(_NORMAL).sum()


def gains(
    surface: Surface,
    rows: Sequence[np.ndarray],
    cells: Sequence[int],
    noises: Sequence[float],
) -> np.ndarray:
    """Return the expected decrease of log data for one observation of each cell.

    Args:
        rows: indices of the cells of each σ, among which one is chosen.
        cells: cells that may be observed.
        noises: variance of an observation of each of them.

    Returns:
        [cells], sum over σ of the decrease, at least 0.
    """
    moves = np.stack(
        [surface.move(c, noise) for c, noise in zip(cells, noises, strict=True)]
    )
    total = np.zeros(len(moves))
    for row in rows:
        mean = surface.mean[row]
        after = mean + moves[:, row][..., None, :] * _NORMAL[:, None]
        smallest = after.min(axis=-1) @ _WEIGHTS
        # A shift of all means by the same amount changes no choice.
        total += np.maximum(0.0, mean.min() - smallest)
    return total
