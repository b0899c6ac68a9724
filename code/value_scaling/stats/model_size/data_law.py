"""D(σ, N) = D_min + (a/σ)^α + (b/N)^β and its fits by variable projection.

Given the two exponents, D_min, a^α and b^β solve a non-negative linear problem of three
unknowns in closed form. The search is over the exponents alone. It works on a stack of
fits at once. Source of the form: arXiv 2508.14881, section 7.1.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from value_scaling.stats.model_size.plane import search_plane

LEAST, MOST = 0.02, 6.0
"""Range in which exponents are searched. Below 0.02 a power law looks like a
logarithm."""
_GRID = np.linspace(np.log(LEAST), np.log(MOST), 16)
_BESIDE = 1e-4
"""Distance in log from an end of the range within which an exponent counts as there."""
_FLAT = 1e-6
"""Share of D below which a falling part is rounding error."""


@dataclass(frozen=True)
class DataLaw:
    """D(σ, N) = D_min + (a/σ)^α + (b/N)^β, or a stack of them, called like a function.

    `utd_scale` is a^α and `size_scale` is b^β. Fields are arrays of one shape, [...].
    """

    minimum: np.ndarray
    utd_scale: np.ndarray
    alpha: np.ndarray
    size_scale: np.ndarray
    beta: np.ndarray

    def __post_init__(self) -> None:
        names = [each.name for each in fields(self)]
        parts = np.broadcast_arrays(*(getattr(self, name) for name in names))
        for name, part in zip(names, parts, strict=True):
            object.__setattr__(self, name, np.array(part, dtype=float))

    def __call__(self, utd: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Evaluate every law at every pair: laws [...], pairs [*] -> [..., *]."""
        pairs = np.broadcast_arrays(np.asarray(utd, float), np.asarray(size, float))
        own = (..., *(None for _ in range(pairs[0].ndim)))
        with np.errstate(over="ignore"):
            return (
                self.minimum[own]
                + self.utd_scale[own] * pairs[0] ** -self.alpha[own]
                + self.size_scale[own] * pairs[1] ** -self.beta[own]
            )

    def __getitem__(self, index: Any) -> "DataLaw":
        """Return some laws of the stack, as NumPy indexes an array."""
        return DataLaw(*(getattr(self, each.name)[index] for each in fields(self)))

    @property
    def a(self) -> np.ndarray:
        """Return a of (a/σ)^α, in units of σ."""
        return _root(self.utd_scale, self.alpha)

    @property
    def b(self) -> np.ndarray:
        """Return b of (b/N)^β, in parameters."""
        return _root(self.size_scale, self.beta)


