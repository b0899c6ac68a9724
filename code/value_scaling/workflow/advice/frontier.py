"""What runs need at any σ: data, compute, budget and hours, with all replicates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np

from value_scaling.records import (
    Budgets,
    DataEfficiencies,
    DataEfficiency,
    FittedLaw,
    Hyperparameters,
    PowerLaw,
    Study,
)
from value_scaling.records.compute import compute_flops
from value_scaling.stats.power_law import fit_line
from value_scaling.workflow.advice.limits import POOLED, Times

_HALF = 0.5
_PARTS = [each.name for each in fields(PowerLaw)]


@dataclass(frozen=True)
class Needs:
    """What runs need to reach a level; fields [1 + replicates, ...]."""

    data: np.ndarray
    """Environment steps."""
    compute: np.ndarray
    """FLOPs of updates."""
    budget: np.ndarray
    """C + δ·D in FLOPs."""
    hours: np.ndarray
    """Wall time; NaN if the times are not known."""

    def at(self, *index: int | slice) -> "Needs":
        """Return one entry of every field."""
        return Needs(*(getattr(self, each.name)[index] for each in fields(self)))


@dataclass(frozen=True)
class LevelPlace:
    """A level J among the fitted levels.

    Between two of them, log data is interpolated linearly in log J.
    """

    value: float
    """J."""
    below: int
    """Index of the fitted level at or below J."""
    above: int
    """Index of the fitted level at or above J."""
    share: float
    """Weight of the level above; 0 at a fitted level."""

    @classmethod
    def of(cls, value: float, levels: np.ndarray) -> "LevelPlace":
        """Find a level. Its share is NaN if it is outside the fitted levels."""
        order = np.arange(len(levels), dtype=float)
        place = np.interp(
            np.log(value), np.log(levels), order, left=np.nan, right=np.nan
        )
        if not np.isfinite(place):
            return cls(value, 0, 0, np.nan)
        below = int(np.floor(place))
        return cls(value, below, int(np.ceil(place)), float(place - below))

    @property
    def nearest(self) -> int:
        """Index of the nearest fitted level."""
        return self.above if self.share > _HALF else self.below


@dataclass(frozen=True)
class Frontier:
    """D_J(σ) of one environment or of the pool, and the B of its runs.

    Laws have a leading axis [1 + replicates]; its first entry is the point estimate.
    """

    name: str
    """An environment, or `POOLED`."""
    data: PowerLaw
    """[1 + replicates, levels]."""
    batch: PowerLaw
    """[1 + replicates], B(σ) in C_J."""
    converged: np.ndarray
    """[levels] of bool, whether the fit at the level converged."""
    pooled_over: np.ndarray
    """[environments, levels] of bool, whether a level is pooled over an environment."""
    model_size: float
    delta: float
    times: Times | None

    def knows(self, level: "LevelPlace") -> bool:
        """Whether the data to reach a level is known, or can be interpolated."""
        ends = [level.below, level.above]
        same = self.pooled_over[:, ends[0]] == self.pooled_over[:, ends[1]]
        return bool(self.converged[ends].all() and same.all())

    def needs(self, level: "LevelPlace", utd: np.ndarray) -> Needs:
        """Return what a level needs at σ, [1 + replicates, points] or broadcastable."""
        data = self.data[:, level.below].paired(utd)
        if level.share:
            with np.errstate(invalid="ignore", divide="ignore"):
                logs = np.log(data), np.log(self.data[:, level.above].paired(utd))
                data = np.exp((1 - level.share) * logs[0] + level.share * logs[1])
        size = self.batch.paired(utd)
        compute = compute_flops(utd, data, size, model_size=self.model_size)
        hours = np.full(data.shape, np.nan)
        if self.times:
            hours = self.times.hours(utd, data, size)
        return Needs(data, compute, compute + self.delta * data, hours)


@dataclass(frozen=True)
class Fits:
    """The records on which advice rests."""

    study: Study
    sweep: Hyperparameters | None
    data: DataEfficiencies | None
    budgets: Budgets | None

    @property
    def set_name(self) -> str:
        """The set of runs that gives D_J(σ): `ours` if there are such runs."""
        return next(iter(self.data.sets), "") if self.data else ""

    @property
    def efficiency(self) -> DataEfficiency | None:
        """D_J(σ) of that set."""
        return self.data.sets[self.set_name] if self.data and self.set_name else None

    @property
    def environments(self) -> tuple[str, ...]:
        """Environments of the sweep, or else those of the runs."""
        record = self.sweep.batch_size if self.sweep else self.efficiency
        return record.environments if record else ()

    def hyperparameter(self, name: str, env: str) -> FittedLaw | None:
        """Return B*(σ) or η*(σ) of an environment, or the mean over environments."""
        if self.sweep is None:
            return None
        values = getattr(self.sweep, name)
        law: FittedLaw = values.to_run()
        if env in values.environments:
            e = values.environments.index(env)
            return FittedLaw(law.value[e], law.replicates[:, e])
        with np.errstate(invalid="ignore"):
            return FittedLaw(_mean(law.value), _mean(law.replicates))


def _mean(laws: PowerLaw) -> PowerLaw:
    """Return the mean over environments (the last axis) of laws with one exponent."""
    return PowerLaw(laws.scale.mean(axis=-1), laws.exponent[..., 0])


def frontiers(
    fits: Fits, times_of: Callable[[str], Times | None]
) -> Iterator[Frontier]:
    """Return the frontier of each environment, then that of the pool.

    A frontier is left out where B(σ) of the runs is not known.
    """
    record = fits.efficiency
    if record is None:
        return
    every = record.environment_laws
    for e, env in enumerate(record.environments):
        law = FittedLaw(every.value[e], every.replicates[:, e], every.status[e])
        sizes = record.batch_sizes[e]
        if np.isfinite(sizes).any():
            used = FittedLaw.without_interval(_line(record.utds, sizes))
        elif (fitted := fits.hyperparameter("batch_size", env)) is not None:
            used = fitted
        else:
            continue
        alone = np.ones((1, len(record.levels)), dtype=bool)
        yield _frontier(env, law, used, fits.study, alone, times_of(env))
    budget = fits.budgets.sets.get(fits.set_name) if fits.budgets else None
    if budget is not None:
        yield _frontier(
            *(POOLED, record.law, budget.batch, fits.study),
            *(record.pooled_over, times_of(POOLED)),
        )


def _line(utds: np.ndarray, sizes: np.ndarray) -> PowerLaw:
    """Return the power law through batch sizes; one batch size is a constant."""
    known = np.isfinite(sizes)
    if known.sum() == 1:
        return PowerLaw(sizes[known][0], np.zeros(()))
    return fit_line(utds, sizes)


def _frontier(
    name: str,
    law: FittedLaw,
    batch: FittedLaw,
    study: Study,
    pooled_over: np.ndarray,
    times: Times | None,
) -> Frontier:
    data = stacked(law, len(law.replicates.scale))
    return Frontier(
        name,
        data,
        stacked(batch, len(law.replicates.scale)),
        law.converged,
        pooled_over,
        study.model_size,
        study.delta,
        times,
    )


def stacked(law: FittedLaw, replicates: int) -> PowerLaw:
    """Put a law before its replicates, [1 + replicates, ...].

    The sweep and the runs of D_J(σ) have separate random streams, so any pairing of
    their replicates is a draw of both.
    """
    drawn = law.drawn(replicates)
    pairs = [(getattr(law.value, p), getattr(drawn, p)) for p in _PARTS]
    return PowerLaw(*(np.concatenate([own[None], others]) for own, others in pairs))
