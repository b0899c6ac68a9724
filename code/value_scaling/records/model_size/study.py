"""Description of a study of σ and N: its tasks, archives and published values.

Unlike the tasks of other studies, each task has its own levels of raw returns, and each
archive has its own layout.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from value_scaling.records.limits import (
    UTD,
    ArchiveName,
    BatchSize,
    Count,
    CountOrZero,
    LearningRate,
    Line,
    Name,
    Positive,
    Return,
    Small,
    Text,
)
from value_scaling.records.study import StepRule
from value_scaling.stats.model_size.data_law import DataLaw

LEVELS = 20
Role = Literal[
    "grid",
    "interpolated",
    "extrapolated",
    "compute-optimal",
    "compared",
    "passive critic",
]
"""Use of an archive: `grid` is fitted, `interpolated` and `extrapolated` are predicted
from that fit, and `compared` are runs at the budgets of the `compute-optimal` ones."""


@dataclass(frozen=True)
class SizeTask:
    """One task of a group."""

    name: Name
    lowest_level: Return
    """The lowest of 20 evenly spaced levels J, as a raw return."""
    highest_level: Return
    delta: Positive
    """δ, FLOPs worth as much as one environment step."""
    last_step: Count
    """Environment step after which rows are ignored."""
    file: Name | None = None
    """Name in the archives, if it differs."""
    family: Name = "all"
    """Tasks of one family have the same filter of settings."""
    size_formula: tuple[Positive, Positive, Positive] | None = None
    """Coefficients of N = c₂·width² + c₁·width + c₀, which the archives must match."""

    @property
    def levels(self) -> np.ndarray:
        """Return the levels J, ascending, [20]."""
        return np.linspace(self.lowest_level, self.highest_level, LEVELS)

    def width(self, size: float) -> int:
        """Return the width of a critic with `size` parameters."""
        if self.size_formula is None:
            raise ValueError(f"{self.name} has no size_formula")
        two, one, zero = self.size_formula
        root = np.sqrt(one**2 + 4 * two * (size - zero))
        return round(float((root - one) / (2 * two)))


@dataclass(frozen=True)
class Skipped:
    """Settings that are not analysed. Each given value must match."""

    why: Text
    task: Name | None = None
    family: Name | None = None
    width: Count | None = None
    label: Name | None = None
    utd: UTD | None = None


@dataclass(frozen=True)
class SizeArchive:
    """How to read one archive."""

    file: ArchiveName
    role: Role
    name: Line
    """Name of a member, with fields such as {width} in place of values."""
    steps: StepRule
    """Environment step, start + every·k in row k. A step column must agree with it."""
    metric: Name | None = None
    """Value of the field {metric} for returns; None if names have no such field."""
    metrics: tuple[Name, ...] = ()
    """All other values of that field."""
    empty_metrics: tuple[Name, ...] = ()
    """Metrics among `metrics` that have no values."""
    train_metric: Name | None = "critic_loss"
    """Metric of the TD error on batches of the updates, if it is among `metrics`."""
    validation_metric: Name | None = "validation_critic_loss"
    """Metric of the TD error on transitions that no update uses."""
    passive_metric: Name | None = "sep_validation_critic_loss"
    """Metric of the passive critic's TD error on such transitions."""
    step_column: bool = True
    seeds_per_column: Small = 1
    """Number of seeds whose mean a column holds."""
    repeated_seeds: bool = False
    """Whether some files hold the same seed twice; only the first is then read."""
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[Text, ...] = ()
    """Known facts about these data, each with its source."""

    def logs(self, *metrics: str | None) -> bool:
        """Return whether the archive has values of all these metrics."""
        return set(metrics) <= {*self.metrics} - {*self.empty_metrics}


@dataclass(frozen=True)
class SizeGroup:
    """Runs of one algorithm that are fitted alike."""

    name: Name
    title: Line
    algorithm: Line
    tasks: tuple[SizeTask, ...]
    archives: tuple[SizeArchive, ...]
    flops_per_update: Positive
    """k of C = k·σ·N·D. The authors leave the batch size out: 10·256."""
    ignored_tasks: tuple[Name, ...] = ()
    """Tasks in the archives that are not analysed."""
    batch_size: BatchSize = 256
    """Batch size of settings whose names state none."""
    learning_rate: LearningRate = 3e-4
    """Learning rate of settings whose names state none."""
    sizes: dict[str, Count] = field(default_factory=dict)
    """N by the {label} in names."""
    reset_every: Positive | None = None
    """Gradient steps between full resets, whose drops are removed."""
    as_published: bool = True
    """Whether the published variant of the choices describes how the authors fit these
    runs."""

    def task(self, name: str) -> SizeTask | None:
        """Return the task with this name in archives, or None."""
        return next((t for t in self.tasks if (t.file or t.name) == name), None)

    def with_role(self, role: Role) -> tuple[SizeArchive, ...]:
        """Return the archives that are used for this."""
        return tuple(each for each in self.archives if each.role == role)


@dataclass(frozen=True)
class PublishedPoint:
    """One (σ, N) of the authors' grid, which is not public, read off their figures."""

    task: Name
    utd: UTD
    size: Count
    batch_size: Positive
    """Best batch size, the arithmetic mean of 100 bootstrap samples."""
    data: Positive
    """D at the highest level, environment steps."""


@dataclass(frozen=True)
class PublishedSizes:
    """Numbers of the figures of the paper."""

    source: Text
    points: tuple[PublishedPoint, ...] = ()
    laws: dict[str, tuple[tuple[Positive, ...], ...]] = field(default_factory=dict)
    """Fits of D(σ, N) by task, a row (D_min, a, α, b, β) for each level, in the form
    D_min·(1 + (a/σ)^α + (b/N)^β)."""

    def law(self, task: str) -> DataLaw:
        """Return the fits of a task, one for each level."""
        c, a, alpha, b, beta = np.array(self.laws[task]).T
        return DataLaw(c, c * a**alpha, alpha, c * b**beta, beta)


@dataclass(frozen=True)
class SizeStudy:
    """Description of a study of σ and N, read from its study file."""

    name: str
    title: Line
    groups: tuple[SizeGroup, ...]
    held_out_levels: CountOrZero = 5
    """Number of levels with the largest budgets, on which the laws of F are tested."""
    published: PublishedSizes | None = None
    facts: tuple[tuple[Text, Text, Text], ...] = ()
    """Settings for the paper: what, value, source."""
    digest: str = ""
    """SHA-256 of the study file."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all archives."""
        return tuple(each.file for group in self.groups for each in group.archives)
