"""What a way to choose B and η costs: chosen on half of the seeds, paid on the others.

Regret is the data that the chosen (B, η) needs over that of the best cell, both on the
seeds that did not choose. The chosen (B, η) lies between cells: its data is
interpolated, or that of the cell nearest to it. A cell that does not reach a level
there needs as much as its runs are long, at least. Regrets are averaged in logarithms
over environments, σ, the two directions of each split and the levels that decide B* and
η*, or taken at the highest of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from rules import RULES

from value_scaling.records import Choices, Crossings, Curves, Runs, Setting, Study
from value_scaling.stats.power_law import fit_line, fit_shared_slope
from value_scaling.workflow.preprocess import preprocess

REPLICATES = 100
SLOPES = ("shared", "partially pooled", "separate")
BEST_CELL, CONSTANT = "best cell of each σ", "constant, tuned at one σ"
Chosen = dict[tuple[str, float], Setting]
Weights = dict[tuple[str, float], list[tuple[int, float]]]
"""Rows of cells of each (environment, σ), and their shares in the data."""
Way = tuple[str, str]
"""Rule, and how slopes are fitted; the latter is empty without a fit."""


@dataclass(frozen=True)
class Regret:
    """One row: a geometric mean, its interval, and how it compares with the default."""

    study: str
    data: str
    """Of the chosen (B, η): `interpolated`, or of the `nearest` cell."""
    levels: str
    """`all` that decide, or the `highest`."""
    rule: str
    slopes: str
    value: float
    low: float
    high: float
    """Of the splits, the central 95%."""
    over_published: tuple[float, float, float]
    """Ratio to the regret of the published analysis, and its interval."""
    over_marginal: tuple[float, float, float]
    """Ratio to that of the marginal rule with the other choices as by default."""


def regrets(runs: Runs, study: Study, *, splits: int) -> list[Regret]:
    """Split the seeds at random `splits` times, and choose and pay both ways."""
    rng = np.random.default_rng(0)
    paid: dict[tuple[str, str, Way], list[float]] = {}
    for _ in range(splits):
        halves = _split(runs, rng)
        crossings = [
            preprocess(half, study, Choices(), replicates=REPLICATES, seed=0)
            for half in halves
        ]
        both: dict[tuple[str, str, Way], list[float]] = {}
        for chooses, pays in (crossings, crossings[::-1]):
            fitted = dict(_fitted_ways(chooses, study))
            for name, levels in _levels(study).items():
                for way, chosen in (*_cells(chooses, study, levels), *fitted.items()):
                    for data, weigh in DATA.items():
                        regret = _regret(weigh(chosen, pays), pays, levels)
                        both.setdefault((data, name, way), []).append(regret)
        for key, values in both.items():
            paid.setdefault(key, []).append(float(np.mean(values)))
    rows = []
    for (data, name, way), values in paid.items():
        ratios = [
            _with_interval(np.array(values) - paid[data, name, (other, SLOPES[0])])
            for other in ("published", "marginal")
        ]
        own = _with_interval(np.array(values))
        rows.append(Regret(study.name, data, name, *way, *own, *ratios))
    return rows


def _with_interval(logs: np.ndarray) -> tuple[float, float, float]:
    ends = np.quantile(logs, [0.025, 0.975])
    return tuple(np.exp([logs.mean(), *ends]).tolist())


def _split(runs: Runs, rng: np.random.Generator) -> tuple[Runs, Runs]:
    """The same curves with either half of the seeds of each setting."""
    halves: tuple[list[Curves], list[Curves]] = ([], [])
    for curve in runs.curves:
        order = rng.permutation(curve.seeds)
        for half, own in zip(halves, np.array_split(order, 2), strict=True):
            half.append(replace(curve, returns=curve.returns[:, own]))
    one, other = (replace(runs, curves=tuple(half)) for half in halves)
    return one, other


def _levels(study: Study) -> dict[str, np.ndarray]:
    """Indices of the levels at which data is counted, by what they are called."""
    deciding = np.flatnonzero(study.deciding_levels)
    return {"all": deciding, "highest": deciding[-1:]}


def _grids(crossings: Crossings) -> dict[tuple[str, float], list[int]]:
    """Rows of the settings of each (environment, σ)."""
    found: dict[tuple[str, float], list[int]] = {}
    for row, s in enumerate(crossings.settings):
        found.setdefault((s.env, float(s.utd)), []).append(row)
    return found


def _cells(
    crossings: Crossings, study: Study, levels: np.ndarray
) -> Iterator[tuple[Way, Chosen]]:
    """Choices without a fit: of the best cell of each σ, and of that of one σ.

    The best cell reaches the most levels, and of these with the least data on average.
    """
    grids = _grids(crossings)
    logs = np.log(crossings.steps[:, levels])
    never = np.isnan(logs).sum(axis=1)
    mean = np.where(np.isnan(logs), 0.0, logs).sum(axis=1)
    best = {
        place: crossings.settings[min(rows, key=lambda row: (never[row], mean[row]))]
        for place, rows in grids.items()
    }
    yield (BEST_CELL, ""), best
    constant = {
        (env, utd): replace(best[env, study.baseline_utd], utd=utd)
        for env, utd in grids
    }
    yield (CONSTANT, ""), constant


def _fitted_ways(crossings: Crossings, study: Study) -> Iterator[tuple[Way, Chosen]]:
    """Choices of fits to B* and η*, with the setting for each (environment, σ)."""
    for rule, apply in RULES.items():
        utds, values, drawn = apply(crossings, study)
        environments = study.ordered(crossings.settings)
        for slopes in SLOPES:
            sizes, rates = (
                _fitted(utds, values[name], drawn[name], slopes)
                for name in ("batch_size", "learning_rate")
            )
            wanted = {
                (env, float(utd)): Setting(env, float(utd), sizes[e, u], rates[e, u])
                for e, env in enumerate(environments)
                for u, utd in enumerate(utds)
            }
            yield (rule, slopes), wanted


def _fitted(
    utds: np.ndarray, best: np.ndarray, drawn: np.ndarray, slopes: str
) -> np.ndarray:
    """Values of the fit, [environments, utds].

    Partially pooled: each environment's own slope is moved towards the shared one by
    empirical Bayes. The variance within is that of its draws, the variance between is
    what the own slopes vary more than that.
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


