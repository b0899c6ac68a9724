"""Fits, recommendations and expected data as JSON."""

from collections.abc import Mapping, Sequence

import numpy as np

from value_scaling.commands.text.documents.estimates import (
    Document,
    against_naive,
    held_out,
    number,
)
from value_scaling.records import (
    ALPHA,
    BestValues,
    Budget,
    DataEfficiencies,
    DataEfficiency,
    FittedLaw,
    Hyperparameters,
    entry,
    negated,
    why_no_fit,
)
from value_scaling.workflow.grid.proposals import recommend


def hyperparameters(record: Hyperparameters) -> Document:
    """Return the fits of B*(σ) and η*(σ) = scale·σ^exponent."""
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
        "held_out": held_out(values.heldout),
        "against_naive": against_naive(values.against_naive),
    }


def fits(data: Mapping[str, DataEfficiency], budgets: Mapping[str, Budget]) -> Document:
    """Return the fits D_J(σ) = D_min + (β/σ)^α and σ*(F) = scale·F^exponent, by set."""
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
        "held_out": held_out(record.heldout),
        "against_naive": against_naive(record.against_naive),
    }


def _status(law: FittedLaw, j: int) -> str:
    if why := why_no_fit(law, j):
        return f"no fit: {why}"
    return "fitted" if law.converged[j] else f"no fit: {law.status_of(j)}"


def _coefficients(law: FittedLaw, j: int) -> Document:
    """Return the coefficients of a fit that converged.

    `alpha_limits` are the limits of the search for α.
    """
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
        "held_out": held_out(record.heldout),
        "against_naive": against_naive(record.against_naive),
    }


def _budget_status(record: Budget) -> str:
    if record.unidentified:
        return f"not identifiable: {record.unidentified}"
    return "fitted" if record.utd_law.converged[()] else "no fit"


def recommendation(record: Hyperparameters, utds: Sequence[float]) -> Document:
    """Return B*, η* and the setting to run of every environment at the given σ."""
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
    """Return the environment steps to every level at the given σ, by set."""
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
