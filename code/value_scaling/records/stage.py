"""Types with which `pipeline` declares the stages of the analysis."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from value_scaling.records.choices import VARIANTS, Choices
from value_scaling.records.errors import ScalingError
from value_scaling.records.runs import Runs
from value_scaling.records.study import Study

Record = TypeVar("Record")
Item = TypeVar("Item")
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False, kw_only=True)
class Stage(Generic[Record]):
    """Declaration of one record: its function, its inputs and its command."""

    name: str
    """Name of the record and of its file."""
    record: type[Record]
    function: str
    """`module:function`, imported when the stage runs. The function takes `Given` and
    `options`, and returns the record."""
    command: str
    """Command of `scaling` that runs it."""
    argument: str = ""
    """Argument after the study, in a command that has several stages."""
    help: str
    """Help text of the command, one line."""
    archives: tuple[str, ...] = ()
    """Sets whose archives the function reads."""
    records: tuple["Stage[Any]", ...] = ()
    """Stages whose records the function reads, if the study can have them."""
    any_of: tuple[str, ...]
    """Sets of runs of which a study must have at least one."""
    or_published: bool = False
    """Whether published coefficients can take the place of these sets."""
    with_metrics: bool = False
    """Whether the archive of the sweep must hold metrics in addition to returns."""
    file: str = ""
    """Name of a single file for both variants of the choices, made from the records of
    both. If it is empty, each variant has its own record."""
    in_fit: bool = True
    """Whether `scaling fit` runs it."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of the function, such as numbers of bootstrap samples."""
    unit: str = "setting"
    """Unit that the progress bar counts."""
    is_spread: bool = False
    """Whether the function uses `Given.mapped`, which can use a cluster."""

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants for which the function runs."""
        return ("default",) if self.file else tuple(VARIANTS)


class Mapper(Protocol):
    """Applies a function to items, as `map` does, on one processor or on many."""

    def __call__(
        self, function: Callable[[Item], Found], items: Sequence[Item], /
    ) -> Iterable[Found]:
        """Return the results in the order of the items."""


class Given(Protocol):
    """Interface through which the function of a stage reads its inputs."""

    @property
    def study(self) -> Study: ...

    @property
    def variant(self) -> str:
        """Name of the variant of the choices for which the record is made."""

    @property
    def choices(self) -> Choices:
        """The choices of this variant."""

    @property
    def sets(self) -> Sequence[str]:
        """Sets whose archives are available."""

    @property
    def absent(self) -> Sequence[str]:
        """Sets whose archives are named in the study file but not available."""

    @property
    def kept(self) -> dict[Any, Any]:
        """Values that the function keeps from one variant for the next."""

    def has(self, stage: Stage[Any], variant: str = "") -> bool:
        """Return whether a record can be loaded; by default, that of this variant."""

    def record(self, stage: Stage[Record], variant: str = "") -> Record:
        """Return the record of a stage; by default, that of this variant.

        Raises:
            ScalingError: the record is missing, damaged or stale.
        """

    def runs(self, set_name: str, *, metric: str | None = None) -> Runs:
        """Read one metric of a set of runs; by default, the returns."""

    def mapped(
        self, function: Callable[[Item], Found], items: Sequence[Item], /
    ) -> Iterable[Found]:
        """Apply a function to items, with a progress bar; see `Mapper`."""

    def progress(self, items: Sequence[Item]) -> Iterable[Item]:
        """Show a progress bar while iterating over items."""


class Incomplete(Exception):
    """Only a part of a record can be made. That part is shown but not saved.

    Args:
        errors: reasons why the rest cannot be made; empty if already reported.
        record: the part that can be made, or None.
    """

    def __init__(
        self, errors: Iterable[ScalingError] = (), record: object = None
    ) -> None:
        self.errors, self.record = tuple(errors), record
        super().__init__("; ".join(map(str, self.errors)) or "an input is missing")


def by_command(stages: Iterable[Stage[Any]]) -> Mapping[str, list[Stage[Any]]]:
    """Return the stages of each command, in the order of the stages."""
    found: dict[str, list[Stage[Any]]] = {}
    for stage in stages:
        found.setdefault(stage.command, []).append(stage)
    return found
