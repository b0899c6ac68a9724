"""Values and their intervals as text."""

import math

import numpy as np

from value_scaling.records import Bounded, Estimate
from value_scaling.report.text.plain import bound_and_ends, plain

_MOST_PERCENT = 1000


def percent(share: float) -> str:
    """Format a share as whole percents, anything above 1000% as `> 1000%`."""
    whole = round(100 * share)
    return f"> {_MOST_PERCENT}%" if whole > _MOST_PERCENT else f"{whole}%"


def is_known(low: float, high: float) -> bool:
    """Whether there is an interval.

    An interval without width counts as unknown: all draws were equal, as with one seed.
    """
    return math.isfinite(low) and math.isfinite(high) and low < high


def interval(low: float, high: float) -> str:
    """Format an interval, or say that none is known."""
    if not is_known(low, high):
        return "[interval unknown]"
    return f"[{plain(low)}, {plain(high)}]"


def number(values: Estimate, index: int | tuple[int, ...] = ()) -> str:
    """Format one entry of an estimate with its interval."""
    value, low, high = (
        float(np.asarray(part)[index])
        for part in (values.value, values.low, values.high)
    )
    return f"{plain(value)} {interval(low, high)}"


def bounded(found: Bounded) -> str:
    """Format an estimate from a search; a value at a limit of the search is a bound."""
    value, ends = bound_and_ends(found)
    if ends and not is_known(*found.ends):
        ends = ""
    return f"{value} {ends or '[interval unknown]' * (not found.is_bound)}".strip()


def in_ascii(text: str) -> str:
    """Write σ as UTD."""
    return text.replace("σ", "UTD")
