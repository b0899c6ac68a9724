"""Description of runs that others published as tables: one file for each value."""

from dataclasses import dataclass, field
from typing import Annotated, Literal, get_args

from msgspec import Meta

from value_scaling.records.limits import (
    UTD,
    BatchSize,
    Count,
    LearningRate,
    Line,
    Name,
    Positive,
    Text,
)

ExternalAxis = Literal["utd", "width", "batch_size"]
"""What was varied: σ, the width of the critic, or B."""
EXTERNAL_AXES: tuple[ExternalAxis, ...] = get_args(ExternalAxis)
TableName = Annotated[
    str,
    Meta(
        pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]*\.csv\Z",
        max_length=120,
        description="a name that ends in .csv, of letters, digits and . _ -",
    ),
]


@dataclass(frozen=True)
class ExternalTable:
    """One table: the runs of one value of one axis."""

    file: TableName
    value: Positive
    """Value of the axis that varies; the table itself does not state it."""


@dataclass(frozen=True)
class Benchmark:
    """Tasks that are pooled together first."""

    name: Name
    title: Line
    tasks: tuple[Name, ...]
    """Names with hyphens, in place of which tables may have underscores."""
    compared_with: Name | None = None
    """Row of the paper's Figure 1 with like tasks: `gym`, `dmc` or `isaac`."""


@dataclass(frozen=True)
class ExternalStudy:
    """One algorithm, its published runs, and their source."""

    name: str
    digest: str
    """SHA-256 of the study file."""
    title: Line
    algorithm: Line
    simulator: Line
    source: Line
    licence: Line
    utd: UTD
    """σ of the tables in which another axis varies."""
    batch_size: BatchSize
    learning_rate: LearningRate
    width: Count
    """Width of the critic in the tables in which another axis varies."""
    metric: Name
    axes: dict[str, tuple[ExternalTable, ...]]
    """Tables by the axis of `EXTERNAL_AXES` that varies in them."""
    benchmarks: tuple[Benchmark, ...]
    notes: tuple[Text, ...] = field(default=())

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of all tables."""
        tables = (table for axis in self.axes.values() for table in axis)
        return tuple(dict.fromkeys(table.file for table in tables))

    @property
    def tasks(self) -> dict[str, str]:
        """Return the name of the benchmark of each task."""
        return {t: each.name for each in self.benchmarks for t in each.tasks}
