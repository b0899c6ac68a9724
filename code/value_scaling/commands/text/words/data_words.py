"""Fits of D_J(σ), and the environment steps that they predict."""

from collections.abc import Sequence

import numpy as np

from value_scaling.commands.text.parts import Part, listing
from value_scaling.commands.text.words.held_out_checks import held_out
from value_scaling.commands.text.words.value_texts import bounded, number
from value_scaling.records import (
    ALPHA,
    Bounded,
    DataEfficiencies,
    DataEfficiency,
    entry,
    negated,
    why_no_fit,
)


def data_efficiency(record: DataEfficiency) -> list[Part]:
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


def expected_data(records: DataEfficiencies, utds: Sequence[float]) -> list[Part]:
    """Return the environment steps that fitted hyperparameters need, by σ."""
    record = records.sets.get("ours") or next(iter(records.sets.values()))
    needed, top = record.law.at(np.array(utds)), _top(record)
    if top is None:
        why = "; ".join(each.words() for each in record.blocked[:1]) or (
            why_no_fit(record.law, len(record.levels) - 1)
        )
        return [f"Environment steps ({record.set_name}): no fit at any level: {why}"]
    low, high = record.utds.min(), record.utds.max()
    pool = record.set_words(top) or "environments"
    rows = [
        (
            f"{utd:g}",
            number(needed, (top, u)),
            "" if low <= utd <= high else f"extrapolated: ran {low:g} to {high:g}",
        )
        for u, utd in enumerate(utds)
    ]
    return [
        f"Environment steps to J = {record.levels[top]:.0f}, pooled over {pool} "
        f"({record.set_name})",
        *listing(("UTD", "environment steps", "note"), rows, right=["UTD"]),
    ]
