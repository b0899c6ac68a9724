"""Numbers of the paper with their intervals, and words in place of those not known."""

import numpy as np

from value_scaling.records import Estimate, Status
from value_scaling.report.text.command_names import Named
from value_scaling.report.text.latex import bounds, number, with_bounds

NO_FIT: dict[Status, str] = {
    "at a bound": "at the limit of the search",
    "not identifiable": "not identifiable",
    "too few points": "no fit",
}
"""Words in place of a number that a fit does not give."""


def estimate_numbers(
    name: str, values: Estimate, suffix: str = "", digits: int = 3
) -> Named:
    """A value and, if known, its interval, alone and both together."""
    yield name + suffix, number(float(np.asarray(values.value)), digits)
    if np.isfinite(float(np.asarray(values.low))):
        yield name + suffix + "Interval", bounds(values, digits)
        yield name + suffix + "Full", with_bounds(values, digits)
