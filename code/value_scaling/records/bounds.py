"""Where a search ends: a value there is a bound, not an estimate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from value_scaling.records.estimates import Estimate, FittedLaw
from value_scaling.stats.power_law import ALPHA_LEAST, ALPHA_MOST

_BESIDE = 1 + 1e-6
"""A value this close to a limit is that limit."""

Side = Literal["", "low", "high"]


@dataclass(frozen=True)
class Limits:
    """The range of a search, and how what lies at its ends is written."""

    low: float
    high: float
    beyond: bool = False
    """Whether the true value lies beyond the limit: `> 6` rather than `≥ 16`."""

    def side(self, value: float) -> Side:
        """Tell at which end of the range a value lies; empty: at none."""
        if value <= self.low * _BESIDE:
            return "low"
        return "high" if value >= self.high / _BESIDE else ""

    def sign(self, value: float) -> str:
        """Return the sign to write before a value, empty inside the range."""
        side = self.side(value)
        if not side:
            return ""
        return {"low": "<", "high": ">"}[side] if self.beyond else _OR_EQUAL[side]

    def limit(self, value: float) -> float:
        """Return the limit that a value lies at, or the value inside the range."""
        return {"low": self.low, "high": self.high, "": value}[self.side(value)]


_OR_EQUAL: dict[Side, str] = {"low": "≤", "high": "≥"}

ALPHA = Limits(ALPHA_LEAST, ALPHA_MOST, beyond=True)
"""Of α of D_J(σ)."""


@dataclass(frozen=True)
class Bounded:
    """An estimate from a search, [] scalar, with the range of that search."""

    values: Estimate
    limits: Limits

    @property
    def value(self) -> float:
        """The value itself."""
        return float(np.asarray(self.values.value))

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of its interval."""
        return float(np.asarray(self.values.low)), float(np.asarray(self.values.high))

    @property
    def is_bound(self) -> bool:
        """Whether the value itself is a bound."""
        return bool(self.limits.side(self.value))

    def write(self, text: Callable[[float], str], part: float) -> str:
        """Write the value or an end; a bound as its limit with the sign before it."""
        sign = self.limits.sign(part)
        return f"{sign} {text(self.limits.limit(part))}" if sign else text(part)


def why_no_fit(law: FittedLaw, index: int) -> str:
    """Say why a law of D_J(σ) that has enough points is no fit; empty: it is one."""
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
