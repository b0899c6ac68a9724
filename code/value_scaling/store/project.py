"""The records of a checkout, loaded only when they were made from what is there now."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from value_scaling.records import (
    SETS,
    VARIANTS,
    Budgets,
    ChoiceEffects,
    Crossings,
    DataEfficiencies,
    Diagnostics,
    Hyperparameters,
    Regrets,
    Runs,
    ScalingError,
    Study,
)
from value_scaling.records.stages.law_choice import LawChoice
from value_scaling.records.stages.sensitivity import Sensitivity
from value_scaling.records.stages.warnings import Warnings
from value_scaling.store.archives.absent import Absent, absent
from value_scaling.store.archives.read import read_runs
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.record_files import (
    check_inputs,
    load_record,
    read_inputs,
    save_record,
)
from value_scaling.store.folders import Folders
from value_scaling.store.pipeline import FITTED_SETS, STAGES
from value_scaling.store.studies.load import list_studies, load_studies, load_study

Record = TypeVar("Record")
STUDY_FILE = "study file"


@dataclass(frozen=True)
class Project:
    """One checkout: its studies, archives and stage records."""

    folders: Folders

    @classmethod
    def at(
        cls, root: str | Path | None = None, *, runs: str | None = None
    ) -> "Project":
        """Open the checkout at `root`, or the one around the current folder.

        Args:
            runs: `published` or `fresh`; None: $VALUE_SCALING_RUNS, else `published`.
        """
        return cls(Folders.at(None if root is None else Path(root), runs=runs))

    def study(self, name: str) -> Study:
        """Read a study file."""
        return load_study(name, self.folders)

    def studies(self) -> tuple[tuple[Study, ...], tuple[ScalingError, ...]]:
        """Return every study that has an archive, in the order of their names, and
        what is wrong with the study files that cannot be used."""
        studies, problems = load_studies(self.folders)
        return tuple(study for study in studies if self.sets(study)), problems

    def sets(self, study: Study) -> tuple[str, ...]:
        """Return the sets of a study whose archives are here."""
        return tuple(
            name
            for name in SETS
            if name in study.archives and self.folders.archive(study, name).exists()
        )

    def has_fits(self, study: Study) -> bool:
        """Whether D_J can be had: from runs, or from published coefficients."""
        return study.has_published_data or bool(
            set(FITTED_SETS) & set(self.sets(study))
        )

    def has_diagnostics(self, study: Study) -> bool:
        """Whether more than returns was measured in the sweep, as its rule states."""
        return "sweep" in self.sets(study) and bool(study.archives["sweep"].metrics)

    def absent(self, study: Study) -> tuple[Absent, ...]:
        """Return the archives that a study file names and that are not here."""
        return absent(study, self.folders, studies=list_studies(self.folders))

    def how_to_get(self, study: Study) -> str:
        """Say where archives of a study come from."""
        if self.folders.fresh:
            return (
                f"`scaling --runs fresh train {study.name} --set sweep` makes the "
                "first; without RUNS=fresh the published ones are read"
            )
        return "`make data` fetches the authors' archives; put your own there"

    def runs(self, study: Study, set_name: str, *, metric: str | None = None) -> Runs:
        """Read an archive: its returns, or another metric."""
        path = self.folders.archive(study, set_name)
        for each in self.absent(study):
            if each.set_name == set_name:
                raise each.error(study, fix=self.how_to_get(study))
        return read_runs(path, study, set_name, metric=metric)

    def makes(self, study: Study, stage: str) -> bool:
        """Whether a study has what this record is made from."""
        if stage == "diagnostics":
            return self.has_diagnostics(study)
        if stage in ("data_efficiency", "budget"):
            return self.has_fits(study)
        if stage == "law_choice":
            return bool(set(FITTED_SETS) & set(self.sets(study)))
        if stage in ("hyperparameters", "regret"):
            return "sweep" in self.sets(study)
        if stage in ("choices", "sensitivity", "warnings"):
            return bool(self.sets(study))
        return stage in self.sets(study)

    def path(self, study: Study, variant: str, stage: str) -> Path:
        """Return where a record lies; some belong to both variants."""
        if STAGES[stage].file:
            return self.folders.derived / study.name / STAGES[stage].file
        return self.folders.record(study.name, variant, stage)

    def sources(self, study: Study, variant: str, stage: str) -> tuple[Path, ...]:
        """Return the archives and records that a stage record is made from."""
        return (
            *(self.folders.archive(study, name) for name in STAGES[stage].archives),
            *(
                self.path(study, *each)
                for each in self._upstream(study, variant, stage)
            ),
        )

    def inputs(self, study: Study, variant: str, stage: str) -> dict[str, str]:
        """Return the hashes of everything that a stage record is made from."""
        root, sources = self.folders.root, self.sources(study, variant, stage)
        return {STUDY_FILE: study.digest} | {_name(p, root): _hash(p) for p in sources}

    def crossings(self, study: Study, variant: str, set_name: str) -> Crossings:
        """Load the crossings of one set."""
        return self._load(study, variant, set_name, Crossings)

    def hyperparameters(self, study: Study, variant: str) -> Hyperparameters:
        """Load the first stage."""
        return self._load(study, variant, "hyperparameters", Hyperparameters)

    def data_efficiency(self, study: Study, variant: str) -> DataEfficiencies:
        """Load the second stage."""
        return self._load(study, variant, "data_efficiency", DataEfficiencies)

    def budget(self, study: Study, variant: str) -> Budgets:
        """Load the third stage."""
        return self._load(study, variant, "budget", Budgets)

    def diagnostics(self, study: Study) -> Diagnostics:
        """Load the diagnostics, which no choice of the analysis changes."""
        return self._load(study, "default", "diagnostics", Diagnostics)

    def regret(self, study: Study) -> Regrets:
        """Load what ways to choose B and η cost on held-out seeds."""
        return self._load(study, "default", "regret", Regrets)

    def choices(self, study: Study) -> ChoiceEffects:
        """Load the table of choices."""
        return self._load(study, "default", "choices", ChoiceEffects)

    def sensitivity(self, study: Study) -> Sensitivity:
        """Load what δ, N, J and the choices change."""
        return self._load(study, "default", "sensitivity", Sensitivity)

    def law_choice(self, study: Study) -> LawChoice:
        """Load the errors of several laws of D_J(σ) at σ left out of their fits."""
        return self._load(study, "default", "law_choice", LawChoice)

    def warnings(self, study: Study) -> Warnings:
        """Load the list of warnings."""
        return self._load(study, "default", "warnings", Warnings)

    def save(
        self,
        record: object,
        study: Study,
        variant: str,
        stage: str,
        *,
        read: str | None = None,
    ) -> Path:
        """Save a stage record with the hashes of its inputs.

        Args:
            read: `Runs.digest` of the archive that the record is made from: another
                archive may be in its place by now.
        """
        path = self.path(study, variant, stage)
        inputs = self.inputs(study, variant, stage)
        if read is not None:
            (set_name,) = STAGES[stage].archives
            archive = self.folders.archive(study, set_name)
            inputs[_name(archive, self.folders.root)] = read
        save_record(path, record, inputs=inputs)
        return path

    def _load(
        self, study: Study, variant: str, stage: str, kind: type[Record]
    ) -> Record:
        path = self.path(study, variant, stage)
        if not path.exists():
            raise ScalingError(
                path,
                found="no such file",
                expected=f"the {stage} record of study {study.name}",
                fix=f"run `make figures{' RUNS=fresh' * self.folders.fresh}` or "
                f"`scaling {'--runs fresh ' * self.folders.fresh}"
                f"{_command(stage)} {study.name}`",
            )
        self._refuse_gone(study, path)
        record = load_record(path, kind, inputs=self.inputs(study, variant, stage))
        for source in self._upstream(study, variant, stage):
            self._check(study, *source)
        return record

    def _check(self, study: Study, variant: str, stage: str) -> None:
        """Refuse a record if any record or archive upstream of it has changed."""
        path = self.path(study, variant, stage)
        self._refuse_gone(study, path)
        check_inputs(path, self.inputs(study, variant, stage))
        for source in self._upstream(study, variant, stage):
            self._check(study, *source)

    def _refuse_gone(self, study: Study, path: Path) -> None:
        """Refuse a record that was made from an archive that is gone."""
        gone = self.absent(study)
        if not gone or not path.exists():
            return
        used = {Path(name).name for name in read_inputs(path)}
        for each in gone:
            if {each.path.name, f"{each.set_name}.npz"} & used:
                raise each.error(
                    study,
                    fix="put it back, or correct `file` in the study file; or go on "
                    "without it: `scaling "
                    f"{'--runs fresh ' * self.folders.fresh}fit {study.name}`",
                )

    def _upstream(
        self, study: Study, variant: str, stage: str
    ) -> tuple[tuple[str, str], ...]:
        """The records that a stage record is made from: variant and stage."""
        variants = tuple(VARIANTS) if STAGES[stage].file else (variant,)
        return tuple(
            (each, name)
            for each in variants
            for name in STAGES[stage].records
            if self.makes(study, name)
        )


def _command(stage: str) -> str:
    """The command that makes a record; `fit` makes most."""
    return stage if stage in ("choices", "sensitivity") else "fit"


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _hash(path: Path) -> str:
    """SHA-256 of a file; "absent" where there is none."""
    if not path.exists():
        return "absent"
    status = path.stat()
    return _hash_of(path, status.st_mtime_ns, status.st_size, status.st_ino)


@cache
def _hash_of(path: Path, *_version: int) -> str:
    """A process hashes a file once, as long as it is the same file."""
    return digest_file(path)