def _nearest(wanted: Chosen, crossings: Crossings) -> Weights:
    """The cell that was run nearest to each setting, in steps of its grid."""
    found = {}
    for place, rows in _grids(crossings).items():
        cells = np.log([_pair(crossings.settings[row]) for row in rows])
        away = cells - np.log(_pair(wanted[place]))
        steps = [
            np.diff(np.unique(axis)).mean() if len(np.unique(axis)) > 1 else 1.0
            for axis in cells.T
        ]
        found[place] = [(rows[int(((away / steps) ** 2).sum(axis=1).argmin())], 1.0)]
    return found


def _between(wanted: Chosen, crossings: Crossings) -> Weights:
    """The cells around each setting, linearly in log B and log η.

    Beyond the grid its edge counts. Cells that were not run have no weight; where none
    of the four was, the nearest cell counts.
    """
    nearest = _nearest(wanted, crossings)
    found = {}
    for place, rows in _grids(crossings).items():
        sides = []
        for axis, value in enumerate(_pair(wanted[place])):
            grid = sorted({_pair(crossings.settings[row])[axis] for row in rows})
            at = np.interp(np.log(value), np.log(grid), np.arange(len(grid)))
            shares = np.maximum(0.0, 1 - np.abs(np.arange(len(grid)) - at))
            sides.append(dict(zip(grid, shares.tolist(), strict=True)))
        weights = [
            (row, sides[0][size] * sides[1][rate])
            for row in rows
            for size, rate in [_pair(crossings.settings[row])]
        ]
        total = sum(weight for _, weight in weights)
        found[place] = (
            [(row, weight / total) for row, weight in weights if weight > 0]
            if total > 0
            else nearest[place]
        )
    return found


def _pair(setting: Setting) -> tuple[float, float]:
    return setting.batch_size, setting.learning_rate


DATA = {"interpolated": _between, "nearest": _nearest}


def _regret(weights: Weights, pays: Crossings, levels: np.ndarray) -> float:
    """Mean logarithm over (environment, σ, level) that any cell reaches."""
    logs = []
    steps = pays.steps[:, levels]
    needed = np.log(np.where(np.isfinite(steps), steps, pays.last_steps[:, None]))
    for place, rows in _grids(pays).items():
        own = sum(weight * needed[row] for row, weight in weights[place])
        reached = np.isfinite(steps[rows]).any(axis=0)
        least = np.log(np.nanmin(steps[rows][:, reached], axis=0))
        logs += np.maximum(0.0, own[reached] - least).tolist()
    return float(np.mean(logs))
