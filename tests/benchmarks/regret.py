"""Regret of each way to choose B and η, on held-out seeds.

Regret is the data that the chosen (B, η) needs divided by that of the best cell, both
on the held-out seeds. The chosen (B, η) lies between cells, so its data is
interpolated, or that of the cell nearest to it. A cell that does not reach a level
there counts with at least the length of its runs. Regrets are averaged in logarithms
over environments, σ, the two directions of each split and the levels that decide B* and
η*, or taken at the highest of these levels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from rules import RULES, steps_of_means

from value_scaling.records import Choices, Crossings, Curves, Runs, Study
from value_scaling.stats.power_law import fit_line, fit_shared_slope
from value_scaling.workflow.grid.cells import (
    Weights,
    best_cells,
    between_cells,
    log_regret,
    moved_cells,
    nearest_cells,
    one_cell,
)
from value_scaling.workflow.grid.split_seeds import Halves, in_halves
from value_scaling.workflow.grid.sweep_table import SweepTable
from value_scaling.workflow.preprocess import preprocess

REPLICATES = 100
SLOPES = ("shared", "partially pooled", "separate")
BEST_CELL, CONSTANT = "best cell of each σ", "constant, tuned at one σ"
Wanted = dict[str, np.ndarray]
"""B and η by name, [halves, environments, utds]."""
Way = tuple[str, str]
"""Rule, and how slopes are fitted; the latter is empty without a fit."""


@dataclass(frozen=True)
class Regret:
    """One row: a geometric mean, its interval, and how it compares with the default."""

    study: str
    data: str
    """Data of the chosen (B, η): `interpolated`, or of the `nearest` cell."""
    levels: str
    """`all` deciding levels, or the `highest`."""
    rule: str
    slopes: str
    value: float
    low: float
    high: float
    """Upper end of the central 95% of the splits; `low` is the lower end."""
    over_published: tuple[float, float, float]
    """Ratio to the regret of the published analysis, and its interval."""
    over_marginal: tuple[float, float, float]
    """Ratio to the regret of the marginal rule with the other choices at their
    defaults."""


def regrets(runs: Runs, study: Study, *, splits: int) -> list[Regret]:
    """Split the seeds at random `splits` times, and choose on either half of each."""
    rng = np.random.default_rng(0)
    found: dict[tuple[str, str, Way], list[float]] = {}
    for _ in range(splits):
        crossings = [
            preprocess(half, study, Choices(), replicates=REPLICATES, seed=0)
            for half in _split(runs, rng)
        ]
        fitted = dict(_fitted_ways(crossings, study))
        for name, levels in _levels(study).items():
            halves = _halves(crossings, study, levels)
            for way, data, weights in _weights(halves, study, fitted):
                logs, _ = log_regret(halves, weights)
                value = np.mean([np.nanmean(half) for half in logs])
                found.setdefault((data, name, way), []).append(float(value))
    rows = []
    for (data, name, way), values in found.items():
        ratios = [
            _with_interval(np.array(values) - found[data, name, (other, SLOPES[0])])
            for other in ("published", "marginal")
        ]
        own = _with_interval(np.array(values))
        rows.append(Regret(study.name, data, name, *way, *own, *ratios))
    return rows


def _with_interval(logs: np.ndarray) -> tuple[float, float, float]:
    ends = np.quantile(logs, [0.025, 0.975])
    return tuple(np.exp([logs.mean(), *ends]).tolist())


def _split(runs: Runs, rng: np.random.Generator) -> tuple[Runs, Runs]:
    """Return the same curves with either half of the seeds of each setting."""
    halves: tuple[list[Curves], list[Curves]] = ([], [])
    for curve in runs.curves:
        order = rng.permutation(curve.seeds)
        for half, own in zip(halves, np.array_split(order, 2), strict=True):
            half.append(replace(curve, returns=curve.returns[:, own]))
    one, other = (replace(runs, curves=tuple(half)) for half in halves)
    return one, other


def _levels(study: Study) -> dict[str, np.ndarray]:
    """Return which levels count, [levels] of bool, by name."""
    deciding = np.array(study.deciding_levels)
    highest = np.flatnonzero(deciding)[-1]
    return {"all": deciding, "highest": np.arange(len(deciding)) == highest}


def _halves(crossings: list[Crossings], study: Study, levels: np.ndarray) -> Halves:
    """Return both halves of one split, by the means of their seeds."""
    steps = np.stack([steps_of_means(half) for half in crossings], axis=1)
    both = replace(crossings[0], replicates=steps)
    return in_halves(both, study.environment_names, 1, levels)


def _weights(
    halves: Halves, study: Study, fitted: dict[Way, Wanted]
) -> Iterator[tuple[Way, str, Weights]]:
    """Return the cells that each way chooses, for both kinds of data."""
    table, cells = halves.whole, best_cells(halves)
    at = int(np.flatnonzero(table.utds == study.baseline_utd)[0])
    constant = moved_cells(halves, cells, np.full(len(table.utds), at))
    for name, chosen in ((BEST_CELL, cells), (CONSTANT, constant)):
        for data in DATA:
            yield (name, ""), data, one_cell(table, chosen)
    for way, wanted in fitted.items():
        for data, weights in DATA.items():
            yield way, data, weights(table, wanted)


def _nearest(table: SweepTable, wanted: Wanted) -> Weights:
    return one_cell(table, nearest_cells(table, wanted))


DATA = {"interpolated": between_cells, "nearest": _nearest}


def _fitted_ways(
    crossings: list[Crossings], study: Study
) -> Iterator[tuple[Way, Wanted]]:
    """Return the choices of the fits to B* and η* of each half."""
    for rule, apply in RULES.items():
        halves = [apply(half, study) for half in crossings]
        for slopes in SLOPES:
            yield (
                (rule, slopes),
                {
                    name: np.stack(
                        [
                            _fitted(utds, best[name], drawn[name], slopes)
                            for utds, best, drawn in halves
                        ]
                    )
                    for name in ("batch_size", "learning_rate")
                },
            )


def _fitted(
    utds: np.ndarray, best: np.ndarray, drawn: np.ndarray, slopes: str
) -> np.ndarray:
    """Return values of the fit, [environments, utds].

    With partial pooling, each environment's own slope is moved towards the shared one
    by empirical Bayes. The variance within is that of its draws; the variance between
    is the excess of the variance of the own slopes.
    """
    shared, own = fit_shared_slope(utds, best), fit_line(utds, best)
    exponent = np.broadcast_to(shared.exponent, own.exponent.shape)
    if slopes == "separate":
        exponent = own.exponent
    elif slopes == "partially pooled":
        within = np.nanvar(fit_line(utds, drawn).exponent, axis=0)
        between = max(0.0, float(np.var(own.exponent, ddof=1) - within.mean()))
        weight = between / (between + within)
        exponent = shared.exponent + weight * (own.exponent - shared.exponent)
    x = np.log(utds)
    known = np.isfinite(best)
    logs = np.log(np.where(known, best, 1.0))
    count = known.sum(axis=1)
    height = (logs * known).sum(axis=1) / count
    middle = (x * known).sum(axis=1) / count
    return np.exp(height[:, None] + exponent[:, None] * (x - middle[:, None]))
