"""Reading of the study files of other people's runs, which are part of the package."""

from collections import Counter
from collections.abc import Iterable

from value_scaling.records.external.study import EXTERNAL_AXES, ExternalStudy
from value_scaling.store.files.typed import Mismatch
from value_scaling.store.studies.packaged import PackagedStudies

_LEAST = 3
"""Number of values of an axis that a bend and a held-out check need."""


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


_STUDIES = PackagedStudies("external", ExternalStudy, _problems)
list_external_studies = _STUDIES.names
load_external_study = _STUDIES.load
read_external_study = _STUDIES.read
