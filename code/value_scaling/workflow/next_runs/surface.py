"""A Gaussian process of log data over log σ, log B and log η, for one environment.

The prior is the sum of a random quadratic, a random offset of each σ, and smooth
deviations. Offsets are needed because different levels may count at different σ. The
size and width of the deviations are chosen from a few values by marginal likelihood.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.linalg import cho_factor, cho_solve

_OFFSET, _LINEAR, _QUADRATIC = 4.0, 0.1, 0.02
"""Prior variances: of an offset, of a slope and of a curvature per step of the grid."""
_SIZES, _WIDTHS = (0.05, 0.1, 0.2, 0.4), (1.0, 2.0, 4.0)
"""Standard deviation of the smooth deviations, and their width in steps of the grid."""
_JITTER = 1e-8


@dataclass(frozen=True)
class Surface:
    """Posterior of log data at all cells."""

    mean: np.ndarray
    """[cells]."""
    covariance: np.ndarray
    """[cells, cells]."""

    def observed(self, cell: int, noise: float) -> "Surface":
        """Return the posterior after an observation that has the expected value."""
        return Surface(
            self.mean, self.covariance - np.outer(*[self.move(cell, noise)] * 2)
        )

    def move(self, cell: int, noise: float) -> np.ndarray:
        """Return how a standard normal surprise at one cell moves the mean, [cells]."""
        own = self.covariance[cell]
        return np.asarray(own / np.sqrt(own[cell] + noise + _JITTER))


def fit_surface(
    cells: np.ndarray, seen: np.ndarray, values: np.ndarray, noise: np.ndarray
) -> Surface:
    """Fit a surface to the log data of some cells.

    Args:
        cells: [cells, 3], logarithms of σ, B and η in steps of the grid.
        seen: [observations], indices of the observed cells.
        values: [observations], log data.
        noise: [observations], variance of each value.
    """
    centre = values.mean()
    cells = cells - cells[seen].mean(axis=0)
    fixed = _quadratic(cells)
    away = ((cells[:, None] - cells[None]) ** 2).sum(axis=-1)

    def prior(size: float, width: float) -> np.ndarray:
        return np.asarray(fixed + size**2 * np.exp(-away / (2 * width**2)))

    def likelihood(kernel: np.ndarray) -> float:
        within = kernel[np.ix_(seen, seen)] + np.diag(noise + _JITTER)
        factor = cho_factor(within, lower=True)
        fit = (values - centre) @ cho_solve(factor, values - centre)
        return float(-fit / 2 - np.log(np.diag(factor[0])).sum())

    kernel = max((prior(*each) for each in product(_SIZES, _WIDTHS)), key=likelihood)
    within = kernel[np.ix_(seen, seen)] + np.diag(noise + _JITTER)
    gain = cho_solve(cho_factor(within, lower=True), kernel[seen])
    return Surface(centre + gain.T @ (values - centre), kernel - kernel[:, seen] @ gain)


def _quadratic(cells: np.ndarray) -> np.ndarray:
    """Return the prior covariance of a quadratic with an offset for each σ."""
    same = cells[:, :1] == cells[:, 0]
    pairs = [cells[:, i] * cells[:, j] for i in range(3) for j in range(i, 3)]
    second = np.stack(pairs, axis=1)
    found = _OFFSET * (1 + same) + _LINEAR * cells @ cells.T
    return np.asarray(found + _QUADRATIC * second @ second.T)
