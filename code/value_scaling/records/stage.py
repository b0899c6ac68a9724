"""The words in which the stages of the analysis are declared in `pipeline`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from value_scaling.records.choices import VARIANTS, Choices
from value_scaling.records.errors import ScalingError
from value_scaling.records.runs import Runs
from value_scaling.records.study import Study

Record = TypeVar("Record")
Item = TypeVar("Item")


@dataclass(frozen=True, eq=False, kw_only=True)
class Stage(Generic[Record]):
    """One record: the function that makes it and what it is made from."""

    name: str
    """Name of the record and of its file."""
    record: type[Record]
    function: str
    """`module:function`, imported when the stage runs. The function takes `Given` and
    `options`, and returns the record."""
    command: str
    """Command of `scaling` that runs it."""
    argument: str = ""
    """What follows the study in a command that has several stages."""
    help: str
    """Line of help of the command."""
    archives: tuple[str, ...] = ()
    """Sets whose archives the function reads."""
    records: tuple["Stage[Any]", ...] = ()
    """Stages whose records the function reads, as far as a study can have them."""
    any_of: tuple[str, ...]
    """Sets of runs, of which a study must have one."""
    or_published: bool = False
    """Whether published coefficients can take the place of these sets."""
    with_metrics: bool = False
    """Whether the archive of the sweep must hold more than returns."""
    file: str = ""
    """Name of the one file that serves both variants of the choices; the function then
    reads the records of both. Empty: each variant has its own record."""
    in_fit: bool = True
    """Whether `scaling fit` runs it."""
    options: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of the function: numbers of bootstrap samples and the like."""
    unit: str = "setting"
    """What the progress bar counts."""

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants for which the function runs."""
        return ("default",) if self.file else tuple(VARIANTS)


class Given(Protocol):
    """What the function of a stage is given."""

    @property
    def study(self) -> Study: ...

    @property
    def variant(self) -> str:
        """The variant of the choices that is made."""

    @property
    def choices(self) -> Choices:
        """The choices of this variant."""

    @property
    def sets(self) -> Sequence[str]:
        """Sets whose archives are here."""

    @property
    def absent(self) -> Sequence[str]:
        """Sets whose archive the study file names and that are not here."""

    @property
    def kept(self) -> dict[Any, Any]:
        """What the function keeps from one variant for the next."""

    def has(self, stage: Stage[Any], variant: str = "") -> bool:
        """Whether the record of a stage can be loaded; empty: of this variant."""

    def record(self, stage: Stage[Record], variant: str = "") -> Record:
        """Return the record of a stage; empty: of this variant.

        Raises:
            ScalingError: it is missing, damaged or stale.
        """

    def runs(self, set_name: str, *, metric: str | None = None) -> Runs:
        """Read the returns of a set of runs, or another metric."""

    def progress(self, items: Sequence[Item]) -> Iterable[Item]:
        """Show how many items are done."""


class Incomplete(Exception):
    """Only a part of a record can be made. It is shown, and not saved.

    Args:
        errors: why the rest cannot be made; empty: this has been reported already.
        record: the part that can be made; None: there is none.
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
