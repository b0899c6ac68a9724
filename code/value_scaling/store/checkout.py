"""The studies of a checkout, and their available archives."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from value_scaling.records import SETS, Runs, ScalingError, Study
from value_scaling.store.archives.absent import MissingArchive, missing_archives
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import list_studies, load_studies, load_study


@dataclass(frozen=True)
class Checkout:
    """A checkout with its folders, studies and archives."""

    folders: Folders

    @classmethod
    def at(cls, root: str | Path | None = None, *, runs: str | None = None) -> Self:
        """Open the checkout at `root`, or the one around the current folder.

        Args:
            runs: `published` or `fresh`; None: $VALUE_SCALING_RUNS, else `published`.
        """
        return cls(Folders.at(None if root is None else Path(root), runs=runs))

    def study(self, name: str) -> Study:
        """Read a study file."""
        return load_study(name, self.folders)

    def studies(self) -> tuple[tuple[Study, ...], tuple[ScalingError, ...]]:
        """Return studies with archives, sorted by name, and errors in study files."""
        studies, problems = load_studies(self.folders)
        return tuple(study for study in studies if self.sets(study)), problems

    def sets(self, study: Study) -> tuple[str, ...]:
        """Return the sets of a study whose archives are available."""
        return tuple(
            name
            for name in SETS
            if name in study.archives and self.folders.archive(study, name).exists()
        )

    def absent(self, study: Study) -> tuple[MissingArchive, ...]:
        """Return the missing archives that a study file names."""
        return missing_archives(study, self.folders, studies=list_studies(self.folders))

    def how_to_get(self, study: Study) -> str:
        """Say how to get the archives of a study."""
        if self.folders.fresh:
            return (
                f"`scaling --runs fresh train {study.name} --set sweep` makes the "
                "first; without RUNS=fresh the published ones are read"
            )
        return "`make data` fetches the authors' archives; put your own there"

    def runs(self, study: Study, set_name: str, *, metric: str | None = None) -> Runs:
        """Read one metric of an archive; by default, the returns."""
        path = self.folders.archive(study, set_name)
        for each in self.absent(study):
            if each.set_name == set_name:
                raise each.error(study, fix=self.how_to_get(study))
        return read_runs(path, study, set_name, metric=metric)
