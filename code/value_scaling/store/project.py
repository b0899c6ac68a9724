"""The records of a checkout, loaded only if their inputs have not changed."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from value_scaling.records import VARIANTS, ScalingError, Study
from value_scaling.records.stage import Record, Stage
from value_scaling.store.checkout import Checkout
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.record_files import (
    check_inputs,
    load_record,
    read_inputs,
    save_record,
)

STUDY_FILE = "study file"


class Project(Checkout):
    """A checkout with its studies, archives and the stage records made from them."""

    def makes(self, study: Study, stage: Stage[Any]) -> bool:
        """Return whether a study has the inputs of this record."""
        if stage.or_published and study.has_published_data:
            return True
        here = set(stage.any_of) & set(self.sets(study))
        sweep = study.archives.get("sweep")
        measured = not stage.with_metrics or (sweep is not None and sweep.metrics)
        return bool(here and measured)

    def path(self, study: Study, stage: Stage[Any], variant: str = "default") -> Path:
        """Return the path of a record; some records serve both variants."""
        if stage.file:
            return self.folders.derived / study.name / stage.file
        return self.folders.record(study.name, variant, stage.name)

    def sources(
        self, study: Study, stage: Stage[Any], variant: str = "default"
    ) -> tuple[Path, ...]:
        """Return the archives and records that a stage record is made from."""
        return (
            *(self.folders.archive(study, name) for name in stage.archives),
            *(
                self.path(study, *each)
                for each in self._upstream(study, stage, variant)
            ),
        )

    def inputs(
        self, study: Study, stage: Stage[Any], variant: str = "default"
    ) -> dict[str, str]:
        """Return the hashes of everything that a stage record is made from."""
        root, sources = self.folders.root, self.sources(study, stage, variant)
        return {STUDY_FILE: study.digest} | {_name(p, root): _hash(p) for p in sources}

    def load(
        self, study: Study, stage: Stage[Record], variant: str = "default"
    ) -> Record:
        """Load the record of a stage.

        Raises:
            ScalingError: the record is missing or damaged, or one of its direct or
                indirect inputs has changed since.
        """
        path = self.path(study, stage, variant)
        if not path.exists():
            command = "fit" if stage.in_fit else stage.command
            raise ScalingError(
                path,
                found="no such file",
                expected=f"the {stage.name} record of study {study.name}",
                fix=f"run `make figures{' RUNS=fresh' * self.folders.fresh}` or "
                f"`scaling {'--runs fresh ' * self.folders.fresh}"
                f"{command} {study.name}`",
            )
        self._refuse_gone(study, path)
        inputs = self.inputs(study, stage, variant)
        record = load_record(path, stage.record, inputs=inputs)
        for source in self._upstream(study, stage, variant):
            self._check(study, *source)
        return record

    def save(
        self,
        record: Record,
        study: Study,
        stage: Stage[Record],
        variant: str = "default",
        *,
        read: Mapping[str, str] | None = None,
    ) -> None:
        """Save a stage record with the hashes of its inputs.

        Args:
            read: `Runs.digest` of each set that was read, because its archive may have
                been replaced since.
        """
        inputs = self.inputs(study, stage, variant)
        for set_name, digest in (read or {}).items():
            archive = self.folders.archive(study, set_name)
            inputs[_name(archive, self.folders.root)] = digest
        save_record(self.path(study, stage, variant), record, inputs=inputs)

    def _check(self, study: Study, stage: Stage[Any], variant: str) -> None:
        """Refuse a record if an upstream record or archive has changed."""
        path = self.path(study, stage, variant)
        self._refuse_gone(study, path)
        check_inputs(path, self.inputs(study, stage, variant))
        for source in self._upstream(study, stage, variant):
            self._check(study, *source)

    def _refuse_gone(self, study: Study, path: Path) -> None:
        """Refuse a record whose archive no longer exists."""
        gone = self.absent(study)
        if not gone or not path.exists():
            return
        used = {Path(name).name for name in read_inputs(path)}
        for each in gone:
            if {each.path.name, f"{each.set_name}.npz"} & used:
                raise each.error(
                    study,
                    fix="restore it, or correct `file` in the study file; to go on "
                    "without it, run `scaling "
                    f"{'--runs fresh ' * self.folders.fresh}fit {study.name}`",
                )

    def _upstream(
        self, study: Study, stage: Stage[Any], variant: str
    ) -> tuple[tuple[Stage[Any], str], ...]:
        """Return the records that a stage record is made from: stage and variant."""
        variants = tuple(VARIANTS) if stage.file else (variant,)
        return tuple(
            (source, each)
            for each in variants
            for source in stage.records
            if self.makes(study, source)
        )


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _hash(path: Path) -> str:
    """Return the SHA-256 of a file, or "absent" if there is none."""
    if not path.exists():
        return "absent"
    status = path.stat()
    return _hash_of(path, status.st_mtime_ns, status.st_size, status.st_ino)


@cache
def _hash_of(path: Path, *_version: int) -> str:
    """Hash a file, once per process unless the file changes."""
    return digest_file(path)
