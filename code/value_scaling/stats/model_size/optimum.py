"""Optimal σ and N for a given amount of data, or for a given price δ of data.

For D = D_min + (a/σ)^α + (b/N)^β and compute C = k·σ·N·D, the σ and N that need the
least compute to reach a level with D₀ environment steps satisfy α(a/σ)^α = β(b/N)^β:

    σ* = a·[(1 + α/β)/(D₀ - D_min)]^(1/α),   N* = b·[(1 + β/α)/(D₀ - D_min)]^(1/β).

The σ and N of the least D for a given C, and of the least F = C + δD, lie on the same
line. Source: arXiv 2508.14881, appendix A.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from value_scaling.stats.model_size.data_law import DataLaw

_BISECTIONS = 60
_DECADES = 30.0
"""Decades on either side of D_min, or of 1, that are searched for D₀ - D_min."""


@dataclass(frozen=True)
class Optimum:
    """The optimal settings and what they cost, fields [...]."""

    utd: np.ndarray
    size: np.ndarray
    data: np.ndarray
    """Environment steps."""
    compute: np.ndarray
    """FLOPs."""
    budget: np.ndarray
    """F = C + δD, FLOPs."""

    def __getitem__(self, index: Any) -> "Optimum":
        """Return some optima, as NumPy indexes an array."""
        return Optimum(*(getattr(self, each.name)[index] for each in fields(self)))


def least_compute(
    law: DataLaw, data: np.ndarray, *, per_step: float, delta: float
) -> Optimum:
    """Return σ* and N* of the least compute that reaches a level with `data` steps.

    Args:
        law: laws [...].
        data: D₀ [...]; NaN results where it is not above D_min.
        per_step: k, FLOPs for each unit of σ·N in an environment step.
        delta: δ, FLOPs worth as much as one environment step.
    """
    with np.errstate(all="ignore"):
        rest = np.where(data > law.minimum, data - law.minimum, np.nan)
        # A law that does not depend on σ or N has no optimum.
        rest = np.where((law.utd_scale > 0) & (law.size_scale > 0), rest, np.nan)
        ratio = law.alpha / law.beta
        utd = (law.utd_scale * (1 + ratio) / rest) ** (1 / law.alpha)
        size = (law.size_scale * (1 + 1 / ratio) / rest) ** (1 / law.beta)
        compute = per_step * utd * size * data
        return Optimum(utd, size, data + 0 * utd, compute, compute + delta * data)


def least_budget(law: DataLaw, *, per_step: float, delta: float) -> Optimum:
    """Return the σ*, N* and D₀ that make F = C + δD smallest, for each law.

    With t = D₀ - D_min and p = 1/α + 1/β, compute is K·t^-p·(D_min + t). F has one
    minimum if p > 1, at δ·t^(p+1) = K·((p - 1)·t + p·D_min); it is found by bisection
    in log t. The result is NaN where p ≤ 1.
    """
    with np.errstate(all="ignore"):
        power = 1 / law.alpha + 1 / law.beta
        one = least_compute(law, law.minimum + 1, per_step=per_step, delta=delta)
        log_k = np.log(per_step) + np.log(one.utd) + np.log(one.size)

        def rising(log_t: np.ndarray) -> np.ndarray:
            left = np.log(delta) + (power + 1) * log_t
            rest = (power - 1) * np.exp(log_t) + power * law.minimum
            return left > log_k + np.log(rest)

        reach = _DECADES * np.log(10)
        low, high = np.full(power.shape, -reach), np.full(power.shape, reach)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            up = rising(middle)
            low, high = np.where(up, low, middle), np.where(up, middle, high)
        t = np.where(power > 1, np.exp((low + high) / 2), np.nan)
    # Computed from t itself, because D₀ - D_min may lose digits.
    with np.errstate(all="ignore"):
        data = law.minimum + t
        utd, size = one.utd * t ** (-1 / law.alpha), one.size * t ** (-1 / law.beta)
        compute = per_step * utd * size * data
        return Optimum(utd, size, data, compute, compute + delta * data)
