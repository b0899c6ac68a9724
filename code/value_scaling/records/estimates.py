"""Numbers with intervals, and fitted laws with bootstrap replicates."""

from dataclasses import dataclass, field
from types import EllipsisType
from typing import Literal, get_args

import numpy as np

from value_scaling.stats.bootstrap import interval
from value_scaling.stats.power_law import PowerLaw, at_search_limit

Status = Literal["converged", "at a bound", "not identifiable", "too few points"]
"""Outcome of a fit. Only a fit that converged is shown as a number. A fit `at a bound`
ended at a limit of its search. A fit that is `not identifiable` rests on too few optima
or too narrow a range, or most of its draws end at a limit."""
STATUSES: tuple[Status, ...] = get_args(Status)
_CONVERGED, _AT_A_BOUND, _NOT_IDENTIFIABLE, _TOO_FEW = range(len(STATUSES))


Index = int | slice | EllipsisType | np.ndarray


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


def entry(values: Estimate, *index: Index) -> Estimate:
    """Return one entry of an array estimate, or a part of it."""
    parts = (values.value, values.low, values.high)
    return Estimate(*(np.asarray(part)[index] for part in parts))


def side(difference: Estimate) -> int:
    """Return the sign of a difference of errors, or 0 if it may be zero.

    The value and its whole interval must lie on the same side of zero. The interval
    alone does not suffice: noise adds to each error and biases it upwards.
    """
    value, low, high = (
        float(part) for part in (difference.value, difference.low, difference.high)
    )
    return int(value > 0 and low > 0) - int(value < 0 and high < 0)


def search_status(
    there: np.ndarray, ended: np.ndarray, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the status of fits by a search, and the share of draws at its limit.

    A fit is not identifiable if most of its draws lie at a limit.

    Args:
        there: bool [...], whether there is a fit.
        ended: bool [...], whether it lies at a limit of the search.
        drawn: bool [replicates, ...], the same for each replicate.

    Returns:
        indices in `STATUSES`, int8 [...]; shares [...], 0 without replicates.
    """
    share = drawn.mean(axis=0) if len(drawn) else np.zeros(ended.shape)
    status = np.where(share > 0.5, _NOT_IDENTIFIABLE, _CONVERGED)
    status = np.where(ended, _AT_A_BOUND, status)
    return np.where(there, status, _TOO_FEW).astype(np.int8), share


def negated(values: Estimate) -> Estimate:
    """Change the sign of an estimate, e.g. from an exponent -α to α."""
    return Estimate(-values.value, -values.high, -values.low)


@dataclass(frozen=True)
class FittedLaw:
    """A fitted power law, or a stack of them, with its bootstrap replicates."""

    value: PowerLaw
    """Fields of shape [...]."""
    replicates: PowerLaw
    """Fields of shape [replicates, ...]; with zero replicates no interval is known."""
    status: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int8))
    """[...], index in `STATUSES`; by default, laws with finite values have
    converged."""
    at_bound: np.ndarray = field(default_factory=lambda: np.empty(0))
    """[...], share of replicates at a limit of the search; 0 if there was no search."""

    def __post_init__(self) -> None:
        shape = self.value.scale.shape
        if self.status.shape != shape:
            there = np.isfinite(self.value.scale)
            code = np.where(there, _CONVERGED, _TOO_FEW).astype(np.int8)
            object.__setattr__(self, "status", code)
        if self.at_bound.shape != shape:
            object.__setattr__(self, "at_bound", np.zeros(shape))

    @classmethod
    def searched(cls, value: PowerLaw, replicates: PowerLaw) -> "FittedLaw":
        """Wrap laws of `fit_offset`, which may lie at a limit of its search."""
        there = np.isfinite(value.scale)
        ended, drawn = at_search_limit(value), at_search_limit(replicates)
        return cls(value, replicates, *search_status(there, ended, drawn))

    def status_of(self, index: int | tuple[int, ...] = ()) -> Status:
        """Return the status of one law of the stack."""
        return STATUSES[int(self.status[index])]

    @property
    def converged(self) -> np.ndarray:
        """Which laws of the stack converged and are shown as numbers, bool [...]."""
        return self.status == _CONVERGED

    @classmethod
    def without_interval(cls, value: PowerLaw) -> "FittedLaw":
        """Wrap a law whose coefficients alone are known."""
        none = np.empty((0, *np.shape(value.scale)))
        return cls(value, PowerLaw(none, none, none))

    def drawn(self, count: int) -> PowerLaw:
        """Return `count` replicates, shape [count, ...].

        They repeat if there are fewer. Each is the law itself if there are none.
        """
        if known := len(self.replicates.scale):
            return self.replicates[np.arange(count) % known]
        return self.value[None][np.zeros(count, dtype=int)]

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
