"""Comparisons as tables: ways to choose, laws, analysis choices, measures."""

import math
from collections.abc import Sequence

import numpy as np

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.text.terminal.value_texts import (
    in_ascii,
    is_known,
    number,
    percent,
)
from value_scaling.records import (
    MEASURES,
    PREDICTORS,
    ChoiceEffect,
    Diagnostics,
    Regret,
    Regrets,
)
from value_scaling.records.axes import AXES
from value_scaling.records.stages.law_choice import LAWS, LawChoice
from value_scaling.report.findings.law_choice import WHERE, best_laws, grouped
from value_scaling.report.findings.regret import (
    NAMES,
    SCOPES,
    left_out,
    scopes,
    verdict,
    way_text,
    ways,
)
from value_scaling.report.tables.choices import inside, moves
from value_scaling.report.text.plain import plain


def regret(record: Regrets) -> list[TextPart]:
    """Return the extra data of each way to choose B and η, and ratios of two ways."""
    head = "Extra data on held-out seeds"
    if record.why_none:
        return [f"{head}: not known, as {record.why_none}"]
    rows = [
        (
            in_ascii(SCOPES[scope]),
            in_ascii(way_text(record, way)),
            *(
                _extra(row) if (row := record.row(scope, at, way)) else ""
                for at in ("all", "highest")
            ),
        )
        for scope in scopes(record)
        for way in ways(record, scope)
    ]
    ratios = [
        (
            in_ascii(SCOPES[each.scope]),
            in_ascii(f"{NAMES[each.way]} / {NAMES[each.over]}"),
            number(each.data),
            verdict(each),
        )
        for each in record.ratios
        if each.levels == "all" and np.isfinite(each.data.value)
    ]
    top = f"J = {record.levels[-1]:g}"
    missing = left_out(record)
    return [
        f"{head} ({record.splits} random splits):",
        *listing(("chosen for", "chosen by", "all levels", top), rows),
        *listing(("chosen for", "data with", "ratio", "the first needs"), ratios),
        *([in_ascii(missing)] if missing else ()),
    ]


def _extra(row: Regret) -> str:
    value, low, high = (
        float(part) - 1 for part in (row.data.value, row.data.low, row.data.high)
    )
    if not math.isfinite(value):
        return "no level to compare"
    ends = f" [{percent(low)}, {percent(high)}]" if is_known(low, high) else ""
    return percent(value) + ends


def diagnostics(record: Diagnostics) -> list[TextPart]:
    """Return the change of each measure for a doubling of σ, B and η."""
    names = [AXES[name].plain for name in PREDICTORS]
    rows = []
    for name, measure in record.measures.items():
        slopes = (
            number(measure.trend.slope, i)
            if math.isfinite(measure.trend.slopes[i])
            else "unknown"
            for i in range(len(PREDICTORS))
        )
        known = np.isfinite(measure.values.value)
        above = int((measure.values.value[known] > 0).sum())
        counted = f"{above} of {known.sum()} settings" if MEASURES[name][1] else ""
        rows.append((name.replace("_", " "), *slopes, counted))
    return [
        f"Measured in the {record.set_name}: change for each doubling, in units of the "
        "environment's median",
        *listing(("measure", *names, "above zero"), rows),
    ]


def law_choice(record: LawChoice) -> list[TextPart]:
    """Return the errors of each law at σ left out of its fit, and which is best."""
    rows = []
    for (set_name, curves, where), group in grouped(record).items():
        errors = {
            each.law: percent(float(each.error.value)) if each.count else each.status
            for each in group
        }
        found = (errors.get(law, "") for law in LAWS)
        rows.append((set_name, curves, WHERE[where], *found))
    return [
        "Equations for D_J(utd): median |error| at a UTD left out of the fit",
        *listing(("set", "curves", "UTD left out", *LAWS), rows, right=LAWS),
        *best_laws(record),
    ]


def choices(effects: Sequence[ChoiceEffect]) -> list[TextPart]:
    """Return the results that move when a choice is made as published."""
    moved = [each for each in effects if moves(each)]
    rows = [
        (
            each.choice.replace("_", " "),
            each.result,
            number(each.default),
            plain(each.published),
            "yes" if inside(each) else "no",
        )
        for each in moved
    ]
    names = ("choice", "result", "default", "as published", "inside the interval")
    return [
        *listing(names, rows, right=["as published"]),
        f"{len(effects) - len(moved)} of {len(effects)} results move by less than 5%; "
        "--json has them all.",
    ]
