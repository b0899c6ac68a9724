"""Run a stage: load what it reads, call its function, save its record."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pkgutil import resolve_name
from typing import Any, cast

from value_scaling.commands.stages.require import require
from value_scaling.records import VARIANTS, Choices, Runs, ScalingError, Study
from value_scaling.records.stage import Found, Incomplete, Item, Mapper, Record, Stage
from value_scaling.store.progress import progress
from value_scaling.store.project import Project


@dataclass
class StageRun:
    """The stages of one study, run one after another.

    A stage reads the records of earlier stages from memory, including incomplete ones,
    which are not saved.
    """

    project: Project
    study: Study
    made: dict[tuple[Stage[Any], str], Any] = field(default_factory=dict)
    """Records by stage and variant."""
    mapper: Mapper = map
    """Applies a function to many items; see `spreading`."""
    failed: set[Stage[Any]] = field(default_factory=set)
    """Stages that failed, or whose records are incomplete."""

    def run(self, stage: Stage[Any]) -> list[ScalingError]:
        """Make and save the record of a stage for each of its variants.

        Returns:
            the errors of parts that could not be made.

        Raises:
            ScalingError: the study lacks what the stage reads, or nothing can be made.
        """
        require(self.project, self.study, stage)
        archives = _Archives(self.project, self.study)
        kept: dict[Any, Any] = {}
        errors: list[ScalingError] = []
        whole = self.failed.isdisjoint(stage.records)
        self.failed.add(stage)
        for variant in stage.variants:
            inputs = _Inputs(self, stage, variant, archives, kept)
            wrong = self._make(stage, variant, inputs)
            errors += wrong or ()
            if wrong is None and whole:
                record = self.made[stage, variant]
                read = archives.digests
                self.project.save(record, self.study, stage, variant, read=read)
            whole = whole and wrong is None
        if whole:
            self.failed.discard(stage)
        return errors

    def record(self, stage: Stage[Record], variant: str = "default") -> Record | None:
        """Return a record that was made here; None: it was not made."""
        return cast("Record | None", self.made.get((stage, variant)))

    def has(self, stage: Stage[Any], variant: str) -> bool:
        """Whether a record can be loaded, or was made here."""
        if stage in self.failed:
            return (stage, variant) in self.made
        return self.project.makes(self.study, stage)

    def _make(
        self, stage: Stage[Any], variant: str, inputs: "_Inputs"
    ) -> tuple[ScalingError, ...] | None:
        """Call the function of a stage; return its errors, None if it succeeds."""
        function: Callable[..., Any] = resolve_name(stage.function)
        try:
            self.made[stage, variant] = function(inputs, **stage.options)
        except Incomplete as part:
            if part.record is not None:
                self.made[stage, variant] = part.record
            return part.errors
        return None


@dataclass
class _Archives:
    """The archives that a stage reads, and their digests."""

    project: Project
    study: Study
    digests: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the archive that was read, by set."""

    def runs(self, set_name: str, metric: str | None) -> Runs:
        runs = self.project.runs(self.study, set_name, metric=metric)
        if self.digests.setdefault(set_name, runs.digest) != runs.digest:
            raise ScalingError(
                self.project.folders.archive(self.study, set_name),
                found="a different archive than a moment ago",
                expected="the same archive until all of it is read",
                fix="run the command again when the archive is in its place",
            )
        return runs


@dataclass
class _Inputs:
    """The argument of a stage's function for one variant; see `Given`."""

    run: StageRun
    stage: Stage[Any]
    variant: str
    archives: _Archives
    kept: dict[Any, Any]

    @property
    def study(self) -> Study:
        return self.run.study

    @property
    def choices(self) -> Choices:
        return VARIANTS[self.variant]

    @cached_property
    def sets(self) -> tuple[str, ...]:
        return self.run.project.sets(self.study)

    @cached_property
    def absent(self) -> tuple[str, ...]:
        return tuple(each.set_name for each in self.run.project.absent(self.study))

    def has(self, stage: Stage[Any], variant: str = "") -> bool:
        return self.run.has(stage, variant or self.variant)

    def record(self, stage: Stage[Record], variant: str = "") -> Record:
        variant = variant or self.variant
        made = self.run.record(stage, variant)
        if made is not None:
            return made
        if stage in self.run.failed:
            raise Incomplete
        return self.run.project.load(self.study, stage, variant)

    def runs(self, set_name: str, *, metric: str | None = None) -> Runs:
        return self.archives.runs(set_name, metric)

    def mapped(
        self, function: Callable[[Item], Found], items: Sequence[Item], /
    ) -> Iterable[Found]:
        """Apply a function where the user wishes, with a progress bar."""
        found = self.run.mapper(function, items)
        return progress(found, self._name, self.stage.unit, total=len(items))

    def progress(self, items: Sequence[Item]) -> Iterable[Item]:
        """Show a progress bar on a terminal, and nothing in a log."""
        return progress(items, self._name, self.stage.unit)

    @property
    def _name(self) -> str:
        return f"{self.study.name} {self.stage.name}"
