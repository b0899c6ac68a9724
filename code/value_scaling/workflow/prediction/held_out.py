"""Compare predictions with the values that were held out of the fit.

Naive predictors predict the same value. All predictions are compared with it in the
same replicates, so their errors can be compared in pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from value_scaling.records import (
    AgainstNaive,
    Estimate,
    HeldOut,
    Naive,
    NaivePrediction,
    Status,
    estimate,
)
from value_scaling.stats.medians import median_of_known

Drawn = tuple[float | np.ndarray, np.ndarray]
"""A scalar value with its replicates, [replicates]; no replicates: no interval."""


_DECIMALS = 12
"""Differences below this are rounding errors and count as zero."""


@dataclass(frozen=True)
class Check:
    """A prediction with all of its replicates, for comparisons over a kind of check."""

    record: HeldOut
    ratio: np.ndarray
    """[1 + replicates], predicted/actual: the value, then its replicates."""
    naive: dict[Naive, np.ndarray] = field(default_factory=dict)
    """[1 + replicates], predicted/actual of each naive predictor."""


def held_out(
    *,
    quantity: str,
    kind: str,
    label: str,
    predicted: Drawn,
    actual: Drawn,
    status: Status = "converged",
    naive: Mapping[Naive, Drawn],
) -> Check:
    """Return the relative error predicted/actual - 1 with its 95% interval.

    Args:
        status: status of the fit that predicts, or `at a bound` if the actual value is
            one.
        naive: predictions of the same value by naive predictors.
    """
    ratio = _ratio(predicted, actual)
    ratios = {name: _ratio(drawn, actual) for name, drawn in naive.items()}
    record = HeldOut(
        quantity=quantity,
        kind=kind,
        label=label,
        predicted=float(predicted[0]),
        actual=float(actual[0]),
        error=_estimate(ratio - 1),
        status=status,
        naive=tuple(
            NaivePrediction(
                naive=name,
                predicted=float(naive[name][0]),
                error=_estimate(other - 1),
                difference=_estimate(_distance(ratio) - _distance(other)),
            )
            for name, other in ratios.items()
        ),
    )
    return Check(record, ratio, ratios)


def against_naive(checks: Sequence[Check]) -> tuple[AgainstNaive, ...]:
    """Compare the fit with each naive predictor over each kind of check.

    A check counts only if both predict it, and it counts in a replicate only if both
    predict it there.
    """
    kinds: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        kinds.setdefault((check.record.quantity, check.record.kind), []).append(check)
    found = []
    for (quantity, kind), group in kinds.items():
        for name in dict.fromkeys(name for check in group for name in check.naive):
            own = [
                check
                for check in group
                if check.record.counts and np.isfinite(check.naive[name][0])
            ]
            none = np.full((1, 1), np.nan)
            fit = np.stack([check.ratio for check in own]) if own else none
            other = np.stack([check.naive[name] for check in own]) if own else none
            both = np.isfinite(fit) & np.isfinite(other)
            fit, other = (np.where(both, ratio, np.nan) for ratio in (fit, other))
            found.append(
                AgainstNaive(
                    quantity=quantity,
                    kind=kind,
                    naive=name,
                    count=len(own),
                    fit=median_error(fit),
                    error=median_error(other),
                    difference=median_difference(fit, other),
                )
            )
    return tuple(found)


def _ratio(predicted: Drawn, actual: Drawn) -> np.ndarray:
    """Return predicted/actual, [1 + replicates]; NaN where a replicate lacks either."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.asarray(predicted[0], dtype=float) / np.asarray(actual[0])
        drawn = np.asarray(predicted[1], dtype=float) / np.asarray(actual[1])
    return np.concatenate([value.reshape(1), drawn])


def _distance(ratio: np.ndarray) -> np.ndarray:
    """Return |log ratio|, infinite where the ratio is not positive."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.abs(np.log(np.where(ratio <= 0, 0.0, ratio)))


def median_error(ratios: np.ndarray) -> Estimate:
    """Return the median |relative error| over checks.

    Args:
        ratios: [checks, 1 + replicates], predicted/actual.
    """
    return _estimate(median_of_known(np.abs(ratios - 1).T))


def median_difference(one: np.ndarray, other: np.ndarray) -> Estimate:
    """Return the median |log ratio| over checks, minus that of another predictor."""
    medians = (median_of_known(_distance(each).T) for each in (one, other))
    with np.errstate(invalid="ignore"):
        return _estimate(np.round(np.subtract(*medians), _DECIMALS))


def _estimate(values: np.ndarray) -> Estimate:
    """Return the first value with the interval of the others."""
    return estimate(values[0], values[1:])
