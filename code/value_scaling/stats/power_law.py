"""Power laws y = asymptote + scale·x^exponent and their least-squares fits.

Every fit works on a whole stack of curves at once: the last axis of `y` runs along
`x`, all leading axes (replicates, levels, environments) are fitted independently. A
NaN in `y` takes that point out of its own fit and of no other.
"""

from dataclasses import dataclass

import numpy as np

_EXPONENTS = np.geomspace(0.02, 6.0, 60)
"""Search range of α. Below 0.02 a law cannot be told from a logarithm."""
_ZOOM_POINTS = np.linspace(0.0, 1.0, 9)
_ZOOMS = 14


@dataclass(frozen=True)
class PowerLaw:
    """y = asymptote + scale·x^exponent, called like a function.

    Fields are floats or arrays of one shape (a stack of laws). In the paper's form
    y = asymptote + (β/x)^α: α = -exponent and β = scale^(1/α).
    """

    scale: float | np.ndarray
    exponent: float | np.ndarray
    asymptote: float | np.ndarray = 0.0

    def __call__(self, x: float | np.ndarray) -> np.ndarray:
        """Evaluate every law at every x: [...laws] and [...x] -> [...laws, ...x]."""
        x = np.asarray(x, dtype=float)
        scale, exponent, asymptote = np.broadcast_arrays(
            np.asarray(self.scale, dtype=float), self.exponent, self.asymptote
        )
        laws = scale.shape + (1,) * x.ndim
        return asymptote.reshape(laws) + scale.reshape(laws) * x ** exponent.reshape(
            laws
        )

    @property
    def alpha(self) -> np.ndarray:
        """α of the paper's form."""
        return -np.asarray(self.exponent, dtype=float)

    @property
    def beta(self) -> np.ndarray:
        """β of the paper's form, in units of x; infinite where α is 0."""
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(self.scale, dtype=float) ** (1 / self.alpha)


def fit_line(x: np.ndarray, y: np.ndarray) -> PowerLaw:
    """Fit log y = log scale + exponent·log x by ordinary least squares.

    Args:
        x: [points] > 0, or the shape of y.
        y: [..., points] > 0; NaN leaves a point out.

    Returns:
        a stack of laws, shape [...]; NaN where fewer than two points are left.
    """
    law = fit_shared_slope(x, np.asarray(y)[..., None, :])
    return PowerLaw(law.scale[..., 0], law.exponent)


def fit_shared_slope(x: np.ndarray, y: np.ndarray) -> PowerLaw:
    """Fit log y_g = log scale_g + exponent·log x, one slope for all groups g.

    This is ordinary least squares with a dummy variable for each group.

    Args:
        x: [points] > 0, or broadcastable to y.
        y: [..., groups, points] > 0; NaN leaves a point out.

    Returns:
        scale [..., groups], exponent [...].
    """
    y = np.asarray(y, dtype=float)
    present = np.isfinite(y)
    log_x = np.where(present, np.broadcast_to(np.log(x), y.shape), 0.0)
    log_y = np.where(present, np.log(np.where(present, y, 1.0)), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        count = present.sum(axis=-1)
        mean_x = log_x.sum(axis=-1) / count
        mean_y = log_y.sum(axis=-1) / count
        centred_x = np.where(present, log_x - mean_x[..., None], 0.0)
        centred_y = np.where(present, log_y - mean_y[..., None], 0.0)
        spread = (centred_x**2).sum(axis=(-2, -1))
        spread = np.where(spread > 1e-12, spread, np.nan)
        exponent = (centred_x * centred_y).sum(axis=(-2, -1)) / spread
        scale = np.exp(mean_y - exponent[..., None] * mean_x)
    return PowerLaw(scale, exponent)


def fit_offset(
    x: np.ndarray, y: np.ndarray, *, nonnegative: bool = True
) -> PowerLaw:
    """Fit y = c + k·x^(-α), k ≥ 0, by least squares in y itself (the D_J law).

    For a given α the rest is linear and solved in closed form, so that only α is
    searched: a coarse grid, then zooms into the best cell.

    Args:
        x: [points] > 0.
        y: [..., points]; NaN leaves a point out.
        nonnegative: keep c ≥ 0 (data cannot be negative); the authors do not.

    Returns:
        PowerLaw(scale=k, exponent=-α, asymptote=c), shape [...]; NaN where fewer
        than three points are left, since three numbers are fitted.
    """
    y = np.asarray(y, dtype=float)
    stack, flat = y.shape[:-1], y.reshape(-1, y.shape[-1])
    present = np.isfinite(flat)
    enough = present.sum(axis=-1) >= 3
    weights, values = present.astype(float), np.where(present, flat, 0.0)
    log_x = np.log(np.asarray(x, dtype=float))

    def solve(alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Best c, k and squared error, each [curves, candidates]."""
        power = np.exp(-alphas[..., None] * log_x)  # [curves, candidates, points]
        w, v = weights[:, None, :], values[:, None, :]
        count = np.maximum(w.sum(-1), 1)
        mean_u = (w * power).sum(-1) / count
        mean_v = v.sum(-1) / count
        centred = w * (power - mean_u[..., None])
        k = (centred * v).sum(-1) / np.maximum((centred * power).sum(-1), 1e-300)
        k = np.maximum(k, 0.0)
        c = mean_v - k * mean_u
        if nonnegative:
            through_zero = (w * power * v).sum(-1) / (w * power**2).sum(-1)
            k = np.where(c < 0, np.maximum(through_zero, 0.0), k)
            c = np.maximum(c, 0.0)
        error = (w * (c[..., None] + k[..., None] * power - v) ** 2).sum(-1)
        return c, k, error

    grid = np.broadcast_to(_EXPONENTS, (len(flat), len(_EXPONENTS)))
    best = np.argmin(solve(grid)[2], axis=1)
    low = _EXPONENTS[np.maximum(best - 1, 0)]
    high = _EXPONENTS[np.minimum(best + 1, len(_EXPONENTS) - 1)]
    for _ in range(_ZOOMS):
        candidates = low[:, None] + (high - low)[:, None] * _ZOOM_POINTS
        best = np.argmin(solve(candidates)[2], axis=1)
        rows = np.arange(len(flat))
        low = candidates[rows, np.maximum(best - 1, 0)]
        high = candidates[rows, np.minimum(best + 1, len(_ZOOM_POINTS) - 1)]
    alpha = (low + high) / 2
    c, k, _ = solve(alpha[:, None])
    keep = np.where(enough, 1.0, np.nan)
    return PowerLaw(
        (keep * k[:, 0]).reshape(stack),
        (-keep * alpha).reshape(stack),
        (keep * c[:, 0]).reshape(stack),
    )
