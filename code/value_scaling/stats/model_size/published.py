"""Fits of D(σ, N) and B(σ, N) as the authors of arXiv 2508.14881 make them.

Both variables are mapped onto [0.5, 2] in log, y is divided by its mean, and all raw
parameters, which softplus makes positive, start at 0. One run of L-BFGS-B minimises
the mean squared error of ln y. Source: prestonfu/model_scaling 4773f34, core/fitting.
The result can be a local minimum. If the data do not determine an exponent, it can lie
far from any minimum.
"""

from collections.abc import Callable

import numpy as np

from value_scaling.stats.model_size.batch_law import BatchLaw
from value_scaling.stats.model_size.data_law import DataLaw

_LOW, _HIGH = np.log(0.5), np.log(2.0)
_STEP = 1e-8
"""Step of the forward differences, the default of L-BFGS-B in SciPy."""


def published_data_law(utd: np.ndarray, size: np.ndarray, data: np.ndarray) -> DataLaw:
    """Fit D = c·(1 + (a/σ)^α + (b/N)^β) to points [points], NaN left out."""
    keep = np.isfinite(data)
    (x, scale_x), (z, scale_z) = _mapped(utd[keep]), _mapped(size[keep])
    unit = data[keep].mean()

    def predicted(p: np.ndarray) -> np.ndarray:
        return p[0] * (1 + (p[1] / x) ** p[2] + (p[3] / z) ** p[4])

    c, a, alpha, b, beta = _from_zero(predicted, data[keep] / unit, 5)
    (spread_x, start_x), (spread_z, start_z) = scale_x, scale_z
    alpha, beta, c = alpha / spread_x, beta / spread_z, c * unit
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        utd_scale = c * np.exp(alpha * (spread_x * np.log(a) + start_x))
        size_scale = c * np.exp(beta * (spread_z * np.log(b) + start_z))
    parts = np.array([c, utd_scale, alpha, size_scale, beta])
    # Where a coefficient overflows, the descent ended far from any minimum.
    return DataLaw(*(parts if np.isfinite(parts).all() else np.full(5, np.nan)))


def published_batch_law(
    utd: np.ndarray, size: np.ndarray, batch: np.ndarray
) -> BatchLaw:
    """Fit B = a / (σ^α·(1 + (b/N)^c)) to points [points], NaN left out."""
    keep = np.isfinite(batch)
    (x, scale_x), (z, scale_z) = _mapped(utd[keep]), _mapped(size[keep])
    unit = batch[keep].mean()

    def predicted(p: np.ndarray) -> np.ndarray:
        return p[0] / (x ** p[3] * (1 + (p[1] / z) ** p[2]))

    a, b, c, alpha = _from_zero(predicted, batch[keep] / unit, 4)
    (spread_x, start_x), (spread_z, start_z) = scale_x, scale_z
    alpha = alpha / spread_x
    parts = (
        a * unit * np.exp(alpha * start_x),
        alpha,
        np.exp(spread_z * np.log(b) + start_z),
        c / spread_z,
    )
    return BatchLaw(*(np.asarray(each) for each in parts))


def _mapped(x: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Map x onto [0.5, 2]: ln x = spread·ln x' + start; return x', (spread, start)."""
    logs = np.log(x)
    spread = (logs.max() - logs.min()) / (_HIGH - _LOW)
    start = logs.min() - spread * _LOW
    return np.exp((logs - start) / spread), (float(spread), float(start))


def _from_zero(
    predicted: Callable[[np.ndarray], np.ndarray], y: np.ndarray, count: int
) -> np.ndarray:
    # Few commands fit these laws, and loading SciPy takes as long as loading all else.
    from scipy.optimize import minimize

    def softplus(raw: np.ndarray) -> np.ndarray:
        return np.logaddexp(0.0, raw)

    def loss(raw: np.ndarray) -> np.ndarray:
        """Return the losses of parameters, [sets, count] -> [sets]."""
        fitted = predicted(softplus(raw).T[..., None])
        losses: np.ndarray = np.mean((np.log(fitted) - np.log(y)) ** 2, axis=-1)
        return losses

    def loss_and_slope(raw: np.ndarray) -> tuple[float, np.ndarray]:
        """Return forward differences as SciPy takes them, but all in one call."""
        moved = raw + np.diag(np.full(count, _STEP))
        first, *others = loss(np.vstack([raw, moved]))
        return float(first), (np.array(others) - first) / (np.diag(moved) - raw)

    with np.errstate(over="ignore", invalid="ignore"):  # far from the minimum
        found = minimize(loss_and_slope, np.zeros(count), jac=True, method="L-BFGS-B")
    result: np.ndarray = softplus(found.x)
    return result
