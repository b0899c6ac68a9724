"""The regret of each way to choose B and η, on held-out seeds.

Each way chooses (B, η) on one half of the seeds. Regret is the data to a level with
this choice over the data with the best cell, both on the other half. The best cell
there is known only with noise, and the minimum of noisy numbers is too low, so no way
reaches a regret of 1. In the ratio of two ways the best cell cancels.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from value_scaling.records import (
    PUBLISHED,
    Choices,
    Crossings,
    Curves,
    Estimate,
    Regret,
    RegretRatio,
    Regrets,
    Runs,
    Study,
)
from value_scaling.records.stage import Given, Mapper
from value_scaling.records.stages.regret import Levels, Scope, SelectionRule
from value_scaling.stats.halves import LEAST_UNITS, split_interval
from value_scaling.stats.power_law import fit_line, fit_shared_slope
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.grid.cells import (
    Weights,
    best_cells,
    fitted_between,
    log_regret,
    moved_cells,
    neighbours,
    one_cell,
)
from value_scaling.workflow.grid.split_seeds import (
    Halves,
    best_of_halves,
    in_halves,
    split_crossings,
)
from value_scaling.workflow.preprocess import affordable, relevant_choices

Measured = tuple[np.ndarray, np.ndarray]
"""Logarithms of regrets, and shares of cells that never reach the level, as in
`log_regret`."""
COMPARED: tuple[tuple[SelectionRule, SelectionRule], ...] = (
    ("fitted", "constant"),
    ("separate", "constant"),
    ("published", "constant"),
    ("nearest", "constant"),
    ("cell", "constant"),
    ("fitted", "published"),
    ("fitted", "nearest"),
)
"""Pairs of ways whose ratio is reported, in every scope that has both."""


def make(given: Given, *, splits: int, draws: int, seed: int) -> Regrets:
    """Find the regret of each way to choose B and η on the runs of the sweep."""
    runs = collect(given.runs("sweep"), given.study)
    return regrets(
        runs,
        given.study,
        splits=splits,
        draws=draws,
        seed=seed,
        mapped=given.mapped,
        progress=given.progress,
    )


def regrets(
    runs: Runs,
    study: Study,
    *,
    splits: int,
    draws: int,
    seed: int,
    mapped: Mapper = map,
    progress: Callable[[Sequence[Curves]], Iterable[Curves]] = iter,
) -> Regrets:
    """Split the seeds at random, choose on each half and evaluate on the other.

    Args:
        runs: the runs of the sweep, normalised (see `collect`).
        splits: number of splits of the seeds; each setting's seeds are split
            separately.
        draws: bootstrap samples of a half, over which best values are averaged.
        seed: base of the random streams; each setting has its own stream.
        mapped: applies a function to every curve.
        progress: wraps the curves while their seeds are counted.
    """
    counts = {curve.setting: curve.seeds for curve in progress(runs.curves)}
    kept = runs.only(lambda setting: counts[setting] >= LEAST_UNITS)
    enough = kept.settings
    few = len(runs.settings) - len(enough)
    utds = np.unique([setting.utd for setting in enough])
    deciding = np.array(study.deciding_levels)
    splits, draws = _affordable(splits, draws, len(enough), len(deciding))
    none = Regrets(
        study=study.name,
        environments=study.ordered(enough),
        utds=utds,
        levels=np.array(study.sweep_levels)[deciding],
        baseline_utd=study.baseline_utd,
        splits=splits,
        draws=draws,
        few_seeds=few,
    )
    if why := _why_none(max(counts.values()), none):
        return replace(none, why_none=why)
    halved: dict[Choices, Crossings] = {}
    for choices in (Choices(), PUBLISHED):
        same = relevant_choices(choices, study, runs.set_name)
        if same not in halved:
            halved[same] = split_crossings(
                kept, study, same, splits, draws, seed, mapped=mapped
            )
    crossings = halved[Choices()]
    reached = _reaching(crossings, deciding)
    if not reached:
        why = "no setting of any environment reaches a level that decides"
        return replace(none, why_none=why)
    halves = in_halves(crossings, reached, splits, deciding)
    last = np.arange(len(deciding)) == len(deciding) - 1
    as_published = in_halves(
        halved[relevant_choices(PUBLISHED, study, runs.set_name)], reached, splits, last
    )
    found = replace(none, environments=reached)
    rows, ratios = _compared(_measured(halves, as_published, study), found)
    return replace(found, rows=rows, ratios=ratios)


def _affordable(splits: int, draws: int, settings: int, levels: int) -> tuple[int, int]:
    """Return fewer draws, then fewer splits, if all would not fit into memory."""
    most = affordable(2 * splits * (1 + draws), settings, levels)
    splits = min(splits, max(1, most // 4))
    return splits, min(draws, max(1, most // (2 * splits) - 1))


def _why_none(most: int, kept: Regrets) -> str:
    if not kept.environments:
        return (
            f"no setting has more than {most} seed{'s' * (most > 1)}, and two halves "
            f"need {LEAST_UNITS}"
        )
    if len(kept.utds) < 2:
        return "the sweep has runs at one UTD ratio only"
    if not len(kept.levels):
        return "none of the sweep's levels decides B* and η*"
    return ""


def _reaching(crossings: Crossings, deciding: np.ndarray) -> tuple[str, ...]:
    """Return the environments in which a sample of a half reaches a deciding level."""
    # Only one setting's replicates are copied at a time.
    rows = zip(crossings.settings, crossings.replicates, strict=True)
    reached = (s.env for s, drawn in rows if np.any(drawn[:, deciding] >= 0))
    return tuple(dict.fromkeys(reached))


def _measured(
    halves: Halves, as_published: Halves, study: Study
) -> dict[tuple[Scope, SelectionRule], Measured]:
    """Return the regret of each way for every half, environment, σ and level."""
    table, count = halves.whole, halves.count
    utds = table.utds
    best = best_of_halves(halves.drawn, Choices(), count, study=study.name)
    published = best_of_halves(as_published.drawn, PUBLISHED, count, study=study.name)
    cells = best_cells(halves)
    # Only the weights of one way are in memory at a time.
    every: dict[SelectionRule, Callable[[], Weights]] = {
        "cell": lambda: one_cell(table, cells),
        "fitted": lambda: fitted_between(table, best, fit_shared_slope),
        "separate": lambda: fitted_between(table, best, fit_line),
        "published": lambda: fitted_between(table, published, fit_shared_slope),
    }
    if study.baseline_utd in utds:
        at = int(np.flatnonzero(utds == study.baseline_utd)[0])
        same = np.full(len(utds), at)
        every["constant"] = lambda: one_cell(table, moved_cells(halves, cells, same))
    seen = {way: log_regret(halves, weights()) for way, weights in every.items()}
    found: dict[tuple[Scope, SelectionRule], Measured] = {
        ("every", way): each for way, each in seen.items()
    }
    if len(utds) < 3:
        return found
    unseen: dict[SelectionRule, Measured] = {
        "cell": seen["cell"],
        "fitted": log_regret(
            halves, fitted_between(table, best, fit_shared_slope, left_out=True)
        ),
        "nearest": log_regret(
            halves, one_cell(table, moved_cells(halves, cells, neighbours(utds)))
        ),
    }
    if "constant" in seen:
        unseen["constant"] = seen["constant"]
    for scope in ("unseen", "largest"):
        found |= {(scope, way): each for way, each in unseen.items()}
    return found


def _compared(
    measured: Mapping[tuple[Scope, SelectionRule], Measured], found: Regrets
) -> tuple[tuple[Regret, ...], tuple[RegretRatio, ...]]:
    """Return the rows and ratios on the same halves, environments, σ and levels."""
    rows, ratios = [], []
    scopes = dict.fromkeys(scope for scope, _ in measured)
    utds = found.utds
    for scope in scopes:
        at = {
            "every": np.ones(len(utds), dtype=bool),
            "unseen": utds != found.baseline_utd,
            "largest": (utds == utds[-1]) & (utds != found.baseline_utd),
        }[scope]
        own = {
            way: (logs[:, :, at], never[:, :, at])
            for (where, way), (logs, never) in measured.items()
            if where == scope and np.isfinite(logs[:, :, at]).any()
        }
        if not own:
            continue
        common = np.all([np.isfinite(logs) for logs, _ in own.values()], axis=0)
        for levels in get_args(Levels):
            part = common.copy()
            if levels == "highest":
                part[..., :-1] = False
            means = {way: _means(logs, part) for way, (logs, _) in own.items()}
            for way, (_, never) in own.items():
                share = float(never[part].mean()) if part.any() else np.nan
                rows.append(Regret(scope, levels, way, *_estimates(means[way]), share))
            for way, over in COMPARED:
                if {way, over} <= means.keys():
                    both = zip(means[way], means[over], strict=True)
                    logs = tuple(one - other for one, other in both)
                    ratios.append(
                        RegretRatio(scope, levels, way, over, *_estimates(logs))
                    )
    return tuple(rows), tuple(ratios)


def _means(logs: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means over the cells that `part` selects in each half.

    The first is the mean over all environments, the second that of each environment.
    """
    values = np.where(part, logs, 0.0)
    with np.errstate(invalid="ignore"):
        every = values.sum(axis=(1, 2, 3)) / part.sum(axis=(1, 2, 3))
        each = values.sum(axis=(2, 3)) / part.sum(axis=(2, 3))
    return every, each


def _estimates(means: tuple[np.ndarray, ...]) -> tuple[Estimate, np.ndarray]:
    every, each = means
    data = Estimate(*(np.exp(part) for part in split_interval(every)))
    return data, np.exp(split_interval(each)[0])
