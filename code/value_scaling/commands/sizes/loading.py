"""Load the records of studies of σ and N whose archives are here."""

from collections.abc import Iterable, Sequence
from typing import Any

from value_scaling.commands.sizes.given import load_sizes
from value_scaling.records import ScalingError
from value_scaling.records.model_size.study import SizeStudy
from value_scaling.report.sizes.results import SizeResults
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.folders import Folders
from value_scaling.store.studies.model_size import list_size_studies, load_size_study


def present(folders: Folders, study: SizeStudy) -> list[str]:
    """Return the archives of a study that are here. Fresh runs have none."""
    if folders.fresh:
        return []
    return [file for file in study.files if (folders.archives / file).exists()]


def named_sizes(names: Sequence[str]) -> tuple[str, ...]:
    """Return the studies of σ and N among some names; without names, all."""
    return tuple(each for each in list_size_studies() if each in names or not names)


def load_size_results(
    folders: Folders, names: Sequence[str] = ()
) -> tuple[SizeResults, ...]:
    """Load the record of each of these studies that has an archive.

    Raises:
        ScalingError: a record is missing, damaged or stale, or a named study has no
            archive.
    """
    found = []
    for name in named_sizes(names):
        study = load_size_study(name)
        if present(folders, study):
            found.append(SizeResults(study, load_sizes(folders, study)))
        elif names:
            raise ScalingError(
                f"study {name}",
                found=f"none of its archives in {folders.archives}",
                expected=f"one or more of {', '.join(study.files)}",
                fix="`make data` fetches the authors' archives",
            )
    return tuple(found)


def expected_sizes(folders: Folders, studies: Iterable[str]) -> dict[str, Any]:
    """Read the published numbers of studies of σ and N, by the name of their file.

    Raises:
        ScalingError: a file is not TOML.
    """
    found = {}
    for name in studies:
        path = folders.expected / "model_size" / f"{name}.toml"
        if path.exists():
            table, _ = read_toml(path, "a file of published numbers", str(path))
            found[f"model_size/{name}"] = table
    return found
