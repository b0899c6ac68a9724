"""Reading of the study files of other people's runs, which are part of the package."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from value_scaling.records import ScalingError
from value_scaling.records.external.study import EXTERNAL_AXES, ExternalStudy
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.files.typed import Mismatch, convert, mismatches, refuse

_LEAST = 3
"""Number of values of an axis that a bend and a held-out check need."""


def list_external_studies() -> tuple[str, ...]:
    """Return the sorted names of the studies."""
    return tuple(sorted(path.stem for path in _files()))


def load_external_study(name: str) -> ExternalStudy:
    """Read the study called `name`.

    Raises:
        ScalingError: the study does not exist, or its file has a wrong key or value.
    """
    path = next((path for path in _files() if path.stem == name), None)
    if path is None:
        raise ScalingError(
            f"study {name!r}",
            found="no file of that name",
            expected=f"one of {', '.join(list_external_studies())}",
            fix="correct the name",
        )
    return read_external_study(path)


def read_external_study(path: Path) -> ExternalStudy:
    """Read one study file."""
    table, content = read_toml(path, "a study file", str(path))
    table |= {"name": path.stem, "digest": hashlib.sha256(content).hexdigest()}
    wrong = list(mismatches(table, ExternalStudy))
    if not wrong:
        study = convert(table, ExternalStudy)
        wrong = list(_problems(study))
    if wrong:
        raise refuse(path, wrong, "correct the study file")
    return study


def _problems(study: ExternalStudy) -> Iterable[Mismatch]:
    """Yield the inconsistent values of a study, each of which is valid alone."""
    for axis, tables in study.axes.items():
        if axis not in EXTERNAL_AXES:
            yield Mismatch(f"axes.{axis}", axis, f"one of {', '.join(EXTERNAL_AXES)}")
        values = [table.value for table in tables]
        if len(values) < _LEAST or values != sorted(set(values)):
            yield Mismatch(
                f"axes.{axis}", str(values), f"{_LEAST} or more values, ascending"
            )
    tasks = Counter(task for each in study.benchmarks for task in each.tasks)
    for task, count in tasks.items():
        if count > 1:
            yield Mismatch("benchmarks", f"{task} {count} times", "each task once")


def _files() -> tuple[Path, ...]:
    package = resources.files("value_scaling") / "studies" / "external"
    with resources.as_file(package) as folder:
        return tuple(sorted(folder.glob("*.toml")))
