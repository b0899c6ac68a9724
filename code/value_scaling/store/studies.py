"""Study files: found, read strictly, and checked for what the types cannot say."""

import hashlib
import tomllib
from importlib import resources
from pathlib import Path

from value_scaling.records import ScalingError, Study
from value_scaling.store.folders import Folders
from value_scaling.store.fresh import fresh
from value_scaling.store.regular import read_file
from value_scaling.store.study_checks import problems
from value_scaling.store.typed import Mismatch, build


def list_studies(folders: Folders) -> tuple[str, ...]:
    """Return the names of the bundled studies and of the user's, sorted."""
    return tuple(sorted(_files(folders)))


def load_study(name: str, folders: Folders) -> Study:
    """Read the study called `name`, which is its file's name without `.toml`.

    Bundled studies are part of the package, a user's own are in data/studies. One
    name in both places is an error: a changed copy of a published study must not
    pass for it. In the folders of fresh runs it is the study as made anew, see `fresh`.

    Raises:
        ScalingError: no such study, or a wrong key or value in its file.
    """
    files = _files(folders)
    if name not in files:
        raise ScalingError(
            f"study {name!r}",
            found="no file of that name",
            expected=f"one of {', '.join(sorted(files))}",
            fix=f"correct the name, or write {folders.studies / name}.toml",
        )
    study = read_study(files[name])
    return fresh(study) if folders.fresh else study


def read_study(path: Path) -> Study:
    """Read one study file; see `load_study`."""
    try:
        content = read_file(path)
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScalingError(
            path,
            found=f"{error}",
            expected="a study file in TOML",
            fix="correct the file; code/value_scaling/studies/gym.toml is an example",
        ) from error
    for key in ("name", "digest"):
        if key in table:
            raise _wrong(path, Mismatch(key, "a value", "none: it is computed"))
    table |= {"name": path.stem, "digest": hashlib.sha256(content).hexdigest()}
    try:
        study = build(Study, table)
        for problem in problems(study):
            raise problem
    except Mismatch as error:
        raise _wrong(path, error) from error
    return study


def _files(folders: Folders) -> dict[str, Path]:
    with resources.as_file(resources.files("value_scaling") / "studies") as bundled:
        files = {path.stem: path for path in sorted(bundled.glob("*.toml"))}
    for path in sorted(folders.studies.glob("*.toml")):
        if path.stem in files:
            raise ScalingError(
                path,
                found="the name of a bundled study",
                expected="a name of its own",
                fix=f"rename it, e.g. to my_{path.name}, and its archives' names in it",
            )
        files[path.stem] = path
    return files


def _wrong(path: Path, error: Mismatch) -> ScalingError:
    return ScalingError(
        f"{path}, {error.path}",
        found=error.found,
        expected=error.expected,
        fix="correct the study file",
    )
