"""What docs/agreement.json holds: the verdict and the drawn curves of each row."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from agreement.curves import Side
from agreement.rows import OURS, PEER, Plan, Row
from agreement.verdict import at_shared_steps, compare, summarise

FEWEST_SEEDS = 4
"""Fewest seeds of a side whose runs are compared."""
Find = Callable[[Row, str], Side | None]


def results(
    plan: Plan, find: Find, previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Compare every row.

    Args:
        find: returns one side of a row; None if it is not here.
        previous: earlier results; a row stays if the published runs with which it was
            compared are missing now.
    """
    known = {each["name"]: each for each in (previous or {}).get("rows", ())}
    rows = []
    for row in plan.rows:
        sides = {side: find(row, side) for side in (OURS, PEER)}
        missing = row.peer == "archive" and sides[PEER] is None
        before = known.get(row.name)
        if missing and before and before["settings"] == _settings(row, plan):
            rows.append(before)
        else:
            rows.append(_result(row, plan, sides))
    return {"seeds": plan.seeds, "rows": rows}


def _result(row: Row, plan: Plan, sides: Mapping[str, Side | None]) -> dict[str, Any]:
    seeds = {name: side.seeds if side else 0 for name, side in sides.items()}
    found: dict[str, Any] = {
        "name": row.name,
        "settings": _settings(row, plan),
        "seeds": seeds,
        "compared": min(seeds.values()) >= FEWEST_SEEDS,
    }
    own = sides[OURS]
    if row.peer == "none" and own:
        alone = asdict(summarise(row.name, OURS, own.steps, own.returns))
        return _rounded(found | {"alone": alone})
    if not found["compared"]:
        return found
    shared = at_shared_steps(
        {name: (side.steps, side.returns) for name, side in sides.items() if side}
    )
    comparison = compare(row.name, shared)
    summaries = {
        name: summarise(row.name, name, *curves) for name, curves in shared.items()
    }
    return _rounded(
        found
        | {
            "agrees": comparison.agrees,
            "levels": list(comparison.levels),
            "gain": comparison.gain,
            "log_data": asdict(comparison.log_data)
            | {"half_width": comparison.log_data.half_width},
            "final": asdict(comparison.final)
            | {"half_width": comparison.final.half_width},
            "curves": {name: asdict(each) for name, each in summaries.items()},
        }
    )


def _settings(row: Row, plan: Plan) -> dict[str, Any]:
    """Return what the page states about a row's runs."""
    training = row.to_training(plan.seeds)
    return {
        "task": row.task,
        "algorithm": row.algorithm,
        "peer": row.peer_name,
        "variant": row.variant,
        "steps": row.steps,
        "utd": row.utd,
        "batch_size": row.batch_size,
        "learning_rate": row.learning_rate,
        "hidden": list(training.hidden),
    }


def _rounded(value: Any) -> Any:
    """Return plain numbers with six digits; an infinite or unknown one is null."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_rounded(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value
