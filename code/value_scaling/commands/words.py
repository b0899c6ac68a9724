"""What the terminal says about each result: records -> text, nothing else."""

import math
from collections.abc import Sequence

import numpy as np

from value_scaling.records import (
    MEASURES,
    PREDICTORS,
    BestValues,
    Budget,
    DataEfficiencies,
    DataEfficiency,
    Diagnostics,
    Estimate,
    HeldOut,
    Hyperparameters,
)
from value_scaling.report.plain import plain
from value_scaling.workflow.proposals import round_batch_size, round_learning_rate


def interval(low: float, high: float) -> str:
    """Format an interval, or say that none is known.

    One without width is none: every draw was the same, as with a single seed.
    """
    if not _known(low, high):
        return "[interval unknown]"
    return f"[{plain(low)}, {plain(high)}]"


def _known(low: float, high: float) -> bool:
    return math.isfinite(low) and math.isfinite(high) and low < high


def number(values: Estimate, index: int | tuple[int, ...] = ()) -> str:
    """Format one entry of an estimate with its interval."""
    value, low, high = (
        float(np.asarray(part)[index])
        for part in (values.value, values.low, values.high)
    )
    return f"{plain(value)} {interval(low, high)}"


def hyperparameters(record: Hyperparameters) -> str:
    """Laws of B* and η*."""
    return "\n".join(
        _best(values, symbol)
        for values, symbol in (
            (record.batch_size, "B*"),
            (record.learning_rate, "lr*"),
        )
    )


def _best(values: BestValues, symbol: str) -> str:
    if values.is_single.all():
        tried = dict.fromkeys(f"{grid[0]:g}" for grid in values.grid)
        return (
            f"{symbol}(utd): one value on this axis ({', '.join(tried)}): nothing to "
            "fit"
        )
    lines = [f"{symbol}(utd) ~ utd^{number(values.shared.exponent, 0)}"]
    lines += [
        f"  {env:<24} "
        + (
            f"one value on this axis ({values.grid[e][0]:g}): nothing to fit"
            if values.is_single[e]
            else f"{symbol}(1) = {number(values.shared.scale, e)}"
        )
        for e, env in enumerate(values.environments)
    ]
    return "\n".join([*lines, *held_out(values.heldout)])


def data_efficiency(record: DataEfficiency) -> str:
    """Law of D_J at the highest level that has one."""
    law, top = record.law, _top(record)
    exponent = law.exponent
    lines = [
        f"D_J(utd) = D_min + (beta/utd)^alpha, {record.set_name}, "
        f"J = {record.levels[top]:.0f}, "
        f"from {'runs' if record.source == 'archive' else record.source}",
        f"  D_min = {number(law.asymptote, top)} env steps, "
        f"alpha = {plain(law.value.alpha[top])} "
        + interval(-float(exponent.high[top]), -float(exponent.low[top]))
        + f", beta = {number(law.beta, top)}",
    ]
    lines += [f"  no fit: {each.words()}" for each in record.blocked]
    return "\n".join([*lines, *held_out(record.heldout)])


def _top(record: DataEfficiency) -> int:
    """Index of the highest level with a law; the lowest if there is none."""
    has_law = np.flatnonzero(np.isfinite(record.law.value.scale))
    return int(has_law[-1]) if len(has_law) else 0


def budget(record: Budget) -> str:
    """Law of σ*(F)."""
    edge = int(record.at_edge.sum())
    note = f"; {edge} optima lie at the edge of the UTDs that were run" if edge else ""
    return "\n".join(
        [
            f"utd*(F) = {float(record.utd_law.value.scale):.3g} * "
            f"F^{number(record.utd_law.exponent)}, {record.set_name}{note}",
            *held_out(record.heldout),
        ]
    )


