"""Recommended settings, what they need, and how far they extrapolate."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.text.terminal.data_words import why_no_level
from value_scaling.commands.text.terminal.value_texts import number, percent
from value_scaling.records import Estimate
from value_scaling.records.axes import AXES, FITTED, equations
from value_scaling.report.text.plain import plain
from value_scaling.workflow.advice.distance import Distance
from value_scaling.workflow.advice.frontier import Fits, LevelPlace
from value_scaling.workflow.advice.limits import POOLED, Request, limit_words
from value_scaling.workflow.advice.plans import Plan
from value_scaling.workflow.advice.spending import Spending

_COST = ("data", "compute", "budget")
_SOURCE = {"data": "the environment steps"} | {
    axis.name: f"{axis.plain}*" for axis in FITTED
}


def advice(fits: Fits, request: Request, found: Sequence[Plan]) -> list[TextPart]:
    """Return a table of settings, a table of what they need, and notes on both."""
    return [
        *_settings(fits, found),
        *_needs(fits, request, found),
        *limit_sentences(request, found, fits.study.compute_unit),
        *_extrapolation(found),
    ]


def _settings(fits: Fits, found: Sequence[Plan]) -> list[TextPart]:
    if fits.sweep is None:
        return []
    utds = fits.sweep.batch_size.utds
    swept = f"extrapolated: swept {utds.min():g} to {utds.max():g}"
    names = ("UTD", "environment", *_symbols(), "run", "note")
    rows = [
        (
            _utd(plan),
            plan.env,
            *(_tried(fits, plan, axis.name) for axis in FITTED),
            _run(plan),
            "" if utds.min() <= plan.utd.value <= utds.max() else swept,
        )
        for plan in found
        if np.isfinite(plan.utd.value)
    ]
    return listing(names, rows, right=["UTD"])


def _symbols() -> Iterator[str]:
    return (f"{axis.plain}*" for axis in FITTED)


def _utd(plan: Plan) -> str:
    text = f"{plan.utd.value:g}"
    if plan.chosen:
        text = number(plan.utd) if plan.meets else plain(float(plan.utd.value))
    return text + " (end of the range)" * plan.at_edge


def _tried(fits: Fits, plan: Plan, name: str) -> str:
    """Return a fitted value with its interval, or the only one that was tried."""
    values = getattr(fits.sweep, name)
    if plan.env in values.environments:
        e = values.environments.index(plan.env)
        if values.is_single[e]:
            return f"{plain(values.grid[e][0])} (the one value that was tried)"
    return number(plan.hyperparameters[name])


def _run(plan: Plan) -> str:
    run = {k: v for k, v in plan.run.items() if plan.chosen or k != "utd"}
    return equations(run) or "no fit: it needs best values at two UTDs"


def _needs(fits: Fits, request: Request, found: Sequence[Plan]) -> list[TextPart]:
    """Return a table of data, compute, budget and hours of each setting."""
    record = fits.efficiency
    known = [plan for plan in found if np.isfinite(plan.data.value)]
    if record is None:
        return []
    if not known:
        return [
            f"Environment steps ({record.set_name}): no fit at any level: "
            f"{why_no_level(record)}"
        ]
    low, high = record.utds.min(), record.utds.max()
    levels = sorted({plan.level for plan in known})
    top = LevelPlace.of(levels[-1], record.levels)
    pool = record.set_words(top.nearest) or "environments"
    same = len(levels) == 1
    what = f"J = {levels[0]:.4g}" if same else "the highest level J within the limits"
    rows = [
        (
            _utd(plan),
            plan.env,
            "" if same else f"{plan.level:.4g}",
            *(number(getattr(plan, name)) for name in _COST),
            number(plan.hours) if request.times else "",
            ""
            if low <= plan.utd.value <= high
            else f"extrapolated: ran {low:g} to {high:g}",
        )
        for plan in known
    ]
    unit = fits.study.compute_unit
    costs = ("environment steps", f"C ({unit})", f"F ({unit})")
    names = ("UTD", "environment", "J", *costs, "hours", "note")
    lines: list[TextPart] = [
        f"Environment steps to {what}, {POOLED} over {pool} ({record.set_name})",
        *listing(names, rows, right=["UTD", "J"]),
    ]
    if top.share:
        ends = (f"{record.levels[each]:.0f}" for each in (top.below, top.above))
        lines.append(f"Interpolated between the fitted levels {' and '.join(ends)}.")
    if not request.times:
        lines.append(
            "Hours: unknown. Give --step-seconds and --update-seconds, or --measure."
        )
    return lines


def limit_sentences(
    request: Request, found: Sequence[Plan], unit: str
) -> Iterator[str]:
    """Say whether each row meets the limits, and which limits decide.

    Args:
        unit: unit of C and F.
    """
    if not request.limits.given:
        return
    words = limit_words(unit)
    for plan in found:
        if not np.isfinite(plan.data.value):
            yield f"{plan.env}: no fit at the level, so the limits are not checked"
        elif plan.meets:
            share = percent(plan.share_meeting) + " of the draws meet the limits"
            why = ""
            if binding := " and ".join(words[name] for name in plan.binding):
                moves = f"moves {plan.searched} from the cheapest"
                why = f"; the limit on {binding} {moves}"
            within = f"J = {plan.level:.4g} is within the limits ({share})"
            yield f"{plan.env}: {within}{why}"
        else:
            yield _missed(request, plan, words)


def _missed(request: Request, plan: Plan, words: Mapping[str, str]) -> str:
    """Say by how much the nearest setting misses the limits."""
    given = request.limits.given
    parts = [
        f"{plain(float(getattr(plan, name).value))} {words[name]} "
        f"({plain(ratio)} times the limit {plain(given[name])})"
        for name, ratio in plan.exceeds.items()
    ]
    nearest = "The nearest is" if plan.chosen else "It needs"
    at = f"{plan.place}, with " if plan.chosen else ""
    where = f"any {plan.searched} that was run" if plan.chosen else plan.place
    text = f"{plan.env}: J = {plan.level:.4g} cannot be reached within the limits at "
    text += f"{where}. {nearest} {at}{' and '.join(parts)}."
    if np.isfinite(plan.reachable):
        return f"{text} J = {plan.reachable:.4g} is within the limits."
    return f"{text} No fitted level below it is within the limits."


def _extrapolation(found: Sequence[Plan]) -> list[str]:
    """Say how far predictions extrapolate, and the held-out error at that distance."""
    lines: dict[str, None] = {}
    for plan in found:
        for name, distance in plan.distances.items():
            if distance.factor > 1:
                what = f"UTD {plan.utd.value:.3g}, {_SOURCE[name]}"
                if name == "data":
                    what += f" to J = {plan.level:.4g}"
                lines[distance_words(what, distance)] = None
    return list(lines)


def distance_words(what: str, distance: Distance) -> str:
    """Say the distance of one prediction and the error of checks at that distance."""
    text = f"{what}: extrapolated by a factor of {plain(distance.factor)} "
    text += f"beyond {plain(distance.low)} to {plain(distance.high)}"
    tested = distance.tested
    if tested is None:
        return f"{text}; no held-out check is possible"
    error = f"{percent(tested.error)} (median |error|, n = {tested.count})"
    if distance.beyond_checks:
        return (
            f"{text}; no held-out check reaches as far, and at a factor of "
            f"{plain(tested.factor)} the error is {error}"
        )
    return f"{text}; held-out error at a factor of {plain(tested.factor)}: {error}"


def spending(found: Spending | str) -> list[TextPart]:
    """Return σ*, D* and C* of a budget by the fits along the budget."""
    if isinstance(found, str):
        return [f"Fits along the budget: {found}"]
    values: Mapping[str, Estimate] = {
        f"{AXES['utd'].plain}*": found.utd,
        "D*": found.data,
        "C*": found.compute,
    }
    texts = ", ".join(f"{name} = {number(each)}" for name, each in values.items())
    lines: list[TextPart] = [
        f"Fits along the budget at F = {plain(found.budget)}: {texts}"
    ]
    if found.beyond_utds:
        lines.append("  UTD* is outside the range of UTD ratios that was run")
    if found.distance.factor > 1:
        lines.append("  " + distance_words("F", found.distance))
    return lines
