"""B(σ, N) = a / (σ^α (1 + (N₀/N)^β)), the largest batch size before TD-overfitting.

With b = N₀^β it is a / (σ^α (1 + b N^-β)), the form of arXiv 2508.14881, section 6.1.
The fit minimises squared errors of ln B. Given N₀ and β, ln a and α follow from linear
regression, so the search is over N₀ and β alone.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from value_scaling.stats.model_size.plane import search_plane

BETA_LEAST, BETA_MOST = 0.02, 20.0
BELOW, ABOVE = 1e2, 1e6
"""Factors by which N₀ may lie below the smallest and above the largest N."""
_POINTS = 24
_BESIDE, _BESIDE_KNEE = 1e-3, float(np.log(10))
"""Distances in log from an end of the range within which β and N₀ count as there. Near
its ends, N₀ hardly changes the law."""
_FLAT = 1e-4
"""Least change of ln B over N for a law to depend on N."""


@dataclass(frozen=True)
class BatchLaw:
    """B(σ, N), or a stack of such laws, called like a function; fields [...]."""

    a: np.ndarray
    alpha: np.ndarray
    knee: np.ndarray
    """N₀, the model size at which B is half of its limit for large N."""
    beta: np.ndarray

    def __call__(self, utd: float | np.ndarray, size: np.ndarray) -> np.ndarray:
        """Evaluate every law at every pair: laws [...], pairs [*] -> [..., *]."""
        logs = np.log(np.asarray(utd, float)), np.log(np.asarray(size, float))
        a, alpha, knee, beta = (
            np.asarray(getattr(self, each.name))[..., None] for each in fields(self)
        )
        falling = np.logaddexp(0.0, beta * (np.log(knee) - logs[1]))
        return np.exp(np.log(a) - alpha * logs[0] - falling)

    def __getitem__(self, index: Any) -> "BatchLaw":
        """Return some laws of the stack, as NumPy indexes an array."""
        return BatchLaw(*(getattr(self, each.name)[index] for each in fields(self)))

    @property
    def b(self) -> np.ndarray:
        """Return b of 1 + b N^-β."""
        with np.errstate(over="ignore"):
            return self.knee**self.beta


@dataclass(frozen=True)
class LogLinear:
    """B(σ, N) = a σ^-α N^γ, or a stack of such laws; fields [...]."""

    a: np.ndarray
    alpha: np.ndarray
    gamma: np.ndarray

    def __call__(self, utd: float | np.ndarray, size: np.ndarray) -> np.ndarray:
        """Evaluate every law at every pair: laws [...], pairs [*] -> [..., *]."""
        logs = np.log(np.asarray(utd, float)), np.log(np.asarray(size, float))
        parts = (np.asarray(each)[..., None] for each in (self.alpha, self.gamma))
        alpha, gamma = parts
        start = np.log(np.asarray(self.a))[..., None]
        return np.exp(start - alpha * logs[0] + gamma * logs[1])


def fit_batch_law(utd: np.ndarray, size: np.ndarray, batch: np.ndarray) -> BatchLaw:
    """Fit B(σ, N) by least squares of ln B.

    Args:
        utd, size: [points] > 0.
        batch: [..., points] > 0; NaN leaves a point out of its own fit.

    Returns:
        laws [...]; NaN where fewer than four points are left.
    """
    stack, weights, logs = _rows(batch)
    x, n = np.log(np.asarray(utd, float)), np.log(np.asarray(size, float))
    knees = np.linspace(n.min() - np.log(BELOW), n.max() + np.log(ABOVE), _POINTS)
    betas = np.linspace(np.log(BETA_LEAST), np.log(BETA_MOST), _POINTS)

    def falling(knee: np.ndarray, beta: np.ndarray) -> np.ndarray:
        return np.logaddexp(0.0, np.exp(beta)[..., None] * (knee[..., None] - n))

    def error(rows: np.ndarray, knee: np.ndarray, beta: np.ndarray) -> np.ndarray:
        w, target = weights[rows, None], logs[rows, None] + falling(knee, beta)
        start, slope = _line(w, x, target)
        residual = start[..., None] + slope[..., None] * x - target
        return (w * residual**2).sum(axis=-1)

    knee, beta = search_plane(error, len(logs), knees, betas)
    start, slope = _line(weights, x, logs + falling(knee, beta))
    keep = np.where(weights.sum(axis=1) >= 4, 1.0, np.nan)
    found = (
        keep * np.exp(start),
        -keep * slope,
        keep * np.exp(knee),
        keep * np.exp(beta),
    )
    return BatchLaw(*(each.reshape(stack) for each in found))


def batch_law_at_limit(law: BatchLaw, size: np.ndarray) -> np.ndarray:
    """Return which laws have N₀ or β at a limit of the search, bool [...].

    This includes laws that do not change with N between the sizes that were run.
    """
    low, high = np.min(size), np.max(size)
    with np.errstate(invalid="ignore"):
        place, knee = np.log(law.beta), np.log(law.knee)
        ends = (place <= np.log(BETA_LEAST) + _BESIDE) | (
            place >= np.log(BETA_MOST) - _BESIDE
        )
        ends |= (knee <= np.log(low / BELOW) + _BESIDE_KNEE) | (
            knee >= np.log(high * ABOVE) - _BESIDE_KNEE
        )
        change = np.log(law(1.0, high) / law(1.0, low))[..., 0]
        return np.isfinite(law.a) & (ends | (np.abs(change) < _FLAT))


def fit_log_linear(utd: np.ndarray, size: np.ndarray, batch: np.ndarray) -> LogLinear:
    """Fit B = a σ^-α N^γ by ordinary least squares of ln B, like `fit_batch_law`."""
    stack, weights, logs = _rows(batch)
    x, n = np.log(np.asarray(utd, float)), np.log(np.asarray(size, float))
    # The part of ln N that is not linear in ln σ gives γ; the rest is a line in ln σ.
    size_start, size_slope = _line(weights, x, n)
    rest = n - size_start[:, None] - size_slope[:, None] * x
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = (weights * rest * logs).sum(axis=1) / (weights * rest**2).sum(axis=1)
        start, slope = _line(weights, x, logs - gamma[:, None] * n)
    keep = np.where(weights.sum(axis=1) >= 3, 1.0, np.nan)
    found = keep * np.exp(start), -keep * slope, keep * gamma
    return LogLinear(*(each.reshape(stack) for each in found))


def _rows(batch: np.ndarray) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
    """Return the shape of the stack, and weights and ln B as rows of points."""
    batch = np.asarray(batch, dtype=float)
    flat = batch.reshape(-1, batch.shape[-1])
    weights = np.isfinite(flat).astype(float)
    return batch.shape[:-1], weights, np.log(np.where(weights > 0, flat, 1.0))


def _line(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least-squares line start + slope·x through y, over the last axis."""
    n = np.maximum(w.sum(axis=-1), 1e-300)
    mx, my = (w * x).sum(axis=-1) / n, (w * y).sum(axis=-1) / n
    centred = x - mx[..., None]
    spread = np.maximum((w * centred**2).sum(axis=-1), 1e-300)
    slope = (w * centred * y).sum(axis=-1) / spread
    return my - slope * mx, slope
