"""Held-out predictions of the fits and of naive predictors."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from value_scaling.records.estimates import Estimate, Status, side

Naive = Literal["no change", "pure power law"]
"""Naive predictors. `no change` predicts the value at the nearest σ, or (σ, N), in the
fit. For an environment that was left out, it uses the one σ at which the environment is
known; along the budget, it uses the σ* of the highest fitted level, at which data keep
their share of the budget. `pure power law` is the fit without D_min."""
NAIVE: tuple[Naive, ...] = get_args(Naive)
Verdict = Literal["fit better", "naive better", "undecided", "no check"]
_VERDICT_OF: dict[int, Verdict] = {
    -1: "fit better",
    0: "undecided",
    1: "naive better",
}

WIDEST = 10.0
"""Largest ratio of the ends of an interval that still excludes enough values."""


@dataclass(frozen=True)
class NaivePrediction:
    """Prediction of a naive predictor for a cell that a fit predicts."""

    naive: Naive
    predicted: float
    error: Estimate
    """predicted/actual - 1, from the same replicates as the error of the fit."""
    difference: Estimate
    """|log(predicted/actual)| of the fit minus that of the naive predictor, also in
    each replicate. A value below zero means that the fit is nearer."""


@dataclass(frozen=True)
class HeldOut:
    """A prediction of a value that was left out of the fit."""

    quantity: str
    """Predicted quantity: `batch_size`, `learning_rate`, `data`, `utd_star`,
    `size_star`, `budget_data` or `budget_compute`."""
    kind: str
    """Part that was left out: `largest utd`, `smallest utd`, `environment` or `level`;
    in a study of σ and N, also `largest size`, `interpolated`, `larger utd`, `larger
    size` or `budget`."""
    label: str
    """Name of the cell, e.g. `Ant-v4, UTD 8` or `J = 800`."""
    predicted: float
    actual: float
    error: Estimate
    """predicted/actual - 1; its interval resamples both sides."""
    status: Status = "converged"
    """Status of the fit that predicts; `at a bound` also if the actual optimum is a
    bound."""
    naive: tuple[NaivePrediction, ...] = ()
    """Naive predictions of the same cell; all checks of a kind have the same predictors
    in the same order."""

    @property
    def counts(self) -> bool:
        """Whether this counts as a check: the fit converged and the error is finite."""
        return self.status == "converged" and bool(np.isfinite(self.error.value))

    @property
    def covered(self) -> bool:
        """Whether the interval of the error includes zero."""
        return bool(self.error.low <= 0 <= self.error.high)

    @property
    def telling(self) -> bool:
        """Whether the interval is known and narrow enough to exclude some errors.

        An interval without width comes from draws that are all the same. An interval in
        which predicted/actual varies by more than a factor of ten includes nearly every
        error, zero among them.
        """
        low, high = float(self.error.low), float(self.error.high)
        known = np.isfinite(low) and np.isfinite(high) and low < high
        return bool(known and 1 + high <= WIDEST * (1 + low))


@dataclass(frozen=True)
class AgainstNaive:
    """Comparison of the fit with one naive predictor, over one quantity and kind."""

    quantity: str
    kind: str
    naive: Naive
    count: int
    """Number of checks that both predict."""
    fit: Estimate
    """Median |relative error| of the fit over these checks."""
    error: Estimate
    """Median |relative error| of the naive predictor over these checks."""
    difference: Estimate
    """Median |log(predicted/actual)| of the fit minus that of the naive predictor."""

    @property
    def verdict(self) -> Verdict:
        """Which of the two has the smaller errors; see `side`."""
        if not (self.count and np.isfinite(self.difference.value)):
            return "no check"
        return _VERDICT_OF[side(self.difference)]
