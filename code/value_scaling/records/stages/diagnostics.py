"""Metrics of runs other than returns, and their dependence on σ, B and η."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.axes import required
from value_scaling.records.estimates import Estimate, estimate
from value_scaling.records.runs import Setting

PREDICTORS = tuple(axis.name for axis in required())
"""Axes whose base-2 logarithms are the predictors of the linear trends."""

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
"""Metric folder of each measure, and the folder that is subtracted from it. Overfitting
is the TD error on the newest data minus the TD error on uniformly drawn data, as in the
paper's poster. Validation overfitting uses a stream that is never trained on instead of
the newest data."""


def diagnostic_metrics() -> tuple[str, ...]:
    """Return the metric folders that the measures use."""
    named = (metric for pair in MEASURES.values() for metric in pair if metric)
    return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Trend:
    """Linear trend y = a_environment + Σ_p slope_p·(log2 x_p - centre_p)."""

    centre: np.ndarray
    """[predictors], mean of log2 of σ, B and η over the settings."""
    level: np.ndarray
    """[], mean of the intercepts a_environment, i.e. the value at the centre."""
    slopes: np.ndarray
    """[predictors], change of y per doubling of the predictor; NaN if not
    determined."""
    level_replicates: np.ndarray
    """[replicates], bootstrap replicates of `level`."""
    slope_replicates: np.ndarray
    """[replicates, predictors], bootstrap replicates of `slopes`."""

    @property
    def slope(self) -> Estimate:
        """Slopes with their intervals, [predictors]."""
        return estimate(self.slopes, self.slope_replicates)

    def at(self, predictor: str, x: np.ndarray) -> Estimate:
        """Evaluate along one predictor with the others at their centre, [points]."""
        index = PREDICTORS.index(predictor)
        away = np.log2(x) - self.centre[index]
        drawn = self.slope_replicates[:, index, None] * away
        return estimate(
            self.level + self.slopes[index] * away,
            self.level_replicates[:, None] + drawn,
        )


@dataclass(frozen=True)
class Measure:
    """One measure of every setting, in units of its environment's scale."""

    scale: np.ndarray
    """[environments], divisor of the values: the median over the settings of the TD
    error on uniform data for differences, and of the measure itself otherwise."""
    seeds: np.ndarray
    """[settings], number of seeds with a value."""
    values: Estimate
    """[settings], median over the seeds; NaN if none has a value."""
    positive: Estimate
    """[], share of the settings with values whose value is above zero."""
    trend: Trend
    """Trend with one slope for all environments."""
    separate: Estimate
    """[environments, predictors], slopes of each environment alone."""


@dataclass(frozen=True)
class Diagnostics:
    """The measures of one set of runs whose archive has the metrics."""

    study: str
    set_name: str
    settings: tuple[Setting, ...]
    environments: tuple[str, ...]
    windows: np.ndarray
    """[environments, 2], environment steps (after, up to) over which is averaged."""
    measures: dict[str, Measure]
    """Measures by name, as in `MEASURES`."""
    replicates: int
