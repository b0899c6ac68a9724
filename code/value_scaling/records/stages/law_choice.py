"""Comparison of laws of D_J(σ) by their errors at σ that were left out of the fit."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from value_scaling.records.estimates import Estimate, Status, side

Law = Literal["power law with floor", "pure power law", "sigmoid", "no change"]
"""Laws: D_min + (β/σ)^α; (β/σ)^α; low + drop/(1 + (σ/turn)^steepness); and the value at
the nearest σ, or the geometric mean of the two if they are equally near."""
LAWS: tuple[Law, ...] = get_args(Law)
Where = Literal["interior", "ends"]
"""The σ that is left out: one between others, or the smallest or largest."""
CurveSet = Literal["pooled", "each environment"]
Comparison = Literal["better", "worse", "undecided", "no comparison"]
_COMPARISON_OF: dict[int, Comparison] = {-1: "better", 0: "undecided", 1: "worse"}


@dataclass(frozen=True)
class LawError:
    """Errors of one law at each σ, left out of its fit one at a time."""

    set_name: str
    curves: CurveSet
    """The curves D_J(σ) that were fitted, one for each level."""
    where: Where
    law: Law
    count: int
    """Number of predictions: levels, times environments if separate, times σ left
    out."""
    error: Estimate
    """Median |relative error|."""
    difference: Estimate
    """Median |log(predicted/actual)| minus that of the power law with floor, over
    values that both predict, in the same replicates; NaN for the power law with
    floor."""
    status: Status
    """Status of the fits; `too few points` if too few σ are left."""

    @property
    def comparison(self) -> Comparison:
        """Result of the comparison with the power law with floor; see `side`."""
        if not np.isfinite(self.difference.value):
            return "no comparison"
        return _COMPARISON_OF[side(self.difference)]


@dataclass(frozen=True)
class LawChoice:
    """Held-out errors of all laws, for each set of runs of a study."""

    study: str
    replicates: int
    errors: tuple[LawError, ...]
    """Errors by set, curves, where and law."""
