"""Numbers and intervals as plain text: for the terminal, Markdown and HTML."""

import math

import numpy as np

from value_scaling.records import Bounded, Estimate

UNKNOWN = "–"
_MOST = 1e7
"""Number above which a power of ten is used."""
_FINEST = -10
"""Exponent of the smallest power of two that is written exactly."""


def capitalised(text: str) -> str:
    """Return a text with a capital first letter and all others unchanged."""
    return text[:1].upper() + text[1:]


def plain(value: float, digits: int = 3) -> str:
    """Write a number with `digits` significant digits.

    Whole numbers, e.g. 1024, and powers of two, e.g. 0.03125, are written in full. A
    number that is not finite is written as `–`.
    """
    if not math.isfinite(value):
        return UNKNOWN
    if 10 ** (digits - 1) <= abs(value) < _MOST:
        return f"{value:.0f}"
    mantissa, exponent = math.frexp(abs(value))
    if mantissa == 0.5 and _FINEST < exponent <= 0:
        return f"{value:.10g}"
    return f"{value:.{digits}g}"


def bound_and_ends(found: Bounded, digits: int = 3) -> tuple[str, str]:
    """Write an estimate from a search and its interval, e.g. `≥ 16`, `[4.5, ≥ 16]`.

    An interval at the same limit as the value is omitted.
    """

    def text(value: float) -> str:
        return plain(value, digits)

    value, (low, high) = found.write(text, found.value), found.ends
    ends = [found.write(text, end) for end in (low, high)]
    unknown = not (math.isfinite(low) or math.isfinite(high))
    if unknown or ends == [value, value]:
        return value, ""
    return value, f"[{ends[0]}, {ends[1]}]"


def value_and_ends(values: Estimate, digits: int = 3) -> tuple[str, str]:
    """Write a value and its interval, `[low, high]`; empty if neither end is known."""
    value, low, high = (
        float(np.asarray(part)) for part in (values.value, values.low, values.high)
    )
    if not (math.isfinite(low) or math.isfinite(high)):
        return plain(value, digits), ""
    return plain(value, digits), f"[{plain(low, digits)}, {plain(high, digits)}]"
