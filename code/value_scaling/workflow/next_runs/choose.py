"""Choose runs one after another by their expected saving of data per FLOP."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from value_scaling.records import Crossings, Setting, Study
from value_scaling.records.compute import compute_flops
from value_scaling.records.schedule import updates_done
from value_scaling.workflow.next_runs.gain import gains
from value_scaling.workflow.next_runs.grid import Cells, cells_of
from value_scaling.workflow.next_runs.surface import Surface, fit_surface

_NEIGHBOUR = 1.5
"""Distance in steps of the grid below which cells are neighbours."""


@dataclass(frozen=True)
class NextRun:
    """Runs of one setting that would help, and what they cost."""

    set_name: str
    setting: Setting
    first_seed: int
    """Number of seeds that the setting already has."""
    seeds: int
    """Number of seeds to run."""
    reason: str
    saving: float
    """Expected decrease of log data at the best cell, added over σ; NaN for runs that
    are proposed for another reason."""
    steps: float
    """Environment steps of all seeds."""
    updates: float
    """Updates of all seeds."""
    flops: float
    """F = C + δ·D of all seeds."""


def cost_of(
    study: Study, set_name: str, setting: Setting, steps: float, seeds: int
) -> dict[str, float]:
    """Return the steps, updates and FLOPs of some seeds that run to the end."""
    data = np.asarray(steps * seeds)
    compute = compute_flops(
        np.asarray(setting.utd),
        data,
        np.asarray(setting.batch_size),
        model_size=study.model_size,
    )
    return {
        "steps": float(data),
        "updates": float(seeds * updates_done(setting.utd, round(steps))),
        "flops": float(compute + study.delta * data),
    }


def next_in_sweep(
    crossings: Crossings,
    study: Study,
    count: int,
    *,
    extend: bool = True,
    wanted: Sequence[Setting] = (),
    seeds: int,
    most_seeds: int | None = None,
) -> Iterator[NextRun]:
    """Choose runs of the sweep; each is chosen as if the ones before it were finished.

    Args:
        count: number of rows.
        extend: whether to propose cells beyond the ends of the grids.
        wanted: settings that may be chosen besides the combinations of values that
            were run.
        seeds: seeds of a row.
        most_seeds: largest number of seeds of a setting; None for no limit.
    """
    searches = [
        _Search.of(cells)
        for cells in cells_of(
            crossings, study, extend=extend, wanted=tuple(wanted)
        ).values()
    ]
    options = [search.best(study, seeds=seeds, most=most_seeds) for search in searches]
    for _ in range(count):
        scores = [0.0 if each is None else each.score for each in options]
        at = int(np.argmax(scores))
        option = options[at]
        if option is None or not option.score > 0:
            return
        yield option.run
        searches[at] = searches[at].after(option)
        options[at] = searches[at].best(study, seeds=seeds, most=most_seeds)


@dataclass(frozen=True)
class _Option:
    """The best run of one environment."""

    cell: int
    run: NextRun
    score: float


@dataclass(frozen=True)
class _Search:
    """The search in one environment: its cells and the surface through them."""

    cells: Cells
    surface: Surface
    seeds: np.ndarray
    """[cells], seeds that were run or chosen."""

    @classmethod
    def of(cls, cells: Cells) -> "_Search":
        seen = np.flatnonzero(np.isfinite(cells.values))
        surface = fit_surface(
            cells.places, seen, cells.values[seen], cells.noise / cells.seeds[seen]
        )
        return cls(cells, surface, cells.seeds.copy())

    def best(self, study: Study, *, seeds: int, most: int | None) -> _Option | None:
        """Return the run with the largest expected saving per FLOP."""
        cells = self.cells
        added = np.full(len(self.seeds), seeds)
        if most is not None:
            added = np.minimum(added, most - self.seeds)
        there = np.flatnonzero((added > 0) & self._sensible())
        if not there.size:
            return None
        costs = [
            cost_of(study, "sweep", cells.settings[c], cells.steps[c], int(added[c]))
            for c in there
        ]
        noises = (cells.noise / added[there]).tolist()
        saved = gains(self.surface, cells.rows, there.tolist(), noises)
        scores = saved / [each["flops"] for each in costs]
        i = int(np.argmax(scores))
        cell = int(there[i])
        run = NextRun(
            "sweep",
            cells.settings[cell],
            int(self.seeds[cell]),
            int(added[cell]),
            self._reason(cell),
            float(saved[i]),
            **costs[i],
        )
        return _Option(cell, run, float(scores[i]))

    def after(self, option: _Option) -> "_Search":
        """Return the search after the runs of an option."""
        seeds = self.seeds.copy()
        seeds[option.cell] += option.run.seeds
        noise = self.cells.noise / option.run.seeds
        return replace(
            self, surface=self.surface.observed(option.cell, noise), seeds=seeds
        )

    def _sensible(self) -> np.ndarray:
        """Return which cells are inside the grid, or next to a best cell at its edge.

        The surface says little about cells that are farther away.
        """
        cells, found = self.cells, ~self.cells.beyond
        for row in cells.rows:
            own = row[~cells.beyond[row]]
            best = own[self.surface.mean[own].argmin()]
            # A step of an uneven grid may be somewhat longer than the median step.
            away = np.abs(cells.places[row] - cells.places[best]).max(axis=1)
            found[row] |= away <= _NEIGHBOUR
        return found

    def _reason(self, cell: int) -> str:
        if self.seeds[cell]:
            return f"more seeds (has {self.seeds[cell]}): it may be the best cell"
        if self.cells.beyond[cell]:
            return "extends the grid: the best cell at this UTD is at its edge"
        return "fills a hole in the grid"
