"""What was measured in runs beside their returns, and how it depends on σ, B and η."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.axes import required
from value_scaling.records.estimates import Estimate, estimate
from value_scaling.records.runs import Setting

PREDICTORS = tuple(axis.name for axis in required())
"""Axes in whose base-2 logarithms the trends are linear."""

_UNIFORM = "training.critic_loss"
MEASURES: dict[str, tuple[str, str | None]] = {
    "overfitting": ("training.new_data_critic_loss", _UNIFORM),
    "validation_overfitting": ("val.critic_loss", _UNIFORM),
    "parameter_norm": ("training.critic_pnorm_l2", None),
    "actor_norm": ("training.actor_pnorm_l2", None),
    "gradient_norm": ("training.critic_gnorm_l2", None),
    "dormant_fraction": ("training.dormant_fraction", None),
    "feature_rank": ("training.feature_rank", None),
}
"""Measure -> its metric folder, and the one that is subtracted from it. The TD error on
uniformly drawn data is subtracted from that on the newest (overfitting, as the paper's
poster defines it) and from that on a stream that is never trained on."""


def diagnostic_metrics() -> tuple[str, ...]:
    """Return the metric folders that some measure is made of."""
    named = (metric for pair in MEASURES.values() for metric in pair if metric)
    return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Trend:
    """y = intercept of the environment + Σ_p slope_p·(log2 x_p - centre_p)."""

    centre: np.ndarray
    """[predictors], mean of log2 of σ, B and η over the settings."""
    level: np.ndarray
    """[], mean intercept: the value at the centre."""
    slopes: np.ndarray
    """[predictors], change of y for each doubling; NaN: not determined."""
    level_replicates: np.ndarray
    """[replicates]."""
    slope_replicates: np.ndarray
    """[replicates, predictors]."""

    @property
    def slope(self) -> Estimate:
        """Slopes with their intervals, [predictors]."""
        return estimate(self.slopes, self.slope_replicates)

    def at(self, predictor: str, x: np.ndarray) -> Estimate:
        """Evaluate along one predictor, the others at their centre, [points]."""
        index = PREDICTORS.index(predictor)
        away = np.log2(x) - self.centre[index]
        drawn = self.slope_replicates[:, index, None] * away
        return estimate(
            self.level + self.slopes[index] * away,
            self.level_replicates[:, None] + drawn,
        )


@dataclass(frozen=True)
class Measure:
    """One measured quantity of every setting, in units of its environment's scale."""

    scale: np.ndarray
    """[environments], what the values were divided by: the median over the settings,
    of the TD error on uniform data for differences, else of the quantity itself."""
    seeds: np.ndarray
    """[settings], how many seeds have a value."""
    values: Estimate
    """[settings], median over the seeds; NaN: none has a value."""
    positive: Estimate
    """[], share of the settings with a value that is above zero."""
    trend: Trend
    """One slope for all environments."""
    separate: Estimate
    """[environments, predictors], slopes of each environment alone."""


@dataclass(frozen=True)
class Diagnostics:
    """The measures of one set of runs, where its archive has their metrics."""

    study: str
    set_name: str
    settings: tuple[Setting, ...]
    environments: tuple[str, ...]
    windows: np.ndarray
    """[environments, 2], environment steps (after, up to) that are averaged over."""
    measures: dict[str, Measure]
    """By name, as in MEASURES."""
    replicates: int
