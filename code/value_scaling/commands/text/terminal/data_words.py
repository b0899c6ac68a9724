"""Fits of D_J(σ)."""

import numpy as np

from value_scaling.commands.text.parts import TextPart
from value_scaling.commands.text.terminal.held_out_checks import held_out
from value_scaling.commands.text.terminal.value_texts import bounded, number
from value_scaling.records import (
    ALPHA,
    Bounded,
    DataEfficiency,
    entry,
    negated,
    why_no_fit,
)


def data_efficiency(record: DataEfficiency) -> list[TextPart]:
    """Return the fit of D_J at the highest level at which a fit converged."""
    law, top = record.law, _top(record)
    source = f"from {'runs' if record.source == 'archive' else record.source}"
    if top is None:
        lines = [f"D_J(utd), {record.set_name}, {source}: no fit at any level"]
    else:
        alpha = Bounded(negated(entry(law.exponent, top)), ALPHA)
        lines = [
            f"D_J(utd) = D_min + (beta/utd)^alpha, {record.set_name}, "
            f"J = {record.levels[top]:.0f}, {source}",
            f"  D_min = {number(law.asymptote, top)} env steps, "
            f"alpha = {bounded(alpha)}, "
            f"beta^alpha = {number(law.scale, top)} env steps",
        ]
        if (share := float(law.at_bound[top])) >= 0.005:
            lines.append(
                f"  {100 * share:.0f}% of the bootstrap draws end at the limit of the "
                "search for alpha"
            )
    lines += [
        f"  no fit at J = {record.levels[j]:.0f}: {why_no_fit(law, j)}"
        for j in range(len(record.levels))
        if why_no_fit(law, j)
    ]
    lines += [
        f"  pooled over {words}, at J = {', '.join(f'{level:g}' for level in levels)}"
        for words, levels in record.smaller_sets().items()
    ]
    lines += [f"  no fit: {each.words()}" for each in record.blocked]
    return [*lines, *held_out(record.heldout, record.against_naive)]


def _top(record: DataEfficiency) -> int | None:
    """Return the index of the highest level with a fit; None: no level has one."""
    has_fit = np.flatnonzero(record.law.converged)
    return int(has_fit[-1]) if len(has_fit) else None


def why_no_level(record: DataEfficiency) -> str:
    """Say why no level has a fit."""
    return "; ".join(each.words() for each in record.blocked[:1]) or (
        why_no_fit(record.law, len(record.levels) - 1)
    )
