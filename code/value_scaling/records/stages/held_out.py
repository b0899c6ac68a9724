"""Predictions of what was held out, each beside those of naive predictors."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from value_scaling.records.estimates import Estimate, Status, side

Naive = Literal["no change", "pure power law"]
"""What is predicted without the fit. `no change`: what was found at the nearest σ that
the fit saw (for an environment that was left out: at the one σ at which it is known;
along the budget: the σ* of the highest fitted level, with which data keep their share
of the budget). `pure power law`: the fit without D_min."""
NAIVE: tuple[Naive, ...] = get_args(Naive)
Verdict = Literal["fit better", "naive better", "undecided", "no check"]
_VERDICT_OF: dict[int, Verdict] = {
    -1: "fit better",
    0: "undecided",
    1: "naive better",
}

WIDEST = 10.0
"""Ratio of the ends of an interval above which the interval excludes too little."""


@dataclass(frozen=True)
class NaivePrediction:
    """What a naive predictor says of a cell that a fit predicts."""

    naive: Naive
    predicted: float
    error: Estimate
    """predicted/actual - 1, from the same replicates as the fit's."""
    difference: Estimate
    """|log(predicted/actual)| of the fit less that of the naive predictor, in each
    replicate too; below zero: the fit is nearer."""


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
    status: Status = "converged"
    """Of the fit that predicts; `at a bound` also where the actual optimum is one."""
    naive: tuple[NaivePrediction, ...] = ()
    """What naive predictors say of the same cell; all checks of a kind have the same
    predictors in the same order."""

    @property
    def counts(self) -> bool:
        """Whether this is a check: the fit converged and the error is a number."""
        return self.status == "converged" and bool(np.isfinite(self.error.value))

    @property
    def covered(self) -> bool:
        """Whether the interval of the error includes zero."""
        return bool(self.error.low <= 0 <= self.error.high)

    @property
    def telling(self) -> bool:
        """Whether an interval is known that excludes something.

        One without width comes from draws that are all the same; one in which
        predicted over actual varies by more than a factor of ten includes nearly
        every error, zero among them.
        """
        low, high = float(self.error.low), float(self.error.high)
        known = np.isfinite(low) and np.isfinite(high) and low < high
        return bool(known and 1 + high <= WIDEST * (1 + low))


@dataclass(frozen=True)
class AgainstNaive:
    """All checks of one quantity and kind: the fit against one naive predictor."""

    quantity: str
    kind: str
    naive: Naive
    count: int
    """Checks that both predict."""
    fit: Estimate
    """Median |relative error| of the fit over these checks."""
    error: Estimate
    """The same of the naive predictor."""
    difference: Estimate
    """Median |log(predicted/actual)| of the fit less that of the naive predictor."""

    @property
    def verdict(self) -> Verdict:
        """Which is nearer, see `side`."""
        if not (self.count and np.isfinite(self.difference.value)):
            return "no check"
        return _VERDICT_OF[side(self.difference)]
