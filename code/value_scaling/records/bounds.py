"""Limits of a search. A value at a limit is a bound, not an estimate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from value_scaling.records.estimates import Estimate, FittedLaw
from value_scaling.stats.power_law import ALPHA_LEAST, ALPHA_MOST

_BESIDE = 1 + 1e-6
"""Ratio within which a value counts as equal to a limit."""

Side = Literal["", "low", "high"]


@dataclass(frozen=True)
class Limits:
    """The range of a search, and the signs written before values at its ends."""

    low: float
    high: float
    beyond: bool = False
    """Whether the true value lies beyond the limit: `> 6` rather than `≥ 16`."""

    def side(self, value: float) -> Side:
        """Return the end of the range at which a value lies; empty if at neither."""
        if value <= self.low * _BESIDE:
            return "low"
        return "high" if value >= self.high / _BESIDE else ""

    def sign(self, value: float) -> str:
        """Return the sign to write before a value; empty inside the range."""
        side = self.side(value)
        if not side:
            return ""
        return {"low": "<", "high": ">"}[side] if self.beyond else _OR_EQUAL[side]

    def limit(self, value: float) -> float:
        """Return the limit at which a value lies, or the value if it is inside."""
        return {"low": self.low, "high": self.high, "": value}[self.side(value)]


_OR_EQUAL: dict[Side, str] = {"low": "≤", "high": "≥"}

ALPHA = Limits(ALPHA_LEAST, ALPHA_MOST, beyond=True)
"""Search range of α in D_J(σ)."""


@dataclass(frozen=True)
class Bounded:
    """A scalar estimate from a search, with the range of that search."""

    values: Estimate
    limits: Limits

    @property
    def value(self) -> float:
        """The value itself."""
        return float(np.asarray(self.values.value))

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the interval."""
        return float(np.asarray(self.values.low)), float(np.asarray(self.values.high))

    @property
    def is_bound(self) -> bool:
        """Whether the value is a bound."""
        return bool(self.limits.side(self.value))

    def write(self, text: Callable[[float], str], part: float) -> str:
        """Write the value or an end of its interval, with a sign if it is a bound."""
        sign = self.limits.sign(part)
        return f"{sign} {text(self.limits.limit(part))}" if sign else text(part)


def why_no_fit(law: FittedLaw, index: int) -> str:
    """Say why a law of D_J(σ) with enough points is not a fit; empty if it is one."""
    status = law.status_of(index)
    if status == "not identifiable":
        share = f"{100 * float(law.at_bound[index]):.0f}%"
        return f"{share} of the bootstrap draws end at the limit of the search"
    if status != "at a bound":
        return ""
    alpha = float(law.value.alpha[index])
    if ALPHA.side(alpha) and float(law.value.scale[index]) > 0:
        end = f"{ALPHA.sign(alpha)} {ALPHA.limit(alpha):.2g}"
        return f"alpha {end}, the limit of the search"
    return "the data does not fall with UTD"
