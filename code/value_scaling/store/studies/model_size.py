"""Reading of the study files of σ and N, which are part of the package."""

from collections.abc import Iterable

from value_scaling.records.model_size.study import PublishedSizes, SizeStudy
from value_scaling.store.files.typed import Mismatch
from value_scaling.store.studies.packaged import PackagedStudies


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


_STUDIES = PackagedStudies("model_size", SizeStudy, _problems)
list_size_studies = _STUDIES.names
load_size_study = _STUDIES.load
read_size_study = _STUDIES.read