def _root(scale: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return scale ** (1 / exponent)


def fit_data_law(
    utd: np.ndarray, size: np.ndarray, data: np.ndarray, *, relative: bool = True
) -> DataLaw:
    """Fit D(σ, N) by least squares, with D_min, a and b ≥ 0.

    Args:
        utd, size: [points] > 0.
        data: [..., points] > 0; NaN leaves a point out of its own fit.
        relative: whether relative errors, (D̂/D - 1)², are minimised, or absolute ones.

    Returns:
        laws [...]; NaN where fewer than five points, or fewer than three values of σ or
        of N, are left.
    """
    data = np.asarray(data, dtype=float)
    stack, flat = data.shape[:-1], data.reshape(-1, data.shape[-1])
    enough = enough_points(utd, size, np.isfinite(flat))
    present = np.isfinite(flat) & enough[:, None]
    values = np.where(present, flat, 1.0)
    unit = np.where(enough, values.mean(axis=1), 1.0)[:, None]
    values = values / unit
    weights = present / values**2 if relative else present.astype(float)
    # Columns near 1 keep the sums well conditioned.
    middle = np.exp(np.log(utd).mean()), np.exp(np.log(size).mean())
    logs = np.log(utd / middle[0]), np.log(size / middle[1])

    def columns(alpha: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u = np.exp(-np.exp(alpha)[..., None] * logs[0])
        v = np.exp(-np.exp(beta)[..., None] * logs[1])
        return u, v

    def error(rows: np.ndarray, alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
        u, v = columns(alpha, beta)
        w, y = weights[rows], values[rows]
        c, k, m = _linear_part(w, y, u, v)
        residual = c[..., None] + k[..., None] * u + m[..., None] * v - y[:, None]
        return _total(w, residual**2)

    log_alpha, log_beta = search_plane(error, len(flat), _GRID, _GRID)
    u, v = columns(log_alpha[:, None], log_beta[:, None])
    parts = [each[:, 0] for each in _linear_part(weights, values, u, v)]
    alpha, beta = np.exp(log_alpha), np.exp(log_beta)
    keep = np.where(enough, 1.0, np.nan) * unit[:, 0]
    found = (
        keep * parts[0],
        keep * parts[1] * middle[0] ** alpha,
        alpha * np.where(enough, 1.0, np.nan),
        keep * parts[2] * middle[1] ** beta,
        beta * np.where(enough, 1.0, np.nan),
    )
    return DataLaw(*(each.reshape(stack) for each in found))


def at_limit(law: DataLaw, utd: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return which exponents are at a limit of the search, bool [..., 2] for α, β.

    These are exponents at an end of the search range, and those of a part that does not
    fall, whose exponent is arbitrary.
    """
    found = []
    for scale, exponent, x in (
        (law.utd_scale, law.alpha, np.asarray(utd, dtype=float)),
        (law.size_scale, law.beta, np.asarray(size, dtype=float)),
    ):
        with np.errstate(invalid="ignore", divide="ignore"):
            place = np.log(exponent)
            ends = (place <= _GRID[0] + _BESIDE) | (place >= _GRID[-1] - _BESIDE)
            falls = scale * (x.min() ** -exponent - x.max() ** -exponent)
            flat = falls <= _FLAT * law(x.max(), np.asarray(size).max())
            found.append(np.isfinite(scale) & (ends | flat))
    return np.stack(found, axis=-1)


def enough_points(utd: np.ndarray, size: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return which fits to the points that are present have enough, bool [fits].

    Args:
        utd, size: [points].
        present: bool [fits, points].
    """
    enough = present.sum(axis=1) >= 5
    for axis in (np.asarray(utd), np.asarray(size)):
        kinds = [present[:, axis == value].any(axis=1) for value in np.unique(axis)]
        enough &= np.sum(kinds, axis=0) >= 3
    return enough


def _total(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return Σ w·values over points: [fits, n], [fits or 1, k, n] -> [fits, k]."""
    return np.matmul(values, weights[:, :, None])[..., 0]


def _linear_part(
    w: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the best c, k, m ≥ 0 of y ≈ c + k·u + m·v, each [fits, candidates].

    It is the best of those unconstrained solutions of all subsets of the three columns
    that are not negative.

    Args:
        w, y: [fits, points].
        u, v: [fits or 1, candidates, points].
    """
    n, sy = w.sum(axis=1)[:, None], (w * y).sum(axis=1)[:, None]
    n = np.maximum(n, 1e-300)
    su, sv, uu, vv, uv = (_total(w, each) for each in (u, v, u * u, v * v, u * v))
    uy, vy = _total(w * y, u), _total(w * y, v)
    cuu, cvv, cuv = uu - su * su / n, vv - sv * sv / n, uv - su * sv / n
    cuy, cvy = uy - su * sy / n, vy - sv * sy / n
    zero = np.zeros_like(uy)

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        both = _solve(cuu, cvv, cuv, cuy, cvy)
        pure = _solve(uu, vv, uv, uy, vy)
        slopes = ((*both, True), (cuy / cuu, zero, True), (zero, cvy / cvv, True),
                  (zero, zero, True), (*pure, False), (uy / uu, zero, False),
                  (zero, vy / vv, False))  # fmt: skip
        best, gain = (zero, zero, zero), np.full_like(zero, -np.inf)
        for k, m, with_constant in slopes:
            c = (sy - k * su - m * sv) / n if with_constant else zero
            explained = c * sy + k * uy + m * vy
            better = (k >= 0) & (m >= 0) & (c >= 0) & (explained > gain)
            gain = np.where(better, explained, gain)
            new = zip((c, k, m), best, strict=True)
            c, k, m = (np.where(better, one, old) for one, old in new)
            best = (c, k, m)
    return best


def _solve(
    aa: np.ndarray, bb: np.ndarray, ab: np.ndarray, ay: np.ndarray, by: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Solve the normal equations of two columns."""
    det = aa * bb - ab * ab
    return (bb * ay - ab * by) / det, (aa * by - ab * ay) / det
