"""Naive predictions, which do not use the fit that is checked."""

import numpy as np

from value_scaling.records import Naive
from value_scaling.stats.power_law import fit_line
from value_scaling.workflow.prediction.held_out import Drawn

_TIE = 1e-9
"""Differences of logarithms below this are rounding errors."""
NOT_KNOWN: Drawn = (np.nan, np.array([np.nan]))


def no_change(
    utds: np.ndarray, point: np.ndarray, drawn: np.ndarray, at: float
) -> Drawn:
    """Return the value at the nearest σ, by its ratio, at which there is one.

    If two σ, one on either side, are equally near, it is the geometric mean of both
    values.

    Args:
        utds: [utds], σ that the fit uses.
        point: [utds]; NaN where unknown.
        drawn: [replicates, utds].
        at: σ to predict.
    """
    known = np.flatnonzero(np.isfinite(point))
    if not known.size:
        return NOT_KNOWN
    far = np.abs(np.log(utds[known] / at))
    nearest = known[far <= far.min() + _TIE]
    if len(nearest) == 1:
        return point[nearest[0]], drawn[:, nearest[0]]
    with np.errstate(invalid="ignore", divide="ignore"):  # log 0 at the start of runs
        both = np.log(point[nearest]), np.log(drawn[:, nearest])
    return np.exp(both[0].mean()), np.exp(both[1].mean(axis=-1))


def naive_data(
    utds: np.ndarray, point: np.ndarray, drawn: np.ndarray, at: float
) -> dict[Naive, Drawn]:
    """Predict data at one σ from the data at others; arguments as for `no_change`.

    The pure power law is fitted by least squares in logarithms.
    """
    pure = fit_line(utds, point), fit_line(utds, drawn)
    return {
        "no change": no_change(utds, point, drawn, at),
        "pure power law": (pure[0](at), pure[1](at)),
    }
