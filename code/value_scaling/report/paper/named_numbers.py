"""Numbers of the paper with intervals, and words in place of unknown numbers."""

from collections.abc import Iterable

import numpy as np

from value_scaling.records import AgainstNaive, Bounded, Estimate, Status
from value_scaling.report.text.command_names import Named
from value_scaling.report.text.latex import bounded, bounds, count, number, with_bounds

NO_FIT: dict[Status, str] = {
    "at a bound": "at the limit of the search",
    "not identifiable": "not identifiable",
    "too few points": "no fit",
}
"""Words in place of a number, by status of the fit."""
_VERDICTS = {"fit better": "Better", "naive better": "Worse", "undecided": "Undecided"}
_INTERVAL = " $["
"""Text between a value and its interval."""


def estimate_numbers(
    name: str, values: Estimate, suffix: str = "", digits: int = 3
) -> Named:
    """Yield a value and, if known, its interval, separately and together."""
    yield name + suffix, number(float(np.asarray(values.value)), digits)
    if np.isfinite(float(np.asarray(values.low))):
        yield name + suffix + "Interval", bounds(values, digits)
        yield name + suffix + "Full", with_bounds(values, digits)


def verdict_numbers(name: str, checks: Iterable[AgainstNaive]) -> Named:
    """Yield how often a fit is better, worse or undecided beside naive predictors."""
    rows = [each for each in checks if each.count]
    yield f"{name}Count", count(len(rows))
    for verdict, word in _VERDICTS.items():
        yield f"{name}{word}", count(sum(each.verdict == verdict for each in rows))


def bounded_numbers(name: str, found: Bounded, suffix: str) -> Named:
    """Yield an estimate from a search; numbers at its limits are written as bounds."""
    limits = found.limits
    if not any(limits.sign(part) for part in (found.value, *found.ends)):
        yield from estimate_numbers(name, found.values, suffix)
        return
    text = bounded(found)
    value, opening, ends = text.partition(_INTERVAL)
    yield name + suffix, value
    if opening:
        yield f"{name}{suffix}Interval", opening.strip() + ends
    yield f"{name}{suffix}Full", text


def words_numbers(name: str, suffix: str, text: str) -> Named:
    """Yield words in place of a number, without an interval."""
    yield name + suffix, text
    yield f"{name}{suffix}Full", text
