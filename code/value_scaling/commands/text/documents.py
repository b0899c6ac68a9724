"""Results of a study as one JSON document: records -> tables, nothing else."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from value_scaling.records import (
    ALPHA,
    PREDICTORS,
    AgainstNaive,
    BestValues,
    Budget,
    ChoiceEffect,
    DataEfficiencies,
    DataEfficiency,
    Diagnostics,
    Estimate,
    FittedLaw,
    HeldOut,
    Hyperparameters,
    Regret,
    RegretRatio,
    Regrets,
    Study,
    entry,
    negated,
    why_no_fit,
)
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.records.stages.warnings import Warnings
from value_scaling.workflow.grid.proposals import recommend

Document = dict[str, Any]


def heading(study: Study) -> Document:
    """Name the study."""
    return {"study": study.name, "title": study.title, "algorithm": study.algorithm}


def warnings(found: Warnings | None) -> Document:
    """The list of warnings; None: not known."""
    if found is None:
        return {"warnings": None}
    return {
        "warnings": [
            asdict(each) | {"places": [place.table() for place in each.places]}
            for each in found.warnings
        ]
    }


def failures(messages: Sequence[str]) -> Document:
    """What failed, a message each."""
    return {"failures": list(messages)}


def hyperparameters(record: Hyperparameters) -> Document:
    """Fits of B*(σ) and η*(σ) = scale·σ^exponent."""
    found = {values.name: _best(values) for values in record.fitted}
    return found | {"tilt": number(record.tilt)}


def _best(values: BestValues) -> Document:
    status = "one value on this axis" if values.is_single.all() else "fitted"
    return {
        "status": status,
        "utds": values.utds.tolist(),
        "exponent": number(values.shared.exponent, 0),
        "environments": {
            env: {
                "values": [values.axis.kind(value) for value in values.grid[e]],
                "scale": number(values.shared.scale, e),
                "own_exponent": number(values.separate.exponent, e),
                "best": [number(values.best, (e, u)) for u in range(len(values.utds))],
            }
            for e, env in enumerate(values.environments)
        },
        "held_out": _held_out(values.heldout),
        "against_naive": _against_naive(values.against_naive),
    }


def regret(record: Regrets) -> Document:
    """What each way to choose B and η costs on held-out seeds, and ratios of ways."""
    found = {
        "status": f"none: {record.why_none}" if record.why_none else "compared",
        "baseline_utd": record.baseline_utd,
        "splits": record.splits,
        "levels": record.levels.tolist(),
        "environments": list(record.environments),
        "settings_with_few_seeds": record.few_seeds,
        "ways": [
            _judged(each, unreached=_finite(each.unreached)) for each in record.rows
        ],
        "ratios": [_judged(each, over=each.over) for each in record.ratios],
    }
    return {"regret": found}


def _judged(each: Regret | RegretRatio, **more: object) -> Document:
    head = {"chosen_for": each.scope, "levels": each.levels, "way": each.way}
    own = [_finite(value) for value in each.environments]
    return head | more | {"data_ratio": number(each.data), "environments": own}


def fits(data: Mapping[str, DataEfficiency], budgets: Mapping[str, Budget]) -> Document:
    """Fits of D_J(σ) = D_min + (β/σ)^α and of σ*(F) = scale·F^exponent, by set."""
    return {
        "data": {name: _data(record) for name, record in data.items()},
        "budget": {name: _budget(record) for name, record in budgets.items()},
    }


def _data(record: DataEfficiency) -> Document:
    law = record.law
    blocked = {each.level: f"no fit: {each.words()}" for each in record.blocked}
    levels = [
        {
            "level": float(level),
            "status": blocked.get(float(level), _status(law, j)),
            "environments": list(record.members(j)),
            "draws_at_the_limit": float(law.at_bound[j]),
            **(_coefficients(law, j) if law.converged[j] else {}),
        }
        for j, level in enumerate(record.levels)
    ]
    return {
        "source": record.source,
        "utds": record.utds.tolist(),
        "levels": levels,
        "held_out": _held_out(record.heldout),
        "against_naive": _against_naive(record.against_naive),
    }


def _status(law: FittedLaw, j: int) -> str:
    if why := why_no_fit(law, j):
        return f"no fit: {why}"
    return "fitted" if law.converged[j] else f"no fit: {law.status_of(j)}"


def _coefficients(law: FittedLaw, j: int) -> Document:
    """Of a fit that converged; `alpha_limits` are those of the search."""
    return {
        "d_min": number(law.asymptote, j),
        "alpha": number(negated(entry(law.exponent, j))),
        "alpha_limits": [ALPHA.low, ALPHA.high],
        "beta_to_the_alpha": number(law.scale, j),
    }


def _budget(record: Budget) -> Document:
    return {
        "delta": record.delta,
        "model_size": record.model_size,
        "status": _budget_status(record),
        "utd_limits": [record.limits.low, record.limits.high],
        "scale": number(record.utd_law.scale),
        "exponent": number(record.utd_law.exponent),
        "optima": [
            {
                "level": float(level),
                "at_edge": bool(record.at_edge[j]),
                "of_other_environments": bool(record.other_sets[j]),
                "utd": number(record.utd_star, j),
                "budget": number(record.budget, j),
            }
            for j, level in enumerate(record.levels)
        ],
        "held_out": _held_out(record.heldout),
        "against_naive": _against_naive(record.against_naive),
    }


def _budget_status(record: Budget) -> str:
    if record.unidentified:
        return f"not identifiable: {record.unidentified}"
    return "fitted" if record.utd_law.converged[()] else "no fit"


def diagnostics(record: Diagnostics) -> Document:
    """Change of each measure for a doubling of σ, B and η."""
    return {
        "diagnostics": {
            name: {
                predictor: number(measure.trend.slope, i)
                for i, predictor in enumerate(PREDICTORS)
            }
            for name, measure in record.measures.items()
        }
    }


def effect(each: ChoiceEffect) -> Document:
    """How far one choice moves one result."""
    return {
        "choice": each.choice,
        "published_choice": each.was,
        "default_choice": each.now,
        "result": each.result,
        "default": number(each.default),
        "published": _finite(each.published),
    }


def law_choice(record: LawChoice) -> Document:
    """Errors of laws of D_J(σ) at σ left out of their fits, by set."""
    return {
        "laws_compared": [
            {
                "set": each.set_name,
                "curves": each.curves,
                "left_out": each.where,
                "law": each.law,
                "predictions": each.count,
                "median_error": number(each.error),
                "difference": number(each.difference),
                "comparison": each.comparison,
                "status": each.status,
            }
            for each in record.errors
        ]
    }


def recommendation(record: Hyperparameters, utds: Sequence[float]) -> Document:
    """B* and η* of every environment at the given σ, and what to run."""
    found = [
        {
            "env": each.env,
            "utd": each.utd,
            "extrapolated": each.is_extrapolated,
            **{name: number(fit) for name, fit in each.fits.items()},
            "run": each.to_run or None,
        }
        for each in recommend(record.fitted, utds)
    ]
    return {"recommendation": found}


def expected_data(records: DataEfficiencies, utds: Sequence[float]) -> Document:
    """Environment steps at the given σ, for every level and set."""
    found = []
    for name, record in records.sets.items():
        needed = record.law.at(np.array(utds))
        found += [
            {
                "set": name,
                "level": float(level),
                "utd": utd,
                "extrapolated": not record.utds.min() <= utd <= record.utds.max(),
                "data": number(needed, (j, u)),
            }
            for j, level in enumerate(record.levels)
            for u, utd in enumerate(utds)
        ]
    return {"expected_data": found}


def number(values: Estimate, index: int | tuple[int, ...] = ()) -> Document:
    """One entry of an estimate with its interval; null where it is not known."""
    value, low, high = (
        _finite(np.asarray(part)[index])
        for part in (values.value, values.low, values.high)
    )
    return {"value": value, "low": low, "high": high}


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _held_out(checks: Sequence[HeldOut]) -> list[Document]:
    return [
        {
            "quantity": check.quantity,
            "kind": check.kind,
            "label": check.label,
            "predicted": _finite(check.predicted),
            "actual": _finite(check.actual),
            "error": number(check.error),
            "status": check.status,
            "naive": [
                {
                    "predictor": each.naive,
                    "predicted": _finite(each.predicted),
                    "error": number(each.error),
                    "difference": number(each.difference),
                }
                for each in check.naive
            ],
        }
        for check in checks
    ]


def _against_naive(found: Sequence[AgainstNaive]) -> list[Document]:
    return [
        {
            "quantity": each.quantity,
            "kind": each.kind,
            "predictor": each.naive,
            "checks": each.count,
            "median_error_of_the_fit": number(each.fit),
            "median_error": number(each.error),
            "difference": number(each.difference),
            "verdict": each.verdict,
        }
        for each in found
    ]
