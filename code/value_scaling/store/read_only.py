"""A project that writes no file."""

from collections.abc import Mapping
from pathlib import Path

from value_scaling.records import Study
from value_scaling.records.stage import Record, Stage
from value_scaling.store.project import Project


class ReadOnlyProject(Project):
    """The project of a checkout, whose saved records are loaded and never replaced."""

    def save(
        self,
        record: Record,
        study: Study,
        stage: Stage[Record],
        variant: str = "default",
        *,
        read: Mapping[str, str] | None = None,
    ) -> Path:
        """Return where the record would be saved."""
        return self.path(study, stage, variant)
