"""How far predictions over σ and N extrapolate, with held-out errors at that distance.

The checks leave out the outermost values of σ or of N and predict them, as those of
`distance` do.
"""

from collections.abc import Callable

import numpy as np

from value_scaling.records.model_size.record import BatchFits, SizeOptima, TaskSizes
from value_scaling.stats.model_size.batch_law import fit_batch_law
from value_scaling.stats.model_size.data_law import fit_data_law
from value_scaling.stats.power_law import fit_line
from value_scaling.workflow.advice.distance import Distance, beyond, checked_distance

_LEAST = 3
"""Least number of values of σ or N that a fit needs."""
Predict = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From the settings that are fitted and those that are predicted, both bool
[settings], to the predicted values."""


def of_size_data(task: TaskSizes, level: int, axis: str, at: float) -> Distance:
    """Return the distance of a prediction of D(σ, N) along an axis.

    Args:
        axis: `utd` or `model_size`.
    """
    values = {
        name: np.array([each.values[name] for each in task.settings], dtype=float)
        for name in ("utd", "model_size")
    }
    data = task.data.value[:, level]

    def predict(fitted: np.ndarray, left: np.ndarray) -> np.ndarray:
        utd, size = values["utd"], values["model_size"]
        law = fit_data_law(utd[fitted], size[fitted], data[fitted])
        return law(utd[left], size[left])

    return _along(values[axis], data, at, predict)


def of_size_batch(fits: BatchFits, axis: str, at: float) -> Distance:
    """Return the distance of a prediction of B(σ, N) along an axis."""
    own = fits.utds if axis == "utd" else fits.sizes

    def predict(fitted: np.ndarray, left: np.ndarray) -> np.ndarray:
        law = fit_batch_law(
            fits.utds[fitted], fits.sizes[fitted], fits.best.value[fitted]
        )
        return law(fits.utds[left], fits.sizes[left])

    return _along(own, fits.best.value, at, predict)


def of_size_budget(found: SizeOptima, name: str, budget: float) -> Distance:
    """Return the distance of a prediction along the budget, such as σ*(F)."""
    used = found.counted & np.isfinite(found.budget.value)
    if not used.any():
        return Distance(np.inf, np.nan, np.nan, None)
    x, y = found.budget.value[used], getattr(found, name).value[used]
    order = np.argsort(x)
    return checked_distance(x[order], y[order][None], budget, fit_line, least=_LEAST)


def _along(x: np.ndarray, y: np.ndarray, at: float, predict: Predict) -> Distance:
    """Return a distance along one axis and its check; x and y are [settings]."""

    values = np.unique(x)

    def errors(fitted: np.ndarray, last: int) -> np.ndarray:
        left = x == values[last]
        return np.abs(predict(np.isin(x, values[fitted]), left) / y[left] - 1)

    return beyond(values, at, errors, least=_LEAST)
