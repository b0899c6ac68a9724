"""`scaling recommend` for studies of σ and N: the answer also has N."""

from collections.abc import Sequence
from dataclasses import dataclass

from value_scaling.commands.advice.times import given_times
from value_scaling.commands.console import print_json, show
from value_scaling.commands.sizes.given import load_sizes
from value_scaling.commands.sizes.own_studies import as_size_study, study_with_sizes
from value_scaling.commands.text import documents, terminal
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.records.model_size.study import SizeStudy
from value_scaling.store.project import Project
from value_scaling.store.studies.model_size import list_size_studies, load_size_study
from value_scaling.workflow.advice.limits import Limits, Request
from value_scaling.workflow.advice.size_plans import size_plans
from value_scaling.workflow.advice.size_spending import along_size_budget


@dataclass(frozen=True)
class OpenedSizes:
    """A study of σ and N with its record."""

    study: SizeStudy
    record: ModelSizes


def open_sizes(project: Project, name: str) -> OpenedSizes | None:
    """Open a study of σ and N; None if `name` is not such a study.

    Raises:
        ScalingError: its record is missing, damaged or stale.
    """
    own = study_with_sizes(project, name)
    if own is None and name not in list_size_studies():
        return None
    study = load_size_study(name) if own is None else as_size_study(own)
    return OpenedSizes(study, load_sizes(project.folders, study, own))


def size_request(
    opened: OpenedSizes,
    utds: Sequence[float],
    sizes: Sequence[float],
    level: float | None,
    limits: Limits,
    *,
    step_seconds: float | None,
    update_seconds: float | None,
) -> Request:
    """Return a request with the same durations for every task."""
    one = given_times(step_seconds, update_seconds)
    tasks = opened.record.variants["default"]
    times = None if one is None else dict.fromkeys(tasks, one)
    unique = tuple(dict.fromkeys(utds)), tuple(dict.fromkeys(sizes))
    return Request(unique[0], level, limits, times, unique[1])


def recommend_sizes(
    opened: OpenedSizes,
    utds: Sequence[float],
    sizes: Sequence[float],
    level: float | None,
    limits: Limits,
    *,
    as_json: bool,
    **seconds: float | None,
) -> None:
    """Print σ, N, B and η of each task, and what such runs will need."""
    request = size_request(
        opened, utds, sizes, level, limits,
        step_seconds=seconds["step_seconds"], update_seconds=seconds["update_seconds"],
    )  # fmt: skip
    study, record = opened.study, opened.record
    if as_json:
        print_json(documents.size_advice(study, record, request))
        return
    parts = terminal.size_advice(request, size_plans(study, record, request))
    show(*parts, *terminal.size_spending(tuple(along_size_budget(record, request))))
