"""The steps at which runs of many σ and N reach the levels of their task."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import Curves, ScalingError, Setting
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import LEVELS, SizeTask
from value_scaling.records.schedule import PublishedResets
from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.stats.isotonic import first_crossings, isotonic_fit


@dataclass(frozen=True)
class Reached:
    """Data of the settings of one task."""

    settings: tuple[Setting, ...]
    seeds: np.ndarray
    """[settings]."""
    data: np.ndarray
    """[settings, levels], environment steps; NaN: the runs ended before the level."""
    drawn: np.ndarray
    """[replicates, settings, levels], the same in each bootstrap sample."""

    @property
    def utds(self) -> np.ndarray:
        """Return σ of each setting, [settings]."""
        return np.array([each.utd for each in self.settings], dtype=float)

    @property
    def sizes(self) -> np.ndarray:
        """Return N of each setting, [settings]."""
        return np.array([each.values["model_size"] for each in self.settings], float)

    @property
    def batch_sizes(self) -> np.ndarray:
        """Return B of each setting, [settings]."""
        return np.array([each.batch_size for each in self.settings], dtype=float)

    def by_utd_and_size(self) -> dict[tuple[float, float], list[int]]:
        """Return the rows of each (σ, N), which differ in batch size; sorted."""
        groups: dict[tuple[float, float], list[int]] = {}
        for row, key in enumerate(zip(self.utds, self.sizes, strict=True)):
            groups.setdefault(key, []).append(row)
        return dict(sorted(groups.items()))

    def only(self, keep: np.ndarray) -> "Reached":
        """Return the settings that `keep`, bool [settings], selects."""
        settings = tuple(s for s, k in zip(self.settings, keep, strict=True) if k)
        return Reached(settings, self.seeds[keep], self.data[keep], self.drawn[:, keep])


def cleaned(curve: Curves, task: SizeTask, reset_every: float | None) -> Curves:
    """Return a curve up to the task's last step, without the drops after resets.

    A row after a reset is dropped until the mean over seeds is back at its last value
    before the reset. A row at the step of a reset belongs to those before it. Source:
    model_scaling 4773f34, filter_out_resets with window 0.
    """
    within = curve.steps <= task.last_step
    steps, returns = curve.steps[within], curve.returns[within]
    keep = np.ones(len(steps), dtype=bool)
    if reset_every is not None and len(steps):
        mean = returns.mean(axis=1)
        for reset in PublishedResets(reset_every).steps(curve.setting.utd, steps[-1]):
            after = int(np.searchsorted(steps, reset, side="right"))
            if after:
                back = np.flatnonzero(mean[after:] >= mean[after - 1])
                keep[after : after + back[0] if len(back) else len(mean)] = False
    return Curves(curve.setting, steps[keep], returns[keep])


def reached(
    runs: SizeRuns, task: SizeTask, *, study: str, replicates: int, seed: int
) -> Reached:
    """Find the crossings of all settings of a task and of their bootstrap samples."""
    own = [c for c in runs.curves if c.setting.env == task.name]
    data = np.full((len(own), LEVELS), np.nan)
    drawn = np.full((replicates, len(own), LEVELS), np.nan)
    for row, raw in enumerate(own):
        curve = cleaned(raw, task, runs.group.reset_every)
        at = np.append(curve.steps, np.nan)
        data[row] = at[first_crossings(curve.returns, task.levels)[0]]
        identity = runs.group.name, runs.archive.file, *raw.setting.identity
        counts = resample_counts(
            stream(seed, study, *identity), curve.seeds, replicates
        )
        if replicates:
            found = first_crossings(curve.returns, task.levels, counts=counts)
            drawn[:, row] = at[found]
    seeds = np.array([c.seeds * runs.archive.seeds_per_column for c in own], int)
    return Reached(tuple(c.setting for c in own), seeds, data, drawn)


def best_of_batches(found: Reached) -> Reached:
    """Keep one setting for each (σ, N): the least data over batch sizes.

    The least is taken in each replicate, so its choice is part of the interval. The
    setting that is kept has the least data at the highest level that any reaches.
    """
    rows = list(found.by_utd_and_size().values())
    data = np.stack([_least(found.data[own], axis=0) for own in rows])
    drawn = np.stack([_least(found.drawn[:, own], axis=1) for own in rows], axis=1)
    best = []
    for own, least in zip(rows, data, strict=True):
        level = int(np.flatnonzero(np.isfinite(least)).max(initial=0))
        costs = np.where(np.isfinite(found.data[own, level]),
                         found.data[own, level], np.inf)  # fmt: skip
        best.append(own[int(costs.argmin())])
    settings = tuple(found.settings[row] for row in best)
    return Reached(settings, found.seeds[best], data, drawn)


def _least(values: np.ndarray, *, axis: int) -> np.ndarray:
    """Return the minimum without NaN; NaN where there is no other value."""
    least = np.where(np.isfinite(values), values, np.inf).min(axis=axis)
    return np.where(np.isfinite(least), least, np.nan)


def proposed_level(runs: SizeRuns, task: SizeTask) -> float:
    """Return J_max by the authors' rule for DeepMind Control.

    It is 10·⌊0.95·q/10⌋, where q is the return that the isotonic fits of 80% of the
    settings end at or above. Source: model_scaling 4773f34.

    Raises:
        ScalingError: the archive has no setting of this task.
    """
    own = [
        cleaned(curve, task, runs.group.reset_every)
        for curve in runs.curves
        if curve.setting.env == task.name
    ]
    if not own:
        raise ScalingError(
            f"{runs.archive.file}, {task.name}",
            found="no settings",
            expected="one or more",
            fix="correct the task's name in the study file",
        )
    last = [isotonic_fit(curve.returns.mean(axis=1))[-1] for curve in own]
    return float(10 * np.floor(0.95 * np.quantile(last, 0.2) / 10))
