"""Sentences on the sensitivity of a study's conclusions, derived from the records."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records.axes import FITTED
from value_scaling.records.stages.sensitivity import (
    Conclusion,
    LevelSensitivity,
    Multiverse,
    Sensitivity,
    SensitivityScan,
    SetSensitivity,
    sign,
    sign_changes,
)
from value_scaling.report.results import RUNS
from value_scaling.report.text.plain import plain

CHOICES = {
    "crossing": "the test for reaching a level",
    "best_values": "the rule for the best values",
    "unreached": "the vote where no run reaches a level",
    "ties": "the rule for ties",
    "average": "the mean of the best values",
    "deciding_levels": "the levels that decide B* and η*",
    "separate_fit": "the σ of the separate slopes",
    "batch_in_compute": "the batch sizes in C_J",
    "optimum": "the search for σ*",
    "asymptote": "the limit on D_min",
    "pooling": "the environments that are pooled",
    "edge_optima": "the use of optima at an end of σ",
}
"""The analysis choices, in words that follow "the choice of"."""
_SIGNS = {1: "positive", -1: "negative"}


def sentences(found: Sensitivity, unit: str) -> Iterator[str]:
    """Yield a sentence on each dependence of the conclusions.

    Args:
        unit: `Study.compute_unit`.
    """
    for one in found.sets.values():
        yield delta_sentence(one, unit)
        yield accounting_sentence(one)
    if found.levels:
        yield from level_sentences(found.levels)
    for conclusion in found.multiverse.conclusions:
        yield combination_sentence(found.multiverse, conclusion)


def delta_sentence(one: SetSensitivity, unit: str) -> str:
    """Say at which δ, in units of C, the exponent of σ*(F) changes its sign."""
    deltas, name = one.deltas, f"{RUNS[one.set_name]}: the exponent of σ*(F)"
    known = deltas.converged
    if not known.any():
        low, high = plain_flops(deltas.values[0]), plain_flops(deltas.values[-1])
        return f"{name} is not identifiable at any δ from {low} to {high} {unit} a step"
    at = deltas.values[known]
    where = f"from {plain_flops(at[0])} to {plain_flops(at[-1])} {unit} a step"
    changes = deltas.sign_changes()
    signs = sign(deltas.exponent.value[known])
    if not changes:
        word = _SIGNS.get(int(signs[0]), "zero")
        return (
            f"{name} is {word} at every δ at which it is identifiable, {where}"
            f"{_certain(deltas)}"
        )
    points = " and ".join(plain_flops(change) for change in changes)
    return (
        f"{name} changes its sign at δ = {points} {unit} a step: "
        f"{_SIGNS[int(signs[0])]} below, {_SIGNS[int(signs[-1])]} above"
        f"{_certain(deltas)}"
    )


def _certain(deltas: SensitivityScan) -> str:
    """Say where the interval of the exponent excludes zero."""
    if not np.isfinite(deltas.exponent.low).any():
        return ""
    found = []
    for value, word in _SIGNS.items():
        at = deltas.values[deltas.certain == value]
        if len(at):
            low, high = plain_flops(at[0]), plain_flops(at[-1])
            found.append(
                f"{word} with an interval that excludes zero from {low} to {high}"
            )
    return f" ({'; '.join(found)})" if found else " (every interval includes zero)"


def accounting_sentence(one: SetSensitivity) -> str:
    """State the effect of another count of FLOPs on the exponent of σ*(F)."""
    name, counts = f"{RUNS[one.set_name]}: the exponent of σ*(F)", one.accountings
    known = np.flatnonzero(counts.converged)
    if not known.size:
        return f"{name} is not identifiable, whatever an update counts"
    first, last = (counts.labels[at].partition(":")[0] for at in known[[0, -1]])
    values = counts.exponent.value[known]
    changes = sign(values.min()) * sign(values.max()) < 0
    return (
        f"{name} goes from {plain(values[0])} to {plain(values[-1])} as an update "
        f"counts {first} to {last} FLOPs for each sample"
        + (", and changes its sign" if changes else "")
    )


def level_sentences(levels: LevelSensitivity) -> Iterator[str]:
    """Say whether the level that decides changes the sign of an exponent."""
    for axis in FITTED:
        values = getattr(levels, axis.name).value
        if not np.isfinite(values).any():
            continue
        changes = sign_changes(levels.levels, values)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        between = f"between {plain(low)} and {plain(high)}"
        subject = f"sweep: the {axis.words} exponent is {between}"
        ending = "as one level J alone decides"
        if changes:
            points = " and ".join(f"{change:.0f}" for change in changes)
            yield f"{subject} {ending}, and changes its sign at J = {points}"
        else:
            yield f"{subject} {ending}"


def combination_sentence(multiverse: Multiverse, conclusion: Conclusion) -> str:
    """State the signs of a conclusion, and the choice that moves it most."""
    move = multiverse.largest_shift(conclusion)
    if move is None:
        moved = "no choice moves it"
    else:
        moved = (
            f"the choice of {CHOICES[move.choice]} moves it most, typically by "
            f"{plain(move.typical, 2)}"
        )
        if move.flips:
            moved += f", and changes its sign in {move.flips} of {move.compared} cases"
    return (
        f"{RUNS[conclusion.set_name]}: the {in_symbols(conclusion.name)} is "
        f"{sign_counts(multiverse, conclusion)}; {moved}"
    )


def in_symbols(conclusion: str) -> str:
    """Write the name of a conclusion with the symbol for σ*."""
    return conclusion.replace("sigma*", "σ*")


def sign_counts(multiverse: Multiverse, conclusion: Conclusion) -> str:
    """State the numbers of combinations in which a conclusion has each sign."""
    zero = np.isfinite(conclusion.values) & (sign(conclusion.values) == 0)
    parts = [
        f"{word} in {number}"
        for number, word in (
            (conclusion.negative, "negative"),
            (conclusion.positive, "positive"),
            (int(zero.sum()), "zero"),
            (conclusion.unknown, "without a number"),
        )
        if number
    ]
    counted = (
        ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    )
    return f"{counted} of {multiverse.count} combinations of the choices"


def plain_flops(value: float) -> str:
    """Write δ to two significant digits."""
    return f"{value:.2g}".replace("e+0", "e").replace("e+", "e")
