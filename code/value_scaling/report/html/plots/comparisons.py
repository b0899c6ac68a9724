"""Interactive plots that compare ways to choose B and η, and equations for D_J(σ)."""

import numpy as np

from value_scaling.records import Estimate, Regrets, Study
from value_scaling.records.stages.law_choice import LAWS, CurveSet, LawChoice, LawError
from value_scaling.report.drawing.marks import times
from value_scaling.report.figures.regret import panels_shown, relative, rows_shown
from value_scaling.report.findings.law_choice import WHERE, grouped
from value_scaling.report.findings.regret import SCOPES, way_text
from value_scaling.report.html.marks import Mark, Panel, axis, panel
from value_scaling.report.html.plots.common import in_row, zero
from value_scaling.report.results import RUNS
from value_scaling.report.text.plain import capitalised

_CURVES: dict[CurveSet, tuple[str, str, float]] = {
    "pooled": ("circle", "blue", -0.15),
    "each environment": ("square", "grey", 0.15),
}


def regret(study: Study, record: Regrets) -> list[Panel]:
    """Return the extra data of each way, relative to the best cell and to constants."""
    rows = rows_shown(record)
    words = [
        f"<i>{capitalised(SCOPES[scope])}</i>" if way is None else way_text(record, way)
        for scope, way in rows
    ]
    places = axis("", log=False, ticks=np.arange(len(rows)), texts=words, down=True)
    found = []
    for title, label, levels in panels_shown(record):
        marks: list[Mark | None] = [zero(along="y")]
        for y, (scope, way) in enumerate(rows):
            one = relative(record, scope, way, levels) if way else None
            if one is None or not np.isfinite(one.data.value):
                continue
            own = one.environments[np.isfinite(one.environments)]
            if len(own) > 1:
                marks.append(
                    in_row(100 * (own - 1), y, name="One environment", colour="grey",
                        symbol="line-ns-open")
                )  # fmt: skip
            extra = times(_minus_one(one.data), 100.0)
            marks.append(
                in_row(extra.value, y, across=extra, name="All environments",
                    colour="blue", symbol="circle")
            )  # fmt: skip
        title = title.replace("$", "")
        found.append(panel(title, axis(label, log=False), places, marks, wide=True))
    return found


def law_choice(study: Study, record: LawChoice) -> list[Panel]:
    """Return the median error of every equation, by set of runs and left-out σ."""
    groups = grouped(record)
    words = [capitalised(law) for law in LAWS]
    places = axis("", log=False, ticks=np.arange(len(LAWS)), texts=words, down=True)
    found = []
    for set_name in dict.fromkeys(each.set_name for each in record.errors):
        for where in WHERE:
            marks = [
                mark
                for curves in _CURVES
                for mark in _errors(groups[set_name, curves, where], curves)
            ]
            name = capitalised(RUNS.get(set_name, set_name))
            title = f"{name}: a σ {WHERE[where]}, left out"
            found.append(
                panel(title, axis("Median error", "percent"), places, marks, wide=True)
            )
    return found


def _errors(errors: tuple[LawError, ...], curves: CurveSet) -> list[Mark]:
    symbol, colour, off = _CURVES[curves]
    return [
        in_row(
            each.error.value,
            LAWS.index(each.law) + off,
            across=each.error,
            name=curves.capitalize(),
            colour=colour,
            symbol=symbol,
            hollow=each.comparison not in ("better", "worse") and each.law != LAWS[0],
            labels=[f"{each.comparison} than the {LAWS[0]}"]
            if each.comparison in ("better", "worse")
            else [f"{each.comparison} against the {LAWS[0]}"]
            if each.law != LAWS[0]
            else [],
        )
        for each in errors
        if np.isfinite(each.error.value)
    ]


def _minus_one(ratio: Estimate) -> Estimate:
    return Estimate(
        *(np.asarray(part) - 1 for part in (ratio.value, ratio.low, ratio.high))
    )
