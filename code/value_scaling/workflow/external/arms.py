"""The data that each task needs at each value of an axis, from coarse logs.

An arm is the runs of one task at one value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from value_scaling.records import Curves, Runs
from value_scaling.records.estimates import Estimate, estimate
from value_scaling.records.external.record import TaskStatus
from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.stats.external.coarse import coarse_crossings, isotonic_fits

REACHED = 0.95
"""Least share of draws in which each arm must reach the level."""


@dataclass(frozen=True)
class TaskArms:
    """The isotonic fits of all arms of one task, with replicates."""

    task: str
    steps: tuple[np.ndarray, ...]
    """Logged steps of each arm, up to the end of the shortest."""
    fits: tuple[np.ndarray, ...]
    """[1 + replicates, points] of each arm: of the mean curve, then of resampled
    ones."""
    start: float
    """Mean return at the first log point, of the untrained agent."""
    seeds: np.ndarray
    """[values]."""

    def level(self, share: float) -> float:
        """Return the level at a share of the way to the worst arm's best return."""
        worst = min(float(fit[0, -1]) for fit in self.fits)
        return self.start + share * (worst - self.start)


@dataclass(frozen=True)
class TaskData:
    """The data that each arm of a task needs to reach one level."""

    arms: TaskArms
    level: float
    steps: np.ndarray
    """[values], interpolated crossings; NaN if never reached."""
    drawn: np.ndarray
    """[replicates, values], drawn from the intervals of resampled curves."""
    before: np.ndarray
    after: np.ndarray
    """[values], the interval of each crossing of the mean curve."""

    @property
    def status(self) -> TaskStatus:
        """Whether the arms can be compared."""
        if self.level <= self.arms.start:
            return "not learned"
        if not (np.isfinite(self.drawn).mean(axis=0) >= REACHED).all():
            return "not learned"
        first = np.array([steps[1] for steps in self.arms.steps])
        if 2 * (self.after <= first).sum() > len(first):
            return "too coarse"
        return "fitted"

    @property
    def estimate(self) -> Estimate:
        """Return the data with intervals."""
        return estimate(self.steps, self.drawn)


def task_arms(
    runs: Sequence[Runs],
    tasks: Mapping[str, str],
    *,
    axis: str,
    replicates: int,
    seed: int,
) -> list[TaskArms]:
    """Fit the curves of every task that has runs at all values.

    Args:
        runs: one for each value of the axis.
        tasks: benchmark of each task.
        seed: base of the random streams; each arm has its own stream.
    """
    by_task = [{curve.setting.env: curve for curve in one.curves} for one in runs]
    found = []
    for task in tasks:
        curves = [own[task] for own in by_task if task in own]
        if len(curves) == len(runs):
            rngs = [
                stream(seed, runs[0].study, axis, task, at) for at in range(len(runs))
            ]
            found.append(_arms(task, curves, rngs, replicates))
    return found


def _arms(
    task: str,
    curves: Sequence[Curves],
    rngs: Sequence[np.random.Generator],
    replicates: int,
) -> TaskArms:
    end = min(curve.steps[-1] for curve in curves)
    steps, fits, starts = [], [], []
    for curve, rng in zip(curves, rngs, strict=True):
        kept = curve.steps <= end
        returns = curve.returns[kept]
        counts = resample_counts(rng, curve.seeds, replicates)
        weights = np.concatenate([np.ones((1, curve.seeds)), counts]) / curve.seeds
        steps.append(curve.steps[kept])
        fits.append(isotonic_fits(weights @ returns.T))
        starts.append(returns[0].mean())
    seeds = np.array([curve.seeds for curve in curves])
    return TaskArms(task, tuple(steps), tuple(fits), float(np.mean(starts)), seeds)


def task_data(
    arms: TaskArms, *, study: str, axis: str, share: float, seed: int
) -> TaskData:
    """Find where every arm of a task reaches the level at this share."""
    level = arms.level(share)
    parts = []
    for at, (steps, fits) in enumerate(zip(arms.steps, arms.fits, strict=True)):
        rng = stream(seed, study, axis, arms.task, at, "within interval", share)
        found = coarse_crossings(steps, fits, level)
        parts.append(
            (found.steps[0], found.drawn(rng)[1:], found.before[0], found.after[0])
        )
    points, drawn, before, after = zip(*parts, strict=True)
    return TaskData(
        arms=arms,
        level=level,
        steps=np.array(points),
        drawn=np.stack(drawn, axis=1),
        before=np.array(before),
        after=np.array(after),
    )
