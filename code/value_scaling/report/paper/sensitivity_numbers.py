"""Numbers of the sensitivity of the conclusions."""

import numpy as np

from value_scaling.records.axes import FITTED
from value_scaling.records.stages.sensitivity import Sensitivity, sign_changes
from value_scaling.report.findings.sensitivity import (
    CHOICES,
    accounting_sentence,
    combination_sentence,
    delta_sentence,
)
from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import count, number, prose


def sensitivity_numbers(prefix: str, found: Sensitivity, unit: str) -> Named:
    r"""Yield the numbers and sentences on each conclusion's sensitivity.

    `\DmcBaselineDeltaSentence` says where the exponent of σ*(F) changes its sign, and
    `…DeltaSignChange` gives this δ, if there is one.
    `\DmcSweepBatchSizeExponentNegative` is the number of `\DmcCombinations` in which
    the exponent is below zero. `unit` is the unit of C.
    """
    for set_name, one in found.sets.items():
        name = f"{prefix}{command(set_name)}Delta"
        points = " and ".join(number(x, 2) for x in one.deltas.sign_changes())
        known = one.deltas.values[one.deltas.converged]
        yield f"{name}Sentence", prose(delta_sentence(one, unit))
        if points:
            yield f"{name}SignChange", points
        if len(known):
            yield f"{name}KnownLow", number(known[0], 2)
            yield f"{name}KnownHigh", number(known[-1], 2)
        yield (
            f"{prefix}{command(set_name)}AccountingSentence",
            prose(accounting_sentence(one)),
        )
    if found.levels:
        for axis in FITTED:
            drawn = getattr(found.levels, axis.name).value
            if not np.isfinite(drawn).any():  # one value was swept
                continue
            changes = sign_changes(found.levels.levels, drawn)
            texts = " and ".join(number(float(round(x))) for x in changes)
            name = f"{prefix}{command(axis.name)}Level"
            if texts:
                yield f"{name}SignChange", texts
            yield f"{name}Low", number(float(np.nanmin(drawn)))
            yield f"{name}High", number(float(np.nanmax(drawn)))
    multiverse = found.multiverse
    yield f"{prefix}Combinations", count(multiverse.count)
    for conclusion in multiverse.conclusions:
        name = f"{prefix}{command(conclusion.set_name, conclusion.name)}"
        low, high = conclusion.range
        yield f"{name}Sentence", prose(combination_sentence(multiverse, conclusion))
        yield f"{name}Negative", count(conclusion.negative)
        yield f"{name}Positive", count(conclusion.positive)
        yield f"{name}Unknown", count(conclusion.unknown)
        yield f"{name}Low", number(low)
        yield f"{name}High", number(high)
        if move := multiverse.largest_shift(conclusion):
            yield f"{name}MovedBy", prose(CHOICES[move.choice])
            yield f"{name}Moved", number(move.typical, 2)
