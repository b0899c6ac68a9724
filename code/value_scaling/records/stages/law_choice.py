"""Which law of D_J(σ) predicts best at σ that it did not see."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from value_scaling.records.estimates import Estimate, Status, side

Law = Literal["power law with floor", "pure power law", "sigmoid", "no change"]
"""D_min + (β/σ)^α; (β/σ)^α; low + drop/(1 + (σ/turn)^steepness); the value at the
nearest σ, and between two that are equally near their geometric mean."""
LAWS: tuple[Law, ...] = get_args(Law)
Where = Literal["interior", "ends"]
"""Which σ is left out: one between others, or the smallest or the largest."""
CurveSet = Literal["pooled", "each environment"]
Comparison = Literal["better", "worse", "undecided", "no comparison"]
_COMPARISON_OF: dict[int, Comparison] = {-1: "better", 0: "undecided", 1: "worse"}


@dataclass(frozen=True)
class LawError:
    """Errors of one law at every σ that was left out of its fit, one at a time."""

    set_name: str
    curves: CurveSet
    """Which D_J(σ); there is one for each level."""
    where: Where
    law: Law
    count: int
    """Number of predictions: levels (times environments) times σ left out."""
    error: Estimate
    """Median |relative error|."""
    difference: Estimate
    """Median |log(predicted/actual)| less that of the power law with floor, over what
    both predict, in the same replicates; NaN of that law itself."""
    status: Status
    """`too few points`: too few σ are left for a fit."""

    @property
    def comparison(self) -> Comparison:
        """Against the power law with floor, see `side`."""
        if not np.isfinite(self.difference.value):
            return "no comparison"
        return _COMPARISON_OF[side(self.difference)]


@dataclass(frozen=True)
class LawChoice:
    """The choice of law by held-out error, for each set of runs of a study."""

    study: str
    replicates: int
    errors: tuple[LawError, ...]
    """By set, curves, where and law."""
