"""Recommended σ, N, B and η: tables, limits, and how far they extrapolate."""

from collections.abc import Sequence

import numpy as np

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.text.terminal.advice_words import (
    distance_words,
    limit_sentences,
)
from value_scaling.commands.text.terminal.value_texts import number, percent
from value_scaling.records import Estimate
from value_scaling.records.axes import equations
from value_scaling.report.text.plain import plain
from value_scaling.workflow.advice.limits import Request
from value_scaling.workflow.advice.size_plans import SizePlan
from value_scaling.workflow.advice.size_spending import SizeSpending

_SOURCE = {
    "data": ("utd", "the environment steps"),
    "data_by_size": ("size", "the environment steps"),
    "batch_size": ("utd", "B*"),
    "batch_size_by_size": ("size", "B*"),
}
"""Axis and quantity of each distance."""
_ALONG = {"utd": "UTD*", "size": "N*", "data": "D*", "compute": "C*"}


def size_advice(request: Request, found: Sequence[SizePlan]) -> list[TextPart]:
    """Return a table of settings, a table of what they need, and notes on both."""
    return [
        *_settings(found),
        *_needs(request, found),
        *limit_sentences(request, found, "FLOPs"),
        *_extrapolation(found),
    ]


def _settings(found: Sequence[SizePlan]) -> list[TextPart]:
    names = ("task", "UTD", "N", "B*", "lr", "run")
    return listing(names, [_setting(plan) for plan in found], right=names[1:3])


def _setting(plan: SizePlan) -> tuple[str, ...]:
    if not plan.run:
        return (plan.env, _chosen(plan.utd, plan.chosen, plan.at_edge), "", "", "",
                "no fit at the level")  # fmt: skip
    size = plan.hyperparameters.get("batch_size")
    run = {name: value for name, value in plan.run.items() if name != "width"}
    run["model_size"] = round(run["model_size"])
    width = f", width = {plan.run['width']:g}" if "width" in plan.run else ""
    return (
        plan.env,
        _chosen(plan.utd, plan.chosen and plan.meets, plan.at_edge),
        _chosen(plan.size, plan.size_chosen and plan.meets, plan.size_at_edge),
        "unknown: too few batch sizes" if size is None else _batch(plan, size),
        plain(float(plan.hyperparameters["learning_rate"].value)),
        equations(run) + width,
    )


def _batch(plan: SizePlan, size: Estimate) -> str:
    """Return B with its interval, or the only one that was tried."""
    if "batch_size" in plan.distances:
        return number(size)
    return f"{plain(float(size.value))} (the one value that was tried)"


def _chosen(values: Estimate, searched: bool, at_edge: bool) -> str:
    text = number(values) if searched else plain(float(values.value))
    return text + " (end of the range)" * at_edge


def _needs(request: Request, found: Sequence[SizePlan]) -> list[TextPart]:
    known = [plan for plan in found if np.isfinite(plan.data.value)]
    names = ("task", "UTD", "N", "J", "environment steps", "C (FLOPs)", "F (FLOPs)",
             "hours")  # fmt: skip
    rows = [
        (
            plan.env,
            plain(float(plan.utd.value)),
            plain(float(plan.size.value)),
            f"{plan.level:.4g}",
            *(number(getattr(plan, each)) for each in ("data", "compute", "budget")),
            number(plan.hours) if request.times else "",
        )
        for plan in known
    ]
    highest = "the highest level J" + " within the limits" * bool(request.limits.given)
    what = highest if request.level is None else f"J = {request.level:g}"
    lines: list[TextPart] = [f"Environment steps to {what}"]
    lines += listing(names, rows, right=names[1:4])
    if not request.times:
        lines.append("Hours: unknown. Give --step-seconds and --update-seconds.")
    return lines


def _extrapolation(found: Sequence[SizePlan]) -> list[str]:
    """Say how far predictions extrapolate, and the held-out error at that distance."""
    lines: dict[str, None] = {}
    for plan in found:
        for name, distance in plan.distances.items():
            if distance.factor > 1:
                axis, source = _SOURCE[name]
                at = {"utd": f"UTD {plan.utd.value:.3g}", "size": plan.place}[axis]
                what = f"{plan.env}, {at}, {source}"
                if name.startswith("data"):
                    what += f" to J = {plan.level:.4g}"
                lines[distance_words(what, distance)] = None
    return list(lines)


def size_spending(found: Sequence[SizeSpending]) -> list[TextPart]:
    """Return σ*, N*, D* and C* of a budget by the fits along the budget."""
    if not found:
        return []
    lines: list[TextPart] = [f"Fits along the budget at F = {plain(found[0].budget)}:"]
    names = ("task", *_ALONG.values(), "note")
    lines += listing(names, [_along(each) for each in found])
    lines += [_spent_beyond(each) for each in found if each.factor > 1]
    return lines


def _along(found: SizeSpending) -> tuple[str, ...]:
    if not found.values:
        few = "no fit: too few levels have an optimum inside the runs"
        return (found.task, *("",) * len(_ALONG), few)
    outside = " and ".join(_ALONG[name] for name in found.outside)
    note = f"{outside} outside the range that was run" * bool(outside)
    return (found.task, *(number(found.values[name]) for name in _ALONG), note)


def _spent_beyond(found: SizeSpending) -> str:
    """Say how far F extrapolates, and the held-out error of each quantity."""
    one = next(iter(found.distances.values()))
    text = f"{found.task}, F: extrapolated by a factor of {plain(one.factor)} "
    text += f"beyond {plain(one.low)} to {plain(one.high)}"
    if one.tested is None:
        return f"{text}; no held-out check is possible"
    errors = ", ".join(
        f"{_ALONG[name]} {percent(each.tested.error)}"
        for name, each in found.distances.items()
        if each.tested is not None
    )
    far = "; no held-out check reaches as far" * one.beyond_checks
    at = f"held-out errors at a factor of {plain(one.tested.factor)}"
    return f"{text}{far}; {at}: {errors}"
