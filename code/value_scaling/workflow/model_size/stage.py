"""Make the record of a study of σ and N from its runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from value_scaling.records import Setting
from value_scaling.records.model_size.choices import VARIANTS, SizeChoices
from value_scaling.records.model_size.record import (
    FittedDataLaw,
    ModelSizes,
    SizeOptima,
    TaskSizes,
)
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import (
    PublishedSizes,
    SizeArchive,
    SizeGroup,
    SizeStudy,
    SizeTask,
)
from value_scaling.stats.model_size.data_law import DataLaw
from value_scaling.workflow.data_efficiency import until_reached
from value_scaling.workflow.model_size import batch_fits, data_fits
from value_scaling.workflow.model_size.crossings import (
    Reached,
    best_of_batches,
    proposed_level,
    reached,
)
from value_scaling.workflow.model_size.optima import optima
from value_scaling.workflow.prediction.held_out import against_naive

Item = TypeVar("Item")


class SizeGiven(Protocol):
    """Interface through which the stage reads its inputs."""

    @property
    def study(self) -> SizeStudy: ...

    def runs(self, group: SizeGroup, archive: SizeArchive) -> SizeRuns | None:
        """Read the returns of an archive; None if it is not available."""

    def progress(self, items: Sequence[Item]) -> Iterable[Item]:
        """Show a progress bar while iterating over items."""


@dataclass
class _Task:
    """The data of one task: the grid that is fitted, and settings to predict."""

    group: SizeGroup
    task: SizeTask
    grid: Reached
    tried: Reached
    """The grid with all batch sizes."""
    others: dict[str, Reached] = field(default_factory=dict)
    proposed: float = np.nan


def make(given: SizeGiven, *, replicates: int, seed: int) -> ModelSizes:
    """Fit every task whose grid is available, with both variants of the choices.

    Values that follow from the authors' figures need no archive.
    """
    study = given.study
    tasks = _tasks(given, replicates=replicates, seed=seed)
    variants: dict[str, dict[str, TaskSizes]] = {name: {} for name in VARIANTS}
    for key in given.progress(list(tasks)):
        for name, choices in VARIANTS.items():
            if name == "published" and not tasks[key].group.as_published:
                continue
            variants[name][key] = _task_sizes(tasks[key], study, choices)
    return ModelSizes(study.name, variants, **_published(study))


def _tasks(given: SizeGiven, *, replicates: int, seed: int) -> dict[str, _Task]:
    found: dict[str, _Task] = {}
    options: Any = {"study": given.study.name, "replicates": replicates, "seed": seed}
    for group in given.study.groups:
        for archive in group.with_role("grid"):
            runs = given.runs(group, archive)
            if runs is None:
                continue
            for task in group.tasks:
                tried = reached(runs, task, **options)
                key = f"{group.name}/{task.name}"
                found[key] = _Task(group, task, best_of_batches(tried), tried)
                if group.sizes:  # DeepMind Control, to which the authors' rule applies
                    found[key].proposed = proposed_level(runs, task)
        for role in ("interpolated", "extrapolated"):
            for archive in group.with_role(role):
                runs = given.runs(group, archive)
                for task in group.tasks:
                    one = found.get(f"{group.name}/{task.name}")
                    if one is not None and runs is not None:
                        other = reached(runs, task, **options)
                        one.others |= _by_kind(role, other, one.grid)
    return found


def _by_kind(role: str, found: Reached, grid: Reached) -> dict[str, Reached]:
    """Split extrapolated settings by N, and the others by σ."""
    if role == "interpolated":
        return {role: found}
    larger = found.sizes > grid.sizes.max()
    return {"larger size": found.only(larger), "larger utd": found.only(~larger)}


def _task_sizes(one: _Task, study: SizeStudy, choices: SizeChoices) -> TaskSizes:
    grid = one.grid
    law = data_fits.fit(grid, choices)
    best, along = optima(
        law,
        choices,
        utds=grid.utds,
        sizes=grid.sizes,
        flops_per_update=one.group.flops_per_update,
        delta=one.task.delta,
        left_out=study.held_out_levels,
    )
    heldout, against = data_fits.checks(grid, one.others, choices)
    return TaskSizes(
        group=one.group.name,
        task=one.task.name,
        settings=grid.settings,
        seeds=grid.seeds,
        levels=one.task.levels,
        data=until_reached(grid.data, grid.drawn),
        law=law,
        optima=best,
        error=data_fits.mean_error(law, grid),
        heldout=(*heldout, *(check.record for check in along)),
        against_naive=(*against, *against_naive(along)),
        batch=batch_fits.of_runs(
            one.tried, choices, source=one.group.with_role("grid")[0].file
        ),
        proposed_level=one.proposed,
    )


def _published(study: SizeStudy) -> dict[str, Any]:
    """Return what follows from the authors' figures."""
    published = study.published
    if published is None:
        return {}
    # The first group that has a task; later ones train it with another algorithm.
    first: dict[str, tuple[SizeGroup, SizeTask]] = {
        task.name: (group, task)
        for group in reversed(study.groups)
        for task in group.tasks
    }
    names = list(dict.fromkeys(point.task for point in published.points))
    batches = {
        variant: {
            name: batch_fits.of_figures(published, name, choices) for name in names
        }
        for variant, choices in VARIANTS.items()
    }
    return {
        "published_batches": batches,
        "published_optima": {
            name: _published_optima(study, published, *first[name])
            for name in published.laws
        },
        "published_error": {
            variant: _published_error(published, names, choices)
            for variant, choices in VARIANTS.items()
        },
    }


def _published_optima(
    study: SizeStudy, published: PublishedSizes, group: SizeGroup, task: SizeTask
) -> SizeOptima:
    grid = _points(published, task.name)
    value = published.law(task.name)
    none = np.empty((0, len(value.alpha)))
    law = FittedDataLaw.of(
        value, DataLaw(none, none, none, none, none), grid.utds, grid.sizes
    )
    found, _ = optima(
        law,
        VARIANTS["published"],
        utds=grid.utds,
        sizes=grid.sizes,
        flops_per_update=group.flops_per_update,
        delta=task.delta,
        left_out=study.held_out_levels,
    )
    return found


def _published_error(
    published: PublishedSizes, names: Iterable[str], choices: SizeChoices
) -> float:
    errors = []
    for name in names:
        grid = _points(published, name)
        law = data_fits.fit(grid, choices)
        errors.append(np.abs(law.value[0](grid.utds, grid.sizes) / grid.data[:, 0] - 1))
    return float(np.concatenate(errors).mean())


def _points(published: PublishedSizes, task: str) -> Reached:
    """Return the authors' grid of a task at its highest level, without seeds."""
    own = [point for point in published.points if point.task == task]
    settings = tuple(
        Setting.of(
            task,
            {
                "utd": point.utd,
                "batch_size": point.batch_size,
                "learning_rate": 3e-4,
                "model_size": point.size,
            },
        )
        for point in own
    )
    data = np.array([[point.data] for point in own])
    none = np.empty((0, len(own), 1))
    return Reached(settings, np.zeros(len(own), int), data, none)
