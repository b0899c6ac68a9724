"""Test how well `--next` chooses, on real sweeps that start from a third of the grid.

The start has a third of the cells of each environment, chosen at random, with half of
their seeds. Ways to go on, at the same cost F = C + δ·D of full runs:

- `next`: the runs that `workflow.next_runs` chooses, a part of the grid at a time;
- `random`: runs of random cells, as many seeds at once as `next` takes;
- `full grid`: every cell, with fewer seeds (some cells have one more than others).

B* and η* come from the default analysis of the runs so far. Regret is the data that the
whole sweep needs at these (B, η), interpolated between cells, over the data of the best
cell at each σ; both are from all seeds. It is averaged in logarithms over environments
and σ. The width is that of the 95% interval of the exponent of B* or η*.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from value_scaling.records import Choices, Crossings, Runs, ScalingError, Setting, Study
from value_scaling.workflow.grid.cells import between_cells
from value_scaling.workflow.grid.pooled_levels import pooled_levels
from value_scaling.workflow.grid.sweep_table import NEVER, SweepTable, sweep_table
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.next_runs.choose import cost_of, next_in_sweep
from value_scaling.workflow.next_runs.proposals import SEEDS
from value_scaling.workflow.preprocess import preprocess

REPLICATES = 200
CELLS_PER_ROW = 12
"""Number of cells for each row that is chosen before the results are used."""
SHARES = (0.2, 0.25, 0.375, 0.5, 0.75)
"""Costs of the runs at which the ways are compared, as shares of the whole sweep."""
Seeds = dict[Setting, int]
"""Number of seeds of each setting that was run."""
Step = Callable[[Seeds, np.random.Generator], Iterator[tuple[Setting, int]]]
"""A way to go on: settings and numbers of seeds to add, one after another."""


@dataclass(frozen=True)
class Outcome:
    """What one way reached at one cost."""

    study: str
    way: str
    share: float
    """Cost as a share of the whole sweep."""
    start: int
    """Index of the random start."""
    regret: float
    """Geometric mean over environments and σ; NaN if B* and η* could not be fitted."""
    batch_size_width: float
    learning_rate_width: float


@dataclass
class Sweep:
    """A finished sweep, of which any number of seeds of any setting can be taken."""

    runs: Runs
    """Normalised; seeds in the order in which they are taken."""
    study: Study
    kept: dict[tuple[Setting, int], Crossings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.curves = {curve.setting: curve for curve in self.runs.curves}
        ends: dict[tuple[str, float], float] = {}
        for s, curve in self.curves.items():
            key = s.env, s.utd
            ends[key] = max(ends.get(key, 0), float(curve.steps[-1]))
        self.costs = {
            s: cost_of(self.study, "sweep", s, ends[s.env, s.utd], 1)["flops"]
            for s in self.curves
        }
        self.total = self.cost({s: c.seeds for s, c in self.curves.items()})

    def cost(self, seeds: Seeds) -> float:
        return sum(self.costs[setting] * count for setting, count in seeds.items())

    def most(self, setting: Setting) -> int:
        return self.curves[setting].seeds

    def crossings(self, seeds: Seeds) -> Crossings:
        """Return the crossings of the first seeds of some settings."""
        new = [each for each in seeds.items() if each not in self.kept]
        if new:
            curves = [
                replace(self.curves[s], returns=self.curves[s].returns[:, :count])
                for s, count in new
            ]
            found = preprocess(
                replace(self.runs, curves=tuple(curves), missing=()),
                self.study,
                Choices(),
                replicates=REPLICATES,
                seed=0,
            )
            self.kept |= {each: row(found, [i]) for i, each in enumerate(new)}
        return joined([self.kept[each] for each in sorted(seeds.items())])


ROWS = ("seeds", "last_steps", "steps", "replicates", "spacings", "extremes")


def row(found: Crossings, index: list[int]) -> Crossings:
    parts = {name: getattr(found, name)[index] for name in ROWS}
    return replace(found, settings=tuple(found.settings[i] for i in index), **parts)


def joined(rows: list[Crossings]) -> Crossings:
    parts = {
        name: np.concatenate([getattr(each, name) for each in rows]) for name in ROWS
    }
    settings = tuple(setting for each in rows for setting in each.settings)
    return replace(rows[0], settings=settings, **parts)


def shuffled(runs: Runs, rng: np.random.Generator) -> Runs:
    """Return the runs with the seeds of each setting in random order."""
    curves = [
        replace(curve, returns=curve.returns[:, rng.permutation(curve.seeds)])
        for curve in runs.curves
    ]
    return replace(runs, curves=tuple(curves))


def third(sweep: Sweep, rng: np.random.Generator) -> Seeds:
    """Return a random third of the cells of each environment, with half the seeds."""
    found = {}
    for env in sweep.study.environment_names:
        own = sorted(s for s in sweep.curves if s.env == env)
        for i in rng.permutation(len(own))[: round(len(own) / 3)]:
            found[own[i]] = max(1, sweep.most(own[i]) // 2)
    return found


def chosen_next(sweep: Sweep) -> Step:
    """Let `next_in_sweep` choose among the cells and seeds of the sweep."""

    def step(seeds: Seeds, _: np.random.Generator) -> Iterator[tuple[Setting, int]]:
        rows = max(1, len(sweep.curves) // CELLS_PER_ROW)
        found = next_in_sweep(
            sweep.crossings(seeds),
            sweep.study,
            rows,
            extend=False,
            wanted=tuple(sweep.curves),
            seeds=SEEDS,
            most_seeds=min(map(sweep.most, sweep.curves)),
        )
        for each in found:
            if each.setting in sweep.curves:
                yield each.setting, each.seeds

    return step


def chosen_at_random(sweep: Sweep) -> Step:
    def step(seeds: Seeds, rng: np.random.Generator) -> Iterator[tuple[Setting, int]]:
        left = sorted(s for s in sweep.curves if seeds.get(s, 0) < sweep.most(s))
        for i in rng.permutation(len(left)):
            yield left[i], min(SEEDS, sweep.most(left[i]) - seeds.get(left[i], 0))

    return step


def grown(
    sweep: Sweep, seeds: Seeds, step: Step, rng: np.random.Generator
) -> Iterator[tuple[float, Seeds]]:
    """Add runs; return the runs at each share of the cost, the last ones within it."""
    seeds, shares = dict(seeds), list(SHARES)
    while shares:
        before = sweep.cost(seeds)
        for setting, count in step(seeds, rng):
            more = seeds | {setting: seeds.get(setting, 0) + count}
            while shares and sweep.cost(more) > shares[0] * sweep.total:
                yield shares.pop(0), dict(seeds)
            seeds = more
            if not shares:
                return
        if sweep.cost(seeds) == before:  # nothing is worth a run any more
            yield from ((share, dict(seeds)) for share in shares)
            return


def whole_grid(sweep: Sweep, share: float, rng: np.random.Generator) -> Seeds:
    """Return every cell with fewer seeds, at a share of the cost."""
    found = {s: int(share * sweep.most(s)) for s in sweep.curves}
    settings = sorted(found)
    for i in rng.permutation(len(settings)):
        more = found | {settings[i]: found[settings[i]] + 1}
        if sweep.cost(more) > share * sweep.total:
            break
        found = more
    return {setting: count for setting, count in found.items() if count}


def judge(sweep: Sweep, truth: SweepTable, seeds: Seeds) -> tuple[float, float, float]:
    """Return regret and the widths of the intervals of both exponents."""
    try:
        found = hyperparameters(
            sweep.crossings(seeds), sweep.study, Choices(), with_checks=False
        )
    except ScalingError:  # an environment without a run that reaches a level
        return np.nan, np.nan, np.nan
    utds = truth.utds
    order = [found.batch_size.environments.index(env) for env in truth.environments]
    wanted = {
        values.name: values.to_run().value(utds)[order][None] for values in found.fitted
    }
    logs = []
    for steps, last, weight in zip(
        truth.steps, truth.last_steps, between_cells(truth, wanted), strict=True
    ):
        flat = steps[..., 0, 0].reshape(len(utds), -1)
        ends = last.reshape(len(utds), -1)
        least = flat.min(axis=1)
        needed = np.log(np.where(flat < NEVER, flat, np.maximum(ends, least[:, None])))
        reached = least < NEVER
        own = (weight[0] * needed).sum(axis=1) - np.log(least)
        logs += own[reached].tolist()
    widths = [
        float(values.shared.exponent.high[0] - values.shared.exponent.low[0])
        for values in found.fitted
    ]
    return float(np.exp(np.mean(logs))), widths[0], widths[1]


def compare(runs: Runs, study: Study, *, starts: int) -> Iterator[Outcome]:
    """Compare the ways from several starting thirds."""
    for number in range(starts):
        rng = np.random.default_rng(number)
        sweep = Sweep(shuffled(runs, rng), study)
        whole = {s: sweep.most(s) for s in sweep.curves}
        truth = truth_of(sweep.crossings(whole), study)
        begin = third(sweep, rng)
        found = {("start", sweep.cost(begin) / sweep.total): begin}
        for way, step in (
            ("next", chosen_next(sweep)),
            ("random", chosen_at_random(sweep)),
        ):
            for share, seeds in grown(sweep, begin, step, rng):
                found[way, share] = seeds
        for share in SHARES:
            found["full grid", share] = whole_grid(sweep, share, rng)
        found["full grid", 1.0] = whole
        for (way, share), seeds in found.items():
            yield Outcome(study.name, way, share, number, *judge(sweep, truth, seeds))


def truth_of(crossings: Crossings, study: Study) -> SweepTable:
    """Return the data of each cell by the mean of all seeds, as one replicate."""
    steps = np.where(np.isnan(crossings.steps), -1, crossings.steps)
    point = replace(crossings, replicates=steps[:, None].astype(np.int32))
    deciding = np.array(study.deciding_levels)
    return pooled_levels(sweep_table(point, study.environment_names, deciding))
