"""Exponents of D_J along one axis, for each task and pooled over tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from value_scaling.records.estimates import Estimate, estimate
from value_scaling.records.external.record import ALL, PooledExponent
from value_scaling.stats.external.random_effects import RandomEffects, random_effects
from value_scaling.workflow.external.arms import TaskData

_Z = 1.959963984540054


@dataclass(frozen=True)
class Effects:
    """A linear combination of log D for each task, with replicates."""

    value: np.ndarray
    """[tasks]."""
    drawn: np.ndarray
    """[replicates, tasks]; NaN where an arm does not reach the level."""

    @property
    def errors(self) -> np.ndarray:
        """Return the standard deviation over replicates, [tasks]."""
        return np.nanstd(self.drawn, axis=0, ddof=1)

    def only(self, kept: np.ndarray) -> "Effects":
        """Return the effects of some tasks."""
        return Effects(self.value[kept], self.drawn[:, kept])

    @property
    def estimates(self) -> Estimate:
        """Return the effects of all tasks with their own intervals."""
        return estimate(self.value, self.drawn)


def slope_weights(values: np.ndarray) -> np.ndarray:
    """Return weights of log D that give the least-squares slope in log values."""
    x = np.log(values) - np.log(values).mean()
    return x / (x @ x)


def bend_weights(values: np.ndarray) -> np.ndarray:
    """Return weights that give the slope of the last two minus that of the first."""
    weights = np.zeros(len(values))
    last, first = np.log(values[-1] / values[-2]), np.log(values[1] / values[0])
    weights[-2:] += np.array([-1, 1]) / last
    weights[:2] -= np.array([-1, 1]) / first
    return weights


def effects(data: Sequence[TaskData], weights: np.ndarray) -> Effects:
    """Apply weights to log D of every task."""
    value = np.array([np.log(each.steps) @ weights for each in data])
    drawn = [np.log(each.drawn) @ weights for each in data]
    return Effects(value, np.stack(drawn, axis=1) if drawn else np.empty((0, 0)))


def pooled(
    found: Effects, groups: np.ndarray
) -> tuple[tuple[PooledExponent, ...], dict[str, RandomEffects]]:
    """Pool the tasks of each group, and all tasks.

    Args:
        groups: [tasks], name of the group of each task.
    """
    models: dict[str, RandomEffects] = {}
    for group in (*dict.fromkeys(groups.tolist()), ALL):
        own = found if group == ALL else found.only(groups == group)
        if len(own.value):
            models[group] = random_effects(own.value, own.errors)
    return tuple(_record(*each) for each in models.items()), models


def over_all(found: Effects) -> PooledExponent | None:
    """Pool all tasks; None if there are none."""
    if not len(found.value):
        return None
    return _record(ALL, random_effects(found.value, found.errors))


def _record(group: str, model: RandomEffects) -> PooledExponent:
    mean, low, high, new_low, new_high = map(
        np.asarray, (model.mean, model.low, model.high, model.new_low, model.new_high)
    )
    return PooledExponent(
        group=group,
        tasks=len(model.weights),
        mean=Estimate(mean, low, high),
        new_task=Estimate(mean, new_low, new_high),
        between=model.between,
    )


def partially_pooled(
    found: Effects, groups: np.ndarray, models: Mapping[str, RandomEffects]
) -> Estimate:
    """Return the best linear unbiased prediction of each task within its group.

    Its variance is that of a task given its own runs, plus that of the group's mean as
    far as the task depends on it.
    """
    value, half = np.empty(len(found.value)), np.empty(len(found.value))
    for group, model in models.items():
        if group == ALL:
            continue
        own = groups == group
        errors = found.errors[own]
        value[own] = model.shrunk(found.value[own])
        of_mean = 1 / (1 / (model.between**2 + errors**2)).sum()
        half[own] = _Z * np.sqrt(
            model.kept * errors**2 + (1 - model.kept) ** 2 * of_mean
        )
    return Estimate(value, value - half, value + half)
