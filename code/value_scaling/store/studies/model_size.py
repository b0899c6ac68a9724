"""Reading of the study files of σ and N, which are part of the package."""

import hashlib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from value_scaling.records import ScalingError
from value_scaling.records.model_size.study import PublishedSizes, SizeStudy
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.files.typed import Mismatch, convert, mismatches, refuse


def list_size_studies() -> tuple[str, ...]:
    """Return the sorted names of the studies of σ and N."""
    return tuple(sorted(path.stem for path in _files()))


def load_size_study(name: str) -> SizeStudy:
    """Read the study of σ and N called `name`.

    Raises:
        ScalingError: the study does not exist, or its file has a wrong key or value.
    """
    path = next((path for path in _files() if path.stem == name), None)
    if path is None:
        raise ScalingError(
            f"study {name!r}",
            found="no file of that name",
            expected=f"one of {', '.join(list_size_studies())}",
            fix="correct the name",
        )
    return read_size_study(path)


def read_size_study(path: Path) -> SizeStudy:
    """Read one study file."""
    table, content = read_toml(path, "a study file", str(path))
    table |= {"name": path.stem, "digest": hashlib.sha256(content).hexdigest()}
    wrong = list(mismatches(table, SizeStudy))
    if not wrong:
        study = convert(table, SizeStudy)
        wrong = list(_problems(study))
    if wrong:
        raise refuse(path, wrong, "correct the study file")
    return study


def _problems(study: SizeStudy) -> Iterable[Mismatch]:
    """Yield the inconsistent values of a study, each of which is valid alone."""
    known = {task.name for group in study.groups for task in group.tasks}
    for g, group in enumerate(study.groups):
        for t, task in enumerate(group.tasks):
            if task.highest_level <= task.lowest_level:
                where = f"groups.{g}.tasks.{t}.highest_level"
                wanted = f"a level above lowest_level = {task.lowest_level:g}"
                yield Mismatch(where, f"{task.highest_level:g}", wanted)
    for key, found in _named(study.published or PublishedSizes("")):
        if found not in known:
            yield Mismatch(key, repr(found), f"one of {', '.join(sorted(known))}")


def _named(published: PublishedSizes) -> Iterable[tuple[str, str]]:
    """Yield the key and the name of each task that has published numbers."""
    for number, point in enumerate(published.points):
        yield f"published.points.{number}.task", point.task
    for name in published.laws:
        yield "published.laws", name


def _files() -> tuple[Path, ...]:
    package = resources.files("value_scaling") / "studies" / "model_size"
    with resources.as_file(package) as folder:
        return tuple(sorted(folder.glob("*.toml")))
