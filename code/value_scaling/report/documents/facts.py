"""Facts about each study for the README, stored as plain data in docs/results.json.

The authors' runs may be missing when a document is made again. The facts of a study
therefore stay in that file until they are computed again from its runs.
"""

import math
from typing import Any

import numpy as np

from value_scaling.records import Hyperparameters, Regrets, entry
from value_scaling.records.estimates import Estimate
from value_scaling.records.stages.regret import SelectionRule
from value_scaling.records.stages.sensitivity import Sensitivity
from value_scaling.report.findings.held_out import Summary, summaries
from value_scaling.report.results import FITTED_SETS, Results, StudyResults
from value_scaling.report.verify import (
    AGREES,
    DIFFERS,
    KINDS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    ReportCard,
)

Facts = dict[str, Any]
_DIGITS = 4
"""Significant digits of the facts; more digits would differ between processors."""
_OTHERS: tuple[SelectionRule, ...] = ("constant", "published")
_VERDICTS = {
    "within": WITHIN,
    "outside": OUTSIDE,
    "not available": UNAVAILABLE,
    "agree": AGREES,
    "differ": DIFFERS,
}


def facts(results: StudyResults) -> Facts:
    """Return the facts of one study under the default choices."""
    records = results.default
    return {
        "title": results.study.title,
        "exponents": _exponents(records.hyperparameters),
        "checks": [_check(summary) for summary in summaries(records)],
        "budget": _budget(records),
        "regret": _regret(records.regret),
        "sensitivity": _sensitivity(records.sensitivity),
    }


def card_facts(card: ReportCard) -> Facts:
    """Count the lines of the report card by study, kind of number and verdict."""
    found: Facts = {}
    for study in dict.fromkeys(row.study for row in card.rows):
        found[study] = {}
        for kind in KINDS:
            own = card.only(study=study, kind=kind)
            counts = {name: own.counted(word) for name, word in _VERDICTS.items()}
            if any(counts.values()):
                found[study][kind] = counts
    return found


def _exponents(fits: Hyperparameters | None) -> Facts:
    if fits is None:
        return {}
    return {
        values.name: _estimate(entry(values.shared.exponent, 0))
        for values in fits.fitted
    } | {"tilt": _estimate(fits.tilt)}


def _check(summary: Summary) -> Facts:
    return {
        "set": summary.set_name,
        "quantity": summary.quantity,
        "left_out": summary.kind,
        "count": summary.count,
        "median": rounded(summary.median),
        "naive": {
            each.naive: {
                "median": rounded(float(each.error.value)),
                "verdict": each.verdict,
            }
            for each in summary.against
        },
    }


def _budget(records: Results) -> Facts:
    return {
        name: {
            "exponent": _estimate(records.budget[name].utd_law.exponent),
            "why": records.budget[name].unidentified,
            "delta": rounded(records.budget[name].delta),
            "from_runs": records.data[name].source == "archive",
        }
        for name in FITTED_SETS
        if name in records.budget
    }


def _regret(found: Regrets | None) -> Facts:
    """Return ratios of the data with fitted hyperparameters to the data with others.

    They cover every σ and all levels that decide. Half of the seeds make the choice,
    and the other half gives the data.
    """
    ratios = (
        found.ratio("every", "all", "fitted", over) if found else None
        for over in _OTHERS
    )
    return {ratio.over: _estimate(ratio.data) for ratio in ratios if ratio}


def _sensitivity(found: Sensitivity | None) -> Facts:
    """Return the δ at which the exponent of σ*(F) changes its sign, and sign counts.

    Each conclusion has counts of the combinations of the choices with each sign.
    """
    if found is None:
        return {}
    deltas = {name: one.deltas for name, one in found.sets.items()}
    return {
        "sign_changes": {
            name: [rounded(change) for change in along.sign_changes()]
            for name, along in deltas.items()
        },
        "deltas": {
            name: [rounded(end) for end in (along.values[0], along.values[-1])]
            for name, along in deltas.items()
        },
        "combinations": [
            {
                "conclusion": one.name,
                "set": one.set_name,
                "negative": one.negative,
                "positive": one.positive,
                "no number": one.unknown,
            }
            for one in found.multiverse.conclusions
        ],
    }


def _estimate(values: Estimate) -> Facts:
    parts = {"value": values.value, "low": values.low, "high": values.high}
    return {name: rounded(float(np.asarray(part))) for name, part in parts.items()}


def rounded(value: float) -> float | None:
    """Return a number as facts have it; None if it is not finite."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
