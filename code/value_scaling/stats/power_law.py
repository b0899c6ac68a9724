"""Power laws y = asymptote + scale·x^exponent and their least-squares fits.

Every fit works on a stack of curves at once. The last axis of `y` runs along `x`, and
all leading axes are fitted independently. A NaN in `y` removes that point from its own
fit only.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

_EXPONENTS = np.geomspace(0.02, 6.0, 60)
"""Search range of α. Below 0.02 a power law looks like a logarithm."""
_BISECTIONS = 45
"""Halvings of a grid cell, enough for the last digits that the data can determine."""
_TOGETHER = 4096
"""Number of curves fitted at once, few enough for the processor's cache."""
_BESIDE = 1 + 1e-9
_FLAT = 1e-9
"""Share of the asymptote below which a falling part is rounding error."""
ALPHA_LEAST, ALPHA_MOST = float(_EXPONENTS[1]), float(_EXPONENTS[-1])
"""Limits of α. A value at or beyond them only means that the search ended there. A law
without a falling part ends in the first cell of the grid, too."""


@dataclass(frozen=True)
class PowerLaw:
    """y = asymptote + scale·x^exponent, called like a function.

    The fields are arrays of one shape, [...] for a stack of laws or [] for one law.
    Floats and shapes that broadcast are accepted. In the form y = asymptote + (β/x)^α,
    α = -exponent and β = scale^(1/α).
    """

    scale: np.ndarray
    exponent: np.ndarray
    asymptote: np.ndarray = field(default_factory=lambda: np.zeros(()))

    def __post_init__(self) -> None:
        parts = np.broadcast_arrays(self.scale, self.exponent, self.asymptote)
        for name, part in zip(("scale", "exponent", "asymptote"), parts, strict=True):
            object.__setattr__(self, name, np.array(part, dtype=float))

    def __call__(self, x: float | np.ndarray) -> np.ndarray:
        """Evaluate every law at every x: laws [...], x [*] -> [..., *]."""
        x = np.asarray(x, dtype=float)
        flat = np.broadcast_to(x.reshape(-1), (*self.scale.shape, x.size))
        return self.paired(flat).reshape(self.scale.shape + x.shape)

    def paired(self, x: np.ndarray) -> np.ndarray:
        """Evaluate each law at its own x: laws [...], x [..., n] -> [..., n]."""
        scale, exponent = self.scale[..., None], self.exponent[..., None]
        # Far from its data a steep law overflows to infinity. If its scale overflows as
        # well, because x hardly varies, its value is unknown and becomes NaN.
        with np.errstate(over="ignore", invalid="ignore"):
            return self.asymptote[..., None] + scale * x**exponent

    def __getitem__(self, index: Any) -> "PowerLaw":
        """Return some laws of the stack, as NumPy indexes an array."""
        return PowerLaw(self.scale[index], self.exponent[index], self.asymptote[index])

    @property
    def alpha(self) -> np.ndarray:
        """Return α of the form y = asymptote + (β/x)^α."""
        return -self.exponent

    @property
    def beta(self) -> np.ndarray:
        """Return β of that form, in units of x; NaN for α = 0 or a scale < 0."""
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            beta = self.scale ** (1 / self.alpha)
        return np.where(self.alpha == 0, np.nan, beta)


def fit_line(x: np.ndarray, y: np.ndarray) -> PowerLaw:
    """Fit log y = log scale + exponent·log x by ordinary least squares.

    Args:
        x: [points] > 0, or the shape of y; NaN leaves a point out.
        y: [..., points] > 0; NaN leaves a point out.

    Returns:
        a stack of laws, shape [...]; NaN where fewer than two points are left.
    """
    law = fit_shared_slope(np.asarray(x)[..., None, :], np.asarray(y)[..., None, :])
    return law[..., 0]


def fit_shared_slope(x: np.ndarray, y: np.ndarray) -> PowerLaw:
    """Fit log y_g = log scale_g + exponent·log x, one slope for all groups g.

    This is ordinary least squares with a dummy variable for each group.

    Args:
        x: [points] > 0, or broadcastable to y; NaN leaves a point out.
        y: [..., groups, points] > 0; NaN leaves a point out.

    Returns:
        laws [..., groups] with one exponent for all groups; NaN where a value is not
        positive.
    """
    y = np.asarray(y, dtype=float)
    x = np.broadcast_to(np.asarray(x, dtype=float), y.shape)
    present = np.isfinite(x) & np.isfinite(y)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_x = np.where(present, np.log(np.where(present, x, 1.0)), 0.0)
        log_y = np.where(present, np.log(np.where(present, y, 1.0)), 0.0)
        count = present.sum(axis=-1)
        mean_x = log_x.sum(axis=-1) / count
        mean_y = log_y.sum(axis=-1) / count
        centred_x = np.where(present, log_x - mean_x[..., None], 0.0)
        centred_y = np.where(present, log_y - mean_y[..., None], 0.0)
        spread = (centred_x**2).sum(axis=(-2, -1))
        spread = np.where(spread > 1e-12, spread, np.nan)
        exponent = (centred_x * centred_y).sum(axis=(-2, -1)) / spread
        scale = np.exp(mean_y - exponent[..., None] * mean_x)
    return PowerLaw(scale, exponent[..., None])


