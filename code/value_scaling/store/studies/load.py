"""Strict reading of study files, with checks beyond the types."""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

from value_scaling.records import ScalingError, Study
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.files.typed import Mismatch, convert, mismatches, refuse
from value_scaling.store.folders import Folders
from value_scaling.store.studies.checks import problems
from value_scaling.store.studies.complete import (
    complete,
    is_complete,
    with_any_values,
)
from value_scaling.store.studies.fresh import fresh
from value_scaling.store.studies.names import clash, is_name

_COMPUTED = ("name", "digest", "defaults")
_EXAMPLE = "code/value_scaling/studies/gym.toml"


def list_studies(folders: Folders) -> tuple[str, ...]:
    """Return the sorted names of the bundled studies and of the user's studies.

    A file whose name begins with a dot belongs to an editor and is not a study.
    """
    return tuple(sorted({path.stem for path in _files(folders)}))


def load_study(name: str, folders: Folders) -> Study:
    """Read the study called `name`, the name of its file without `.toml`.

    Bundled studies are part of the package, and the user's own studies are in
    data/studies. The same name in both places is an error, because a changed copy must
    not be mistaken for a published study. With folders of fresh runs, the result is the
    variant of the study for fresh runs; see `fresh`.

    Raises:
        ScalingError: the study does not exist, its file has a wrong key or value, or
            another study has the same name or archive.
    """
    files = _files(folders)
    path = next((path for path in reversed(files) if path.stem == name), None)
    if path is None:
        raise ScalingError(
            f"study {name!r}",
            found="no file of that name",
            expected=f"one of {', '.join(list_studies(folders))}",
            fix=f"correct the name, or write {folders.studies / name}.toml",
        )
    study = read_study(path, folders)
    # A bundled study stays as published, even if the user has a file of its name.
    bundled = [other for other in files if other.parent != folders.studies]
    if error := clash(path, study, bundled if path in bundled else files):
        raise error
    return fresh(study) if folders.fresh else study


def load_studies(
    folders: Folders,
) -> tuple[tuple[Study, ...], tuple[ScalingError, ...]]:
    """Return all studies that can be read, and the errors in the others."""
    studies, errors = [], []
    for name in list_studies(folders):
        try:
            studies.append(load_study(name, folders))
        except ScalingError as error:
            errors.append(error)
    return tuple(studies), tuple(errors)


def is_bundled(name: str) -> bool:
    """Return whether a study is part of the package."""
    return name in {path.stem for path in _bundled()}


def read_study(path: Path, folders: Folders) -> Study:
    """Read one study file without a comparison with others; see `load_study`.

    What the file leaves out has a default, or is found in the archives of the study.
    """
    table, content = read_toml(path, "a study file", _EXAMPLE)
    wrong = [
        Mismatch(key, "a value", "none: it is computed")
        for key in _COMPUTED
        if key in table
    ]
    if not is_name(path.stem):
        wrong.append(
            Mismatch(
                "the file's name",
                path.stem,
                "at most 60 letters, digits, '_', '-', the first a letter or a digit",
            )
        )
    wrong += mismatches(with_any_values(table) | {"name": path.stem}, Study)
    if wrong:
        raise refuse(path, wrong, "correct the study file")
    return _study(table, path, content, folders)


def undescribed(name: str, folders: Folders) -> Study:
    """Return a study without a file, described by its archive alone."""
    return _study({}, folders.studies / f"{name}.toml", b"", folders)


def _study(
    table: dict[str, Any], path: Path, content: bytes, folders: Folders
) -> Study:
    """Complete the table of a study file and check its values together."""
    digest = hashlib.sha256(content)
    computed: dict[str, Any] = {"name": path.stem}
    if not is_complete(table):
        filled = complete(table, path, folders)
        table, computed["defaults"] = filled.table, filled.texts
        # Archives have hashes of their own in each record.
        described = {key: table[key] for key in table if key != "archives"}
        digest.update(json.dumps(described, sort_keys=True).encode())
    table = table | computed | {"digest": digest.hexdigest()}
    wrong = list(mismatches(table, Study))
    if not wrong:
        study = convert(table, Study)
        wrong += problems(study)
    if wrong:
        raise refuse(path, wrong, "correct the study file")
    return study


def _files(folders: Folders) -> tuple[Path, ...]:
    """Return the bundled files, then the user's files."""
    own = sorted(folders.studies.glob("*.toml"))
    return (*_bundled(), *(path for path in own if not path.name.startswith(".")))


def _bundled() -> tuple[Path, ...]:
    with resources.as_file(resources.files("value_scaling") / "studies") as folder:
        return tuple(sorted(folder.glob("*.toml")))
