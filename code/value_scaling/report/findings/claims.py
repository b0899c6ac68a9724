r"""The claims of the paper, each with a rule that gives a verdict for a study.

A verdict follows from intervals and comparisons and is never written by hand. A claim
*holds*, *holds in part* or *fails*. It is *not decided* if the available runs do not
determine it, and *not testable* if there are no runs. Each claim states its rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from value_scaling.records.axes import FITTED
from value_scaling.report.findings.evidence import (
    best_fit,
    budget_fit,
    data_fit,
    extrapolates,
    overfitting,
    parameter_norms,
    uncorrelated,
    worth_fitting,
)
from value_scaling.report.findings.verdicts import Finding
from value_scaling.report.results import Results


@dataclass(frozen=True)
class Claim:
    """One claim of the paper, and the rule that judges it."""

    slug: str
    words: str
    """The claim as LaTeX."""
    rule: str
    """Conditions under which the claim holds, or holds in part, as LaTeX."""
    judge: Callable[[Results], Finding]


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "data law",
        r"$D_J(\sigma)$ falls as a power of $\sigma$ towards a floor",
        r"$\alpha_J$ is above zero at every level, and the fit is nearer than the "
        r"naive rules at the largest and at the smallest $\sigma$",
        data_fit,
    ),
    Claim(
        "budget law",
        r"$\sigma^*(F)$ is a power of the budget and predicts larger budgets",
        "the power differs from zero, and the fit is nearer than the naive rules at "
        "the highest levels",
        budget_fit,
    ),
    *(
        Claim(
            f"{axis.words} law",
            rf"${axis.latex}^*(\sigma)$ falls as a power of $\sigma$",
            rf"as for ${FITTED[0].latex}^*$"
            if number
            else "the exponent is above zero, and the fit is nearer than the naive "
            r"rules at the largest $\sigma$ and for an environment that was left out",
            partial(best_fit, axis=axis),
        )
        for number, axis in enumerate(FITTED)
    ),
    Claim(
        "uncorrelated",
        r"$B^*$ and $\eta^*$ are uncorrelated",
        "the intervals of their correlation and of the tilt include zero",
        uncorrelated,
    ),
    Claim(
        "worth fitting",
        "Fitted hyperparameters need less data than constant ones",
        "the ratio of the data is below one on held-out seeds; it fails where the "
        "ratio is above one",
        worth_fitting,
    ),
    Claim(
        "extrapolation",
        r"Fits on one half of the $\sigma$ predict the other half",
        "the fit is nearer than the naive rules; it fails where one of these is nearer",
        extrapolates,
    ),
    Claim(
        "overfitting",
        r"Overfitting rises with $\sigma$ and $B$",
        "both slopes are above zero",
        overfitting,
    ),
    Claim(
        "parameter norm",
        r"Parameter norms rise with $\sigma$ and $\eta$",
        "both slopes are above zero",
        parameter_norms,
    ),
)
