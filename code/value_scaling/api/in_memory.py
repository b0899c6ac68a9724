"""A study whose runs are in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from value_scaling.records import Runs, ScalingError, Study
from value_scaling.records.stage import Stage
from value_scaling.store.archives.absent import MissingArchive
from value_scaling.store.read_only import ReadOnlyProject


@dataclass(frozen=True)
class InMemoryProject(ReadOnlyProject):
    """A study whose runs are in memory; no record of it is saved."""

    held: Mapping[str, Runs] = field(default_factory=dict)
    """Runs of each set, with returns in the units of their environments."""

    def sets(self, study: Study) -> tuple[str, ...]:
        """Return the sets that have runs."""
        return tuple(self.held)

    def makes(self, study: Study, stage: Stage[Any]) -> bool:
        """Return whether a record can be made; there are no metrics but the return."""
        return not stage.with_metrics and super().makes(study, stage)

    def absent(self, study: Study) -> tuple[MissingArchive, ...]:
        """Return no archive: none is expected."""
        return ()

    def runs(self, study: Study, set_name: str, *, metric: str | None = None) -> Runs:
        """Return the runs of a set."""
        return self.held[set_name]

    def load(self, study: Study, stage: Stage[Any], variant: str = "default") -> Any:
        """Refuse: records in memory are kept by the fit that made them."""
        raise ScalingError(
            f"study {study.name}",
            found=f"no {stage.name}",
            expected="runs from which it can be made",
            fix="see `failures` of the fit",
        )
