"""Clean one run: find its setting, order its steps, and check its values."""

import hashlib
from collections import Counter

import numpy as np

from value_scaling.importers.cleaned import CleanedRun
from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Resumed, Rules
from value_scaling.importers.report import Report
from value_scaling.importers.rules.grid import is_regular
from value_scaling.importers.rules.order import Ordered, in_order
from value_scaling.importers.rules.settings import (
    ResolvedSetting,
    UnknownSetting,
    resolve,
)
from value_scaling.importers.spool import Spool

LAST_STEP = np.iinfo(np.int32).max
"""Largest step that the analysis accepts."""


def clean(
    log: Logged,
    rules: Rules,
    resumed: Resumed,
    spool: Spool,
    report: Report,
    *,
    is_table: bool,
) -> CleanedRun | None:
    """Clean one run and spool it; None if it is left out, as the report explains.

    Args:
        resumed: the rule for steps that go back.
        is_table: whether rows have no order of their own, so that several values at one
            step are repeats and not episodes that ended together.
    """
    if not len(log.values):
        report.decide(log.where, "dropped", "no values of the metric")
        return None
    resolved = _resolved(log, rules, report)
    if resolved is None:
        return None
    where = f"{log.where} ({resolved.setting}, seed {resolved.seed})"
    steps = np.round(np.asarray(log.steps, dtype=float) * rules.step_scale)
    values = np.asarray(log.values, dtype=float)
    changes = list(log.notes)
    good = np.isfinite(values) & np.isfinite(steps)
    if not good.all():
        if rules.not_finite == "refuse":
            report.refuse(
                where,
                found=f"{int((~good).sum())} of {len(good)} values that are NaN or "
                "infinite",
                expected="finite numbers",
                fix="choose --nan run (leave such runs out; if they diverged, the "
                "remaining ones look too good) or --nan points (leave out the values; "
                "a run that diverged then ends early, see --short)",
            )
        if rules.not_finite != "points":
            outcome = "refused" if rules.not_finite == "refuse" else "dropped"
            _decide(log, resolved, report, outcome, "values that are NaN or infinite")
            return None
        steps, values = steps[good], values[good]
        changes.append("values that are NaN or infinite left out")
    if not len(steps):
        _decide(log, resolved, report, "dropped", "no finite values")
        return None
    if steps.min() < 0 or steps.max() > LAST_STEP:
        report.refuse(
            where,
            found=f"steps from {steps.min():g} to {steps.max():g}",
            expected=f"environment steps from 0 to {LAST_STEP}",
            fix="name another key with --step, or count in thousands of steps with "
            "--step-scale 0.001, and give delta in the same unit",
        )
        _decide(log, resolved, report, "refused", "steps out of range")
        return None
    ordered = in_order(steps, values, resumed, ties="rule" if is_table else "mean")
    tied = is_table and ordered.ties > 0
    if resumed == "refuse" and (ordered.back or tied):
        repeats = {
            "steps that go back": ordered.back,
            "values at steps that have one already": ordered.ties,
        }
        report.refuse(
            where,
            found=" and ".join(f"{what} ({n} ×)" for what, n in repeats.items() if n),
            expected="one value for each step",
            fix="choose --resumed last (what was logged later counts), first, or mean",
        )
        _decide(log, resolved, report, "refused", "steps that go back or repeat")
        return None
    changes += _changes(ordered, resumed, tied=tied)
    for name, origin in resolved.origins.items():
        report.origins.setdefault(name, Counter())[origin] += 1
    report.origins.setdefault("return", Counter())[log.metric or "the values"] += 1
    steps, values = ordered.steps, ordered.values
    return CleanedRun(
        name=log.where,
        setting=resolved.setting,
        seed=resolved.seed,
        place=spool.put(steps, values),
        first=float(steps[0]),
        last=float(steps[-1]),
        interval=float(np.median(np.diff(steps, prepend=0))),
        is_mean=log.kind == "episodes" or (log.kind is None and not is_regular(steps)),
        is_constant=bool(np.ptp(values) == 0),
        identifies_copies=2 * len(np.unique(values)) > len(values) > 1,
        digest=hashlib.sha256(np.stack([steps, values]).tobytes()).digest(),
        state=log.state,
        changes=tuple(changes),
    )


def _resolved(log: Logged, rules: Rules, report: Report) -> ResolvedSetting | None:
    """Find the setting of a run; None if it is left out."""
    try:
        resolved = resolve(log, rules)
    except UnknownSetting as error:
        if rules.unmatched == "drop":
            report.decide(log.where, "dropped", f"its setting is not known: {error}")
        else:
            report.decide(log.where, "refused", "its setting is not known")
            report.refuse(
                log.where,
                found=str(error),
                expected="the environment, σ, B, η and seed of every run",
                fix="state where they are with --config, --name or --fixed, or leave "
                "such runs out with --unmatched drop",
            )
        return None
    for name, wanted in rules.only.items():
        if not any(_is(resolved.values[name], each) for each in wanted):
            _decide(log, resolved, report, "dropped", "left out by --only")
            return None
    return resolved


def _is(value: object, text: str) -> bool:
    """Whether the text of an option stands for a value, such as `1e-4` for 0.0001."""
    try:
        return float(text) == float(str(value))
    except ValueError:
        return text == value


def _decide(
    log: Logged, resolved: ResolvedSetting, report: Report, outcome: str, why: str
) -> None:
    report.decide(log.where, outcome, why, setting=resolved.setting, seed=resolved.seed)


def _changes(ordered: Ordered, resumed: Resumed, *, tied: bool) -> list[str]:
    """Return in words what was changed to order the steps of a run.

    Args:
        tied: whether further values at one step are repeats.
    """
    changes = []
    if ordered.repeats:
        changes.append("repeated rows are used once")
    if ordered.lost:
        changes.append(f"for steps that were logged twice, the {resumed} value is used")
    elif tied or (ordered.back and ordered.ties):
        word = f"the {resumed} value" if resumed in ("last", "first") else "the mean"
        changes.append(f"for several values at one step, {word} is used")
    return changes