def fit_offset(x: np.ndarray, y: np.ndarray, *, nonnegative: bool = True) -> PowerLaw:
    """Fit y = c + k·x^(-α), k ≥ 0, by least squares in y itself.

    Given α, the problem is linear and c and k are found in closed form. The remaining
    error is evaluated on a grid of α. Bisection then finds the zero of its derivative,
    which by the envelope theorem equals the derivative at constant c and k.

    Args:
        x: [points] > 0.
        y: [..., points]; NaN leaves a point out.
        nonnegative: whether c ≥ 0 is required.

    Returns:
        PowerLaw(scale=k, exponent=-α, asymptote=c), shape [...]; NaN where fewer
        than three points are left, because three numbers are fitted.
    """
    y = np.asarray(y, dtype=float)
    stack, flat = y.shape[:-1], y.reshape(-1, y.shape[-1])
    log_x = np.log(np.asarray(x, dtype=float))
    c, k, alpha = np.concatenate(
        [
            _fit_curves(log_x, flat[start : start + _TOGETHER], nonnegative=nonnegative)
            for start in range(0, max(len(flat), 1), _TOGETHER)
        ],
        axis=1,
    )
    return PowerLaw(k.reshape(stack), -alpha.reshape(stack), c.reshape(stack))


def _fit_curves(
    log_x: np.ndarray, curves: np.ndarray, *, nonnegative: bool
) -> np.ndarray:
    """Return c, k and α of curves [curves, points], [3, curves]; see `fit_offset`."""
    present = np.isfinite(curves)
    weights, values = present.astype(float), np.where(present, curves, 0.0)
    low, high = _bracket(weights, values, log_x, nonnegative=nonnegative)
    for _ in range(_BISECTIONS):
        alpha = (low + high) / 2
        power = np.exp(-alpha[:, None] * log_x)
        c, k = _linear_part(*_sums(weights, values, power), nonnegative=nonnegative)
        residual = weights * (c[:, None] + k[:, None] * power - values)
        rising = -(residual * power * log_x).sum(axis=1) * k > 0
        high = np.where(rising, alpha, high)
        low = np.where(rising, low, alpha)
    alpha = (low + high) / 2
    power = np.exp(-alpha[:, None] * log_x)
    c, k = _linear_part(*_sums(weights, values, power), nonnegative=nonnegative)
    keep = np.where(present.sum(axis=1) >= 3, 1.0, np.nan)
    return keep * np.stack([c, k, alpha])


def at_search_limit(law: PowerLaw) -> np.ndarray:
    """Return which laws of `fit_offset` lie at a limit of its search, bool [...].

    These are laws whose α is at an end of the search range, and laws without a falling
    part (k = 0 up to rounding), whose α is arbitrary.
    """
    alpha = law.alpha
    with np.errstate(invalid="ignore"):
        ends = (alpha <= ALPHA_LEAST * _BESIDE) | (alpha >= ALPHA_MOST / _BESIDE)
        flat = law.scale <= _FLAT * np.maximum(law.asymptote, 0.0)
        return np.isfinite(law.scale) & (ends | (law.scale <= 0) | flat)


def _sums(
    weights: np.ndarray, values: np.ndarray, power: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return n, Σu, Σu², Σv and Σuv over the points of each curve; each [curves]."""
    weighted = weights * power
    return (
        weights.sum(axis=1),
        weighted.sum(axis=1),
        (weighted * power).sum(axis=1),
        values.sum(axis=1),
        (values * power).sum(axis=1),
    )


def _linear_part(
    n: np.ndarray,
    u: np.ndarray,
    uu: np.ndarray,
    v: np.ndarray,
    uv: np.ndarray,
    *,
    nonnegative: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best c and k ≥ 0 of v ≈ c + k·u, from sums over a curve's points."""
    n = np.maximum(n, 1.0)
    k = np.maximum((uv - u * v / n) / np.maximum(uu - u * u / n, 1e-300), 0.0)
    c = (v - k * u) / n
    if nonnegative:
        k = np.where(c < 0, np.maximum(uv / np.maximum(uu, 1e-300), 0.0), k)
        c = np.maximum(c, 0.0)
    return c, k


def _bracket(
    weights: np.ndarray, values: np.ndarray, log_x: np.ndarray, *, nonnegative: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the grid values of α on either side of the best one, each [curves]."""
    power = np.exp(-_EXPONENTS[:, None] * log_x).T  # [points, candidates]
    n, v = weights.sum(axis=1)[:, None], values.sum(axis=1)[:, None]
    u, uu, uv = weights @ power, weights @ power**2, values @ power
    c, k = _linear_part(n, u, uu, v, uv, nonnegative=nonnegative)
    vv = (values**2).sum(axis=1)[:, None]
    error = vv - 2 * (c * v + k * uv) + n * c * c + 2 * c * k * u + k * k * uu
    best = error.argmin(axis=1)
    last = len(_EXPONENTS) - 1
    return _EXPONENTS[np.maximum(best - 1, 0)], _EXPONENTS[np.minimum(best + 1, last)]
