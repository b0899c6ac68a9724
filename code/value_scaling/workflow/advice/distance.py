"""How far a prediction extrapolates, and the error of held-out checks at that distance.

A check fits the values at all σ but the outermost ones and predicts the outermost σ.
Its distance is the ratio of this σ to the nearest σ that is left. Leaving out one σ is
the check of the records; leaving out more gives checks at larger distances.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from value_scaling.records import BestValues, Budget, DataEfficiency
from value_scaling.stats.power_law import (
    PowerLaw,
    fit_line,
    fit_offset,
    fit_shared_slope,
)

_SAME = 1 + 1e-6
"""Ratio below which two distances count as equal."""
Fit = Callable[[np.ndarray, np.ndarray], PowerLaw]
Errors = Callable[[np.ndarray, int], np.ndarray]
"""From the indices of the x that are fitted and the index of another x, to the errors
|predicted/actual - 1| at that x."""


@dataclass(frozen=True)
class Tested:
    """The error of a held-out prediction at one distance."""

    factor: float
    """Ratio of the predicted x to the nearest x in the fit, above 1."""
    error: float
    """Median of |predicted/actual - 1| over the predictions."""
    count: int
    """Number of predictions."""


@dataclass(frozen=True)
class Distance:
    """How far beyond the runs a prediction is, and the check at that distance."""

    factor: float
    """Ratio to the nearest end of the range that was run; 1 inside the range."""
    low: float
    high: float
    """Range that was run."""
    tested: Tested | None
    """The nearest check at this distance or beyond; the farthest check if none is."""

    @property
    def beyond_checks(self) -> bool:
        """Whether no check has such a distance."""
        return self.tested is None or self.tested.factor * _SAME < self.factor


def of_best_values(values: BestValues, utd: float) -> Distance:
    """Return the distance of a prediction of B* or η*."""
    own = values.best.value[~values.is_single]
    return checked_distance(values.utds, own, utd, fit_shared_slope, least=2)


def of_data(record: DataEfficiency, j: int, utd: float) -> Distance:
    """Return the distance of a prediction of D_J at level j."""
    nonnegative = record.choices.asymptote == "nonnegative"

    def fit(x: np.ndarray, y: np.ndarray) -> PowerLaw:
        return fit_offset(x, y, nonnegative=nonnegative)

    if record.source != "archive":
        return Distance(*_range(record.utds, utd), None)
    own = record.pooled.value[:, j][None]
    return checked_distance(record.utds, own, utd, fit, least=3)


def of_budget(record: Budget, budget: float) -> Distance:
    """Return the distance of a prediction of σ* at a budget."""
    interior = record.comparable & ~record.at_edge
    used = interior & np.isfinite(record.budget.value)
    if not used.any():
        return Distance(np.inf, np.nan, np.nan, None)
    x, y = record.budget.value[used], record.utd_star.value[used]
    order = np.argsort(x)
    return checked_distance(x[order], y[order][None], budget, fit_line, least=3)


def _range(x: np.ndarray, at: float) -> tuple[float, float, float]:
    low, high = float(x.min()), float(x.max())
    return max(1.0, at / high, low / at), low, high


def checked_distance(
    x: np.ndarray, y: np.ndarray, at: float, fit: Fit, *, least: int
) -> Distance:
    """Return a distance and its check.

    Args:
        x: [points] ascending.
        y: [curves, points].
        least: number of points that a fit needs.
    """

    def errors(fitted: np.ndarray, left: int) -> np.ndarray:
        predicted = fit(x[fitted], y[:, fitted])(x[left])
        return np.abs(predicted / y[:, left] - 1)

    return beyond(x, at, errors, least=least)


def beyond(x: np.ndarray, at: float, errors: Errors, *, least: int) -> Distance:
    """Return a distance and its check, from the errors of predictions.

    Args:
        x: [points] ascending.
        least: number of points that a fit needs.
    """
    factor, low, high = _range(x, at)
    if factor <= _SAME:
        return Distance(1.0, low, high, None)
    order = np.arange(len(x))
    if at < low:  # predict the smallest x from larger ones
        order = order[::-1]
    last, found = int(order[-1]), []
    for left in range(least, len(x)):
        own = errors(order[:left], last)
        own = own[np.isfinite(own)]
        if own.size:
            ratio = x[last] / x[order[left - 1]]
            away = float(max(ratio, 1 / ratio))
            found.append(Tested(away, float(np.median(own)), int(own.size)))
    found.sort(key=lambda each: each.factor)
    enough = [each for each in found if each.factor * _SAME >= factor]
    tested = enough[0] if enough else found[-1] if found else None
    return Distance(factor, low, high, tested)
