"""The archives and the saved record of a study of σ and N.

This module fits nothing, so a change of the fits makes no figure of other studies anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from value_scaling.commands.sizes.own_studies import own_size_runs
from value_scaling.records import ScalingError, Study
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import SizeArchive, SizeGroup, SizeStudy
from value_scaling.store.archives.model_size import read_size_runs
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.record_files import load_record
from value_scaling.store.folders import Folders
from value_scaling.store.progress import progress
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import MODEL_SIZE

Item = TypeVar("Item")


def record_path(folders: Folders, study: SizeStudy) -> Path:
    """Return the path of the record of a study."""
    return folders.derived / study.name / MODEL_SIZE.file


def load_sizes(
    folders: Folders, study: SizeStudy, own: Study | None = None
) -> ModelSizes:
    """Load the record of a study of σ and N.

    Raises:
        ScalingError: the record is missing, damaged or stale.
    """
    given = Given(study, folders, own)
    try:
        return load_record(
            record_path(folders, study), ModelSizes, inputs=given.inputs()
        )
    except ScalingError as error:
        raise ScalingError(
            error.what,
            found=error.found,
            expected=error.expected,
            fix=f"run `scaling {MODEL_SIZE.command} {study.name}`",
        ) from error


@dataclass
class Given:
    """The argument of the stage's function; see `SizeGiven`."""

    study: SizeStudy
    folders: Folders
    own: Study | None = None
    """The user's study that `study` describes."""
    digests: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each archive that was read."""

    def runs(
        self, group: SizeGroup, archive: SizeArchive, *, metric: str | None = None
    ) -> SizeRuns | None:
        path = self.folders.archives / archive.file
        if not path.exists():
            return None
        if self.own is not None:
            if metric is not None:
                return None  # own runs are read for their returns only
            runs = own_size_runs(Project(self.folders), self.own, self.study)
        else:
            runs = read_size_runs(path, group, archive, metric=metric)
        self.digests[archive.file] = runs.digest
        return runs

    def inputs(self) -> dict[str, str]:
        """Return the hashes of the study file and of all archives of the study."""
        return {"study file": self.study.digest} | {
            file: self.digests.get(file) or self._digest(file)
            for file in self.study.files
        }

    def _digest(self, file: str) -> str:
        path = self.folders.archives / file
        return digest_file(path) if path.exists() else "absent"

    def progress(self, items: Sequence[Item]) -> Iterable[Item]:
        """Show a progress bar on a terminal, and nothing in a log."""
        name = f"{self.study.name} {MODEL_SIZE.name}"
        return progress(items, name, MODEL_SIZE.unit)
