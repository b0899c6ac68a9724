"""The numbers for the sliders of the page: fits of D_J, B* and η*, with draws.

The page evaluates the closed formulas of the paper with these numbers:

    D_J(σ) = D_min + scale·σ^exponent,   C_J = 10·N·B(σ)·σ·D_J,   F = C_J + δ·D_J,

and σ* as the σ with the smallest F. Intervals come from the first `MOST_DRAWS`
bootstrap draws, since all draws would make the page too large.
"""

import base64
from typing import Any

import numpy as np

from value_scaling.records import (
    BestValues,
    Budget,
    DataEfficiency,
    FittedLaw,
    PowerLaw,
)
from value_scaling.records.compute import FLOPS_PER_PARAMETER
from value_scaling.report.html.marks import name_html, numbers
from value_scaling.report.results import RUNS, Results, StudyResults

MOST_DRAWS = 250
_VARIANTS = {"default": "default choices", "published": "published choices"}


def explorer(results: StudyResults) -> dict[str, Any] | None:
    """Return the data of the sliders; None if no set of runs has a σ*(F)."""
    sets = [
        _set(f"{RUNS[name].capitalize()}, {words}", of.data[name], budget)
        for variant, words in _VARIANTS.items()
        for of in [results.variant(variant)]
        for name, budget in of.budget.items()
    ]
    if not sets:
        return None
    return {
        "flops": FLOPS_PER_PARAMETER,
        "model_size": results.study.model_size,
        "delta": results.study.delta,
        "unit": results.study.compute_unit,
        "sets": sets,
        "best": _best(results.default),
    }


def _set(name: str, efficiency: DataEfficiency, budget: Budget) -> dict[str, Any]:
    """Return the fits and runs of one set under one variant of the choices."""
    runs = efficiency.pooled
    return {
        "name": name,
        "levels": efficiency.levels.tolist(),
        "utds": efficiency.utds.tolist(),
        "law": _law(efficiency.law),
        "converged": efficiency.law.converged.tolist(),
        "batch": _law(budget.batch),
        "runs": {
            "data": numbers(runs.value.T),
            "low": numbers(runs.low.T),
            "high": numbers(runs.high.T),
            "compute": numbers(budget.run_compute),
        },
        "fitted": budget.fitted.tolist(),
        "held_out": budget.held_out.tolist(),
        "grid_optimum": budget.choices.optimum == "grid",
        "count_bounds": budget.choices.edge_optima == "counted",
    }


def _best(records: Results) -> list[dict[str, Any]]:
    """Return the fits of B* and η* of every environment."""
    if records.hyperparameters is None:
        return []
    return [_best_values(each) for each in records.hyperparameters.fitted]


def _best_values(best: BestValues) -> dict[str, Any]:
    return {
        "symbol": f"{best.axis.symbol}*",
        "words": best.axis.words,
        "environments": list(map(name_html, best.environments)),
        "utds": [float(best.utds.min()), float(best.utds.max())],
        "law": _law(best.to_run()),
    }


def _law(law: FittedLaw) -> dict[str, Any]:
    """Return the coefficients of a stack of laws, and some of its draws, packed."""
    found: dict[str, Any] = {
        part: _exact(getattr(law.value, part))
        for part in ("scale", "exponent", "asymptote")
    }
    count = len(np.atleast_1d(law.replicates.scale))
    shown = min(count, MOST_DRAWS)
    drawn = law.replicates[:shown] if shown else law.replicates
    if shown and not _constant(drawn, law.value):
        parts = (drawn.scale, drawn.exponent, drawn.asymptote)
        packed = np.stack(np.broadcast_arrays(*parts), axis=-1).astype("<f4")
        found |= {
            "draws": base64.b64encode(packed.tobytes()).decode(),
            "shown": shown,
            "of": count,
        }
    return found


def _constant(drawn: PowerLaw, value: PowerLaw) -> bool:
    """Return whether every draw is the value itself."""
    return all(
        bool((getattr(drawn, p) == getattr(value, p)).all())
        for p in ("scale", "exponent")
    )


def _exact(values: np.ndarray) -> Any:
    """Return numbers in full, None for NaN."""
    if np.ndim(values):
        return [_exact(each) for each in values]
    return float(values) if np.isfinite(values) else None
