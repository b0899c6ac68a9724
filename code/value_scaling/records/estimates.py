"""Numbers with intervals, laws with replicates, and predictions held against runs."""

from dataclasses import dataclass

import numpy as np

from value_scaling.stats.bootstrap import interval
from value_scaling.stats.power_law import PowerLaw


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its 95% interval; floats or arrays of one shape."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def estimate(value: np.ndarray, replicates: np.ndarray) -> Estimate:
    """Put the 95% percentile interval of `replicates` (axis 0) around `value`.

    Without replicates (published coefficients) both ends are NaN.
    """
    value = np.asarray(value, dtype=float)
    if len(replicates) == 0:
        empty = np.full(value.shape, np.nan)
        return Estimate(value, empty, empty)
    low, high = interval(replicates)
    return Estimate(value, low, high)


@dataclass(frozen=True)
class FittedLaw:
    """A fitted power law, or a stack of them, with its bootstrap replicates."""

    value: PowerLaw
    """Fields of shape [...]."""
    replicates: PowerLaw
    """Fields of shape [replicates, ...]; zero replicates: no interval is known."""

    @classmethod
    def without_interval(cls, value: PowerLaw) -> "FittedLaw":
        """Wrap a law of which only the coefficients are known."""
        none = np.empty((0, *np.shape(value.scale)))
        return cls(value, PowerLaw(none, none, none))

    def at(self, x: float | np.ndarray) -> Estimate:
        """Evaluate with a pointwise 95% interval, shape [..., *x.shape]."""
        return estimate(self.value(x), self.replicates(x))

    @property
    def scale(self) -> Estimate:
        """Estimate of the scale."""
        return self._field("scale")

    @property
    def exponent(self) -> Estimate:
        """Estimate of the exponent."""
        return self._field("exponent")

    @property
    def asymptote(self) -> Estimate:
        """Estimate of the asymptote."""
        return self._field("asymptote")

    @property
    def beta(self) -> Estimate:
        """Estimate of β in (β/x)^α."""
        return self._field("beta")

    def _field(self, name: str) -> Estimate:
        replicates = getattr(self.replicates, name)
        return estimate(getattr(self.value, name), np.atleast_1d(replicates))


@dataclass(frozen=True)
class HeldOut:
    """A prediction from fits that did not see what they predict."""

    quantity: str
    """What is predicted: `batch_size`, `learning_rate`, `data`, `utd_star`,
    `budget_data`, `budget_compute`."""
    kind: str
    """What was left out: `largest utd`, `smallest utd`, `environment`, `level`."""
    label: str
    """The cell, e.g. `Ant-v4, UTD 8` or `J = 800`."""
    predicted: float
    actual: float
    error: Estimate
    """predicted/actual - 1; its interval resamples both sides."""

    @property
    def covered(self) -> bool:
        """Whether the interval of the error holds zero."""
        return bool(self.error.low <= 0 <= self.error.high)
