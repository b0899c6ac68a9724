"""What runs of others show: one exponent for each task, and their pooled values."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from value_scaling.records.estimates import Estimate
from value_scaling.records.stages.held_out import AgainstNaive

TaskStatus = Literal["fitted", "not learned", "too coarse"]
"""Whether a task has an exponent. `not learned`: some arm does not reach the level in
over a twentieth of the draws, so that the task has no D_J to compare. `too coarse`:
more than half of the arms reach the level before their second log point."""
TASK_STATUSES: tuple[TaskStatus, ...] = get_args(TaskStatus)
ALL = "all"
"""Name of the group of all tasks of a study."""


@dataclass(frozen=True)
class TaskExponent:
    """How the data D_J of one task depends on one axis; D_J ∝ value^exponent."""

    task: str
    benchmark: str
    status: TaskStatus
    level: float
    """J, a raw return."""
    data: Estimate
    """[values], environment steps, interpolated; intervals include what the log does
    not show."""
    before: np.ndarray
    """[values], last logged step before the crossing; NaN if never reached."""
    after: np.ndarray
    """[values], first logged step after it."""
    seeds: np.ndarray
    """[values]."""
    exponent: Estimate
    """From the values of this task alone."""
    pooled: Estimate
    """Partially pooled within the benchmark; NaN if the task is not fitted."""


@dataclass(frozen=True)
class PooledExponent:
    """Random effects over the fitted tasks of a benchmark, or of all."""

    group: str
    tasks: int
    """Number of fitted tasks."""
    mean: Estimate
    """Exponent of the average task."""
    new_task: Estimate
    """The same value with the prediction interval of another task."""
    between: float
    """Standard deviation between tasks, τ."""


@dataclass(frozen=True)
class AxisExponents:
    """All exponents along one axis."""

    values: np.ndarray
    """[values], ascending."""
    tasks: tuple[TaskExponent, ...]
    pooled: tuple[PooledExponent, ...]
    """Each benchmark with a fitted task, then all."""
    by_share: dict[str, PooledExponent] = field(default_factory=dict)
    """All tasks at other levels, by their share of the way to the worst arm's best
    return."""
    bend: PooledExponent | None = None
    """Exponent between the two largest values minus that between the two smallest,
    pooled over all tasks; above zero if D flattens, as with a floor."""
    against_naive: tuple[AgainstNaive, ...] = ()
    """Predictions of the largest and of the smallest value by partial pooling."""

    def group(self, name: str) -> PooledExponent | None:
        """Return the pooled exponent of a benchmark, or of `ALL`."""
        return next((each for each in self.pooled if each.group == name), None)

    @property
    def fitted(self) -> tuple[TaskExponent, ...]:
        """Return the tasks that have an exponent."""
        return tuple(each for each in self.tasks if each.status == "fitted")

    def counted(self, status: TaskStatus) -> int:
        """Return the number of tasks with a status."""
        return sum(each.status == status for each in self.tasks)

    @property
    def worse(self) -> tuple[TaskExponent, ...]:
        """Return the tasks that need more data at larger values, beyond their noise."""
        return tuple(each for each in self.fitted if each.exponent.low > 0)

    @property
    def better(self) -> tuple[TaskExponent, ...]:
        """Return the tasks that need less data at larger values, beyond their noise."""
        return tuple(each for each in self.fitted if each.exponent.high < 0)


@dataclass(frozen=True)
class ExternalRuns:
    """The record of one study of other people's runs."""

    study: str
    share: float
    """Share of the way from the untrained return to the worst arm's best return at
    which J lies."""
    replicates: int
    axes: dict[str, AxisExponents]
    """Axes whose tables are all here."""


@dataclass(frozen=True)
class PaperExponent:
    """Exponent of D_J in σ of one row of the paper's Figure 1, over a range of σ."""

    row: str
    """`gym`, `dmc` or `isaac`."""
    exponent: float
    """Least squares through the digitised points; NaN with fewer than two."""
    utds: np.ndarray
    """[points], σ of the points in the range."""
    data: np.ndarray
    """[points], environment steps."""