def diagnostics(record: Diagnostics) -> str:
    """Change of each measure for a doubling of σ, B and η."""
    names = dict(zip(PREDICTORS, ("UTD", "B", "lr"), strict=True))
    lines = [
        f"Measured in the {record.set_name}, change for each doubling (in units of the "
        "environment's median):"
    ]
    for name, measure in record.measures.items():
        slopes = [
            f"{names[p]} {number(measure.trend.slope, i)}"
            if math.isfinite(measure.trend.slopes[i])
            else f"{names[p]} unknown"
            for i, p in enumerate(PREDICTORS)
        ]
        known = np.isfinite(measure.values.value)
        above = int((measure.values.value[known] > 0).sum())
        is_difference = MEASURES[name][1] is not None
        lines.append(
            f"  {name.replace('_', ' '):<23} {', '.join(slopes)}"
            + (f"; above zero in {above} of {known.sum()} settings" * is_difference)
        )
    return "\n".join(lines)


def held_out(checks: Sequence[HeldOut]) -> list[str]:
    """One line for each kind of held-out check."""
    lines = []
    for quantity, kind in dict.fromkeys((c.quantity, c.kind) for c in checks):
        own = [c for c in checks if (c.quantity, c.kind) == (quantity, kind)]
        errors = [abs(float(c.error.value)) for c in own]
        errors = [error for error in errors if math.isfinite(error)]
        if not errors:
            continue
        known = [c for c in own if _known(float(c.error.low), float(c.error.high))]
        covered = (
            f"interval covers {sum(c.covered for c in known)} of {len(known)}"
            if known
            else "interval unknown"
        )
        lines.append(
            f"  held out, {quantity}, {kind}: median |error| "
            f"{100 * float(np.median(errors)):.0f}%, worst {100 * max(errors):.0f}%, "
            f"{covered}"
        )
    return lines


def recommendation(record: Hyperparameters, utds: Sequence[float]) -> str:
    """B* and η* of every environment at the given σ."""
    sizes = record.batch_size.to_run().at(np.array(utds))
    rates = record.learning_rate.to_run().at(np.array(utds))
    tried = record.batch_size.utds
    lines = []
    for u, utd in enumerate(utds):
        outside = utd < tried.min() or utd > tried.max()
        note = f" (extrapolated: swept {tried.min():g} to {tried.max():g})"
        lines.append(f"UTD {utd:g}{note if outside else ''}")
        for e, env in enumerate(record.batch_size.environments):
            size, rate = sizes.value[e, u], rates.value[e, u]
            if not (np.isfinite(size) and np.isfinite(rate)):
                lines.append(f"  {env:<24} no law: it takes best values at two UTDs")
                continue
            lines.append(
                f"  {env:<24} B* = {_tried(record.batch_size, sizes, e, u)}, "
                f"lr* = {_tried(record.learning_rate, rates, e, u)}; "
                f"run B = {round_batch_size(size, record.batch_size.grid[e])}, "
                f"lr = {round_learning_rate(rate):g}"
            )
    return "\n".join(lines)


def _tried(values: BestValues, at: Estimate, e: int, u: int) -> str:
    """A fitted value with its interval, or the one that was tried."""
    if values.is_single[e]:
        return f"{plain(values.grid[e][0])} (the one value that was tried)"
    return number(at, (e, u))


def expected_data(records: DataEfficiencies, utds: Sequence[float]) -> str:
    """Environment steps that the fitted hyperparameters need at the given σ."""
    record = records.sets.get("ours") or next(iter(records.sets.values()))
    needed, top = record.law.at(np.array(utds)), _top(record)
    low, high = record.utds.min(), record.utds.max()
    lines = [
        f"Environment steps to J = {record.levels[top]:.0f}, pooled over environments "
        f"({record.set_name})"
    ]
    for u, utd in enumerate(utds):
        ran = low <= utd <= high
        note = "" if ran else f" (extrapolated: ran {low:g} to {high:g})"
        lines.append(f"  UTD {utd:g}: {number(needed, (top, u))}{note}")
    return "\n".join(lines)
