"""The choices in which this project and the authors differ for σ and N."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SizeChoices:
    """How D(σ, N), B(σ, N) and the laws of F are fitted."""

    fit: Literal["best", "from zero"] = "best"
    """`best`: least squares of relative errors of D and of errors of ln B, by variable
    projection over the range of exponents. `from zero`: one descent from zero of the
    mean squared error of the logarithm, in rescaled variables."""
    average: Literal["geometric", "arithmetic"] = "geometric"
    """Kind of mean of the best batch size over bootstrap samples."""
    outside: Literal["censored", "counted"] = "censored"
    """Treatment of optima outside the range of σ and N that was run: they are left out
    of the laws of F, or they count."""
    held_out: Literal["budget", "level"] = "budget"
    """Order of the levels in σ*(F) and N*(F), of which the last are left out."""


VARIANTS = {
    "default": SizeChoices(),
    "published": SizeChoices("from zero", "arithmetic", "counted", "level"),
}
