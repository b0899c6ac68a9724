"""Random-effects model of one effect that was measured on many tasks.

The effect of task t is y_t = μ + u_t + e_t, with u_t ~ N(0, τ²) between tasks and
e_t ~ N(0, s_t²), where s_t is known. τ² is estimated by restricted maximum likelihood
(REML), the interval of μ by Hartung, Knapp, Sidik and Jonkman's t interval, and the
effect of each task by its best linear unbiased prediction (partial pooling).
"""

from dataclasses import dataclass

import numpy as np

_STEPS = 500
_CLOSE = 1e-12


@dataclass(frozen=True)
class RandomEffects:
    """A fitted model; intervals are 95%."""

    mean: float
    """μ, the effect of the average task."""
    low: float
    high: float
    """Ends of the interval of μ; NaN for fewer than two tasks."""
    new_low: float
    new_high: float
    """Ends of the prediction interval of another task; NaN for fewer than three."""
    between: float
    """τ, the standard deviation between tasks."""
    weights: np.ndarray
    """[tasks], share of each task in μ."""
    kept: np.ndarray
    """[tasks], τ²/(τ² + s²): how much of its own distance from μ a task keeps."""

    def shrunk(self, effects: np.ndarray) -> np.ndarray:
        """Pull effects towards their weighted mean, [..., tasks]."""
        mean = (effects * self.weights).sum(axis=-1, keepdims=True)
        return mean + self.kept * (effects - mean)


def random_effects(effects: np.ndarray, errors: np.ndarray) -> RandomEffects:
    """Fit the model.

    Args:
        effects: [tasks], y.
        errors: [tasks] > 0, s.
    """
    from scipy.stats import t  # SciPy loads slowly, and few commands pool tasks

    count = len(effects)
    squared = errors**2
    between = _reml(effects, squared)
    weights = 1 / (between + squared)
    weights = weights / weights.sum()
    mean = float(weights @ effects)
    half = new_half = np.nan
    if count > 1:
        spread = weights @ (effects - mean) ** 2 / (count - 1)
        # Never narrower than if τ were known, which few alike tasks would give.
        own = 1 / (1 / (between + squared)).sum()
        variance = max(float(spread), float(own))
        half = float(t.ppf(0.975, count - 1) * np.sqrt(variance))
        if count > 2:
            new_half = float(t.ppf(0.975, count - 2) * np.sqrt(between + variance))
    return RandomEffects(
        mean=mean,
        low=mean - half,
        high=mean + half,
        new_low=mean - new_half,
        new_high=mean + new_half,
        between=float(np.sqrt(between)),
        weights=weights,
        kept=between / (between + squared),
    )


def _reml(effects: np.ndarray, squared: np.ndarray) -> float:
    """Return τ² ≥ 0 of the largest restricted likelihood, by Fisher scoring."""
    if len(effects) < 2:
        return 0.0
    found = max(float(effects.var(ddof=1) - squared.mean()), 0.0)
    for _ in range(_STEPS):
        w = 1 / (found + squared)
        total = w.sum()
        residual = effects - (w @ effects) / total
        trace = total - (w**2).sum() / total
        twice = (w**2).sum() - 2 * (w**3).sum() / total + ((w**2).sum() / total) ** 2
        new = max(found + float(((w * residual) ** 2).sum() - trace) / twice, 0.0)
        if abs(new - found) <= _CLOSE + 1e-9 * found:
            return new
        found = new
    return found
