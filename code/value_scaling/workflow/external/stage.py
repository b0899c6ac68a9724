"""Make the record of one study of other people's runs."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import numpy as np

from value_scaling.records import Runs
from value_scaling.records.estimates import Estimate, entry
from value_scaling.records.external.record import (
    AxisExponents,
    ExternalRuns,
    TaskExponent,
)
from value_scaling.records.external.study import ExternalStudy
from value_scaling.workflow.external.arms import TaskData, task_arms, task_data
from value_scaling.workflow.external.exponents import (
    bend_weights,
    effects,
    over_all,
    partially_pooled,
    pooled,
    slope_weights,
)
from value_scaling.workflow.external.predictions import predictions

Item = TypeVar("Item")
_NONE = Estimate(*(np.array(np.nan) for _ in range(3)))


class ExternalGiven(Protocol):
    """Interface through which the stage reads its inputs."""

    @property
    def study(self) -> ExternalStudy: ...

    def runs(self, axis: str) -> tuple[Runs, ...] | None:
        """Read the tables of an axis, one after the other; None if one is missing."""

    def progress(self, items: Sequence[Item]) -> Iterable[Item]:
        """Show a progress bar while iterating over items."""


def make(
    given: ExternalGiven,
    *,
    share: float,
    other_shares: Sequence[float],
    replicates: int,
    seed: int,
) -> ExternalRuns:
    """Fit an exponent of D_J along each axis whose tables are here.

    Args:
        share: share of the way from the untrained return to the worst arm's best
            return, at which J lies; every arm of a task then reaches J.
        other_shares: shares at which the pooled exponent is fitted again.
    """
    axes = {}
    for axis in given.progress(list(given.study.axes)):
        runs = given.runs(axis)
        if runs is not None:
            axes[axis] = _axis(
                given.study, axis, runs, (share, *other_shares), replicates, seed
            )
    return ExternalRuns(given.study.name, share, replicates, axes)


def _axis(
    study: ExternalStudy,
    axis: str,
    runs: tuple[Runs, ...],
    shares: Sequence[float],
    replicates: int,
    seed: int,
) -> AxisExponents:
    values = np.array([table.value for table in study.axes[axis]])
    arms = task_arms(runs, study.tasks, axis=axis, replicates=replicates, seed=seed)
    by_share = {
        share: [
            task_data(each, study=study.name, axis=axis, share=share, seed=seed)
            for each in arms
        ]
        for share in shares
    }
    data = by_share[shares[0]]
    fitted = _fitted(data)
    if not fitted:
        return AxisExponents(values, tuple(_task(study, each) for each in data), ())
    groups = np.array([study.tasks[each.arms.task] for each in fitted])
    slopes = effects(fitted, slope_weights(values))
    records, models = pooled(slopes, groups)
    exponents, shrunk = slopes.estimates, partially_pooled(slopes, groups, models)
    own = {
        each.arms.task: (entry(exponents, at), entry(shrunk, at))
        for at, each in enumerate(fitted)
    }
    again = {
        f"{share:g}": over_all(effects(_fitted(by_share[share]), slope_weights(values)))
        for share in shares[1:]
    }
    return AxisExponents(
        values=values,
        tasks=tuple(
            _task(study, each, *own.get(each.arms.task, (_NONE, _NONE)))
            for each in data
        ),
        pooled=records,
        by_share={name: each for name, each in again.items() if each is not None},
        bend=over_all(effects(fitted, bend_weights(values))),
        against_naive=predictions(fitted, groups, values),
    )


def _fitted(data: Sequence[TaskData]) -> list[TaskData]:
    return [each for each in data if each.status == "fitted"]


def _task(
    study: ExternalStudy,
    data: TaskData,
    exponent: Estimate = _NONE,
    shrunk: Estimate = _NONE,
) -> TaskExponent:
    return TaskExponent(
        task=data.arms.task,
        benchmark=study.tasks[data.arms.task],
        status=data.status,
        level=data.level,
        data=data.estimate,
        before=data.before,
        after=data.after,
        seeds=data.arms.seeds,
        exponent=exponent,
        pooled=shrunk,
    )
