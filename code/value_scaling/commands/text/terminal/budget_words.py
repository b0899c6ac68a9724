"""Fits of σ*(F), the best UTD ratio for a budget."""

import numpy as np

from value_scaling.commands.text.parts import TextPart
from value_scaling.commands.text.terminal.held_out_checks import held_out
from value_scaling.commands.text.terminal.value_texts import number
from value_scaling.records import Bounded, Budget, entry
from value_scaling.report.text.plain import plain


def budget(record: Budget) -> list[TextPart]:
    """Return the fit of σ*(F), or why there is none, and its checks."""
    if record.unidentified:
        law = f"utd*(F), {record.set_name}, is not identifiable: {record.unidentified}"
    elif np.isfinite(record.utd_law.value.scale):
        law = (
            f"utd*(F) = {plain(float(record.utd_law.value.scale))} * "
            f"F^{number(record.utd_law.exponent)}, {record.set_name}"
        )
    else:
        law = f"utd*(F), {record.set_name}: no fit, with fewer than two optima"
    return [
        law,
        *_other_environments(record),
        *_bounds(record),
        *held_out(record.heldout, record.against_naive),
    ]


def _other_environments(record: Budget) -> list[str]:
    """Name the levels that are left out because they pool other environments."""
    levels = ", ".join(f"{level:g}" for level in record.levels[record.other_sets])
    return [f"  left out: J = {levels}, of other environments"] if levels else []


def _bounds(record: Budget) -> list[str]:
    """Name the optima that are bounds, one line for each end of the range."""
    stars = [
        Bounded(entry(record.utd_star, j), record.limits).write(plain, star)
        for j, star in enumerate(record.utd_star.value)
    ]
    levels: dict[str, list[str]] = {}
    for level, star, edge in zip(record.levels, stars, record.at_edge, strict=True):
        if edge:
            levels.setdefault(star, []).append(f"{level:.0f}")
    return [
        f"  utd* {bound} at J = {', '.join(found)}, a bound: the search ended at a UTD "
        "that was run"
        for bound, found in levels.items()
    ]
