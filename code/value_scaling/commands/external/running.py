"""Make the record of runs that others made, from their tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TypeVar

from value_scaling.importers.gather import gather
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.registry import SOURCES
from value_scaling.records import SETS, Runs, ScalingError
from value_scaling.records.external.record import ExternalRuns
from value_scaling.records.external.study import ExternalStudy, ExternalTable
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.record_files import load_record, save_record
from value_scaling.store.folders import Folders
from value_scaling.store.progress import progress
from value_scaling.store.studies.external import (
    list_external_studies,
    load_external_study,
)
from value_scaling.workflow.external.stage import make
from value_scaling.workflow.pipeline import EXTERNAL

Item = TypeVar("Item")


def record_path(folders: Folders, study: ExternalStudy) -> Path:
    """Return the path of the record of a study."""
    return folders.derived / study.name / EXTERNAL.file


def has_tables(folders: Folders, study: ExternalStudy) -> bool:
    """Return whether all tables of at least one axis are here."""
    return any(
        all((folders.archives / table.file).exists() for table in tables)
        for tables in study.axes.values()
    )


def make_external(folders: Folders, study: ExternalStudy) -> ExternalRuns:
    """Fit every axis whose tables are here, and save the record.

    Raises:
        ScalingError: no axis has all of its tables, or one has an error.
    """
    if not has_tables(folders, study):
        raise ScalingError(
            f"study {study.name}",
            found=f"no axis whose tables are all in {folders.archives}",
            expected=f"tables such as {', '.join(study.files[:4])}",
            fix="`make data` fetches them",
        )
    record = make(_Given(study, folders), **EXTERNAL.options)
    save_record(record_path(folders, study), record, inputs=_inputs(folders, study))
    return record


def load_external(folders: Folders) -> tuple[tuple[ExternalStudy, ExternalRuns], ...]:
    """Load the record of each study whose tables are here.

    Raises:
        ScalingError: a record is missing, damaged or stale.
    """
    if folders.fresh:  # these runs are no fresh ones
        return ()
    studies = (load_external_study(name) for name in list_external_studies())
    return tuple(
        (
            study,
            load_record(
                record_path(folders, study),
                ExternalRuns,
                inputs=_inputs(folders, study),
            ),
        )
        for study in studies
        if has_tables(folders, study)
    )


def _inputs(folders: Folders, study: ExternalStudy) -> dict[str, str]:
    """Return the hashes of the study file and of all tables."""
    paths = {file: folders.archives / file for file in study.files}
    return {"study file": study.digest} | {
        file: digest_file(path) if path.exists() else "absent"
        for file, path in paths.items()
    }


@dataclass(frozen=True)
class _Given:
    """The argument of the stage's function; see `ExternalGiven`."""

    study: ExternalStudy
    folders: Folders

    def runs(self, axis: str) -> tuple[Runs, ...] | None:
        tables = self.study.axes[axis]
        paths = [self.folders.archives / table.file for table in tables]
        if not all(path.exists() for path in paths):
            return None
        return tuple(
            _imported(self.study, axis, table, path)
            for table, path in zip(tables, paths, strict=True)
        )

    def progress(self, items: Sequence[Item]) -> Iterable[Item]:
        """Show a progress bar on a terminal, and nothing in a log."""
        name = f"{self.study.name} {EXTERNAL.name}"
        return progress(items, name, EXTERNAL.unit)


def _spelt(task: str) -> Iterable[str]:
    """Yield a name with each hyphen also as an underscore, as tables mix both."""
    first, *words = task.split("-")
    for marks in product("-_", repeat=len(words)):
        yield first + "".join(map("".join, zip(marks, words, strict=True)))


def _imported(
    study: ExternalStudy, axis: str, table: ExternalTable, path: Path
) -> Runs:
    """Import one table by the rules of `scaling import --from csv`.

    The first value counts where a seed has several at one step. A task that the study
    does not name is refused.
    """
    fixed = {
        "utd": f"{table.value if axis == 'utd' else study.utd!r}",
        "batch_size": f"{table.value:g}" if axis == "batch_size" else
        f"{study.batch_size}",
        "learning_rate": f"{study.learning_rate!r}",
    }  # fmt: skip
    rules = Rules(
        config={"env": "env_name", "seed": "seed"},
        fixed=fixed,
        spellings={
            ("env", each): task for task in study.tasks for each in _spelt(task)
        },
        metric=study.metric,
        resumed="first",
    )
    source = SOURCES["csv"]
    runs, report = gather(
        source.read(str(path), rules),
        rules,
        study=study.name,
        set_name=SETS[-1],
        resumed=source.resumed,
        is_table=source.is_table,
    )
    report.check()
    unknown = {setting.env for setting in runs.settings} - study.tasks.keys()
    if unknown:
        raise ScalingError(
            path,
            found=f"the task {min(unknown)}",
            expected=f"tasks of study {study.name}",
            fix="fetch the table again with `make data`",
        )
    return runs
