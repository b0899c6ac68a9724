"""What the README says of a study, as plain data: docs/results.json.

The authors' runs are fetched and need not be here when a document is made again. The
facts of a study therefore stay in that file until its runs are here.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from value_scaling.records import Budget, Estimate, Hyperparameters, entry
from value_scaling.report.checks import Summary, better_predictor, summaries
from value_scaling.report.results import FITTED_SETS, Results, StudyResults
from value_scaling.report.verify import (
    AGREES,
    DIFFERS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    ReportCard,
)

Facts = dict[str, Any]
_DIGITS = 4
"""More would differ between processors."""


def facts(results: StudyResults) -> Facts:
    """Return the facts of one study, of its default variant."""
    records = results.default
    return {
        "title": results.study.title,
        "exponents": _exponents(records.hyperparameters),
        "checks": [_check(summary) for summary in summaries(records)],
        "budget": _budget(records),
    }


def card_facts(card: ReportCard) -> Facts:
    """Return how many lines of the report card have which verdict, by study."""
    names = {
        "within": WITHIN,
        "outside": OUTSIDE,
        "not available": UNAVAILABLE,
        "agree": AGREES,
        "differ": DIFFERS,
    }
    found = {}
    for study in dict.fromkeys(row.study for row in card.rows):
        own = ReportCard(tuple(row for row in card.rows if row.study == study))
        found[study] = {name: own.counted(verdict) for name, verdict in names.items()}
    return found


def _exponents(fits: Hyperparameters | None) -> Facts:
    if fits is None:
        return {}
    return {
        values.name: _estimate(entry(values.shared.exponent, 0))
        for values in (fits.batch_size, fits.learning_rate)
    } | {"tilt": _estimate(fits.tilt)}


def _check(summary: Summary) -> Facts:
    return {
        "set": summary.set_name,
        "quantity": summary.quantity,
        "left_out": summary.kind,
        "count": summary.count,
        "median": _number(summary.median),
        "naive": {
            each.naive: _number(float(each.error.value))
            for each in summary.against
            if each.count
        },
        "verdict": better_predictor(summary.against),
        "known": summary.known,
        "covered": summary.covered,
    }


def _budget(records: Results) -> Facts:
    known: Mapping[str, Budget] = records.budget
    return {
        name: {
            "exponent": _estimate(known[name].utd_law.exponent),
            "why": known[name].unidentified,
            "from_runs": records.data[name].source == "archive",
        }
        for name in FITTED_SETS
        if name in known
    }


def _estimate(values: Estimate) -> Facts:
    parts = {"value": values.value, "low": values.low, "high": values.high}
    return {name: _number(np.asarray(part)[()]) for name, part in parts.items()}


def _number(value: Any) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
