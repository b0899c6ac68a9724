"""One way to hold a prediction against what was left out of its fit."""

import numpy as np

from value_scaling.records import HeldOut, Status, estimate

Drawn = tuple[float | np.ndarray, np.ndarray]
"""A scalar value with its replicates, [replicates]; no replicates: no interval."""


def held_out(
    *,
    quantity: str,
    kind: str,
    label: str,
    predicted: Drawn,
    actual: Drawn,
    status: Status = "converged",
) -> HeldOut:
    """Return the relative error predicted/actual - 1 with its 95% interval.

    Args:
        status: of the fit that predicts, or `at a bound` if the actual value is one.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.asarray(predicted[0]) / np.asarray(actual[0]) - 1
        drawn = np.asarray(predicted[1]) / np.asarray(actual[1]) - 1
    return HeldOut(
        quantity=quantity,
        kind=kind,
        label=label,
        predicted=float(predicted[0]),
        actual=float(actual[0]),
        error=estimate(error, drawn),
        status=status,
    )
