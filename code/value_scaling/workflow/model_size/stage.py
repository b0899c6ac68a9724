"""Make the record of a study of σ and N from its runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from value_scaling.records.model_size.choices import VARIANTS, SizeChoices
from value_scaling.records.model_size.comparisons import EqualBudget
from value_scaling.records.model_size.record import ModelSizes, TaskSizes
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import (
    Role,
    SizeArchive,
    SizeGroup,
    SizeStudy,
    SizeTask,
)
from value_scaling.workflow.data_efficiency import until_reached
from value_scaling.workflow.model_size import batch_fits, data_fits
from value_scaling.workflow.model_size.critics import critics
from value_scaling.workflow.model_size.crossings import (
    Reached,
    best_of_batches,
    proposed_level,
    reached,
)
from value_scaling.workflow.model_size.equal_budget import equal_budget
from value_scaling.workflow.model_size.from_figures import from_figures
from value_scaling.workflow.model_size.optima import optima
from value_scaling.workflow.prediction.held_out import against_naive

Item = TypeVar("Item")
_COMPARED: tuple[Role, ...] = ("compute-optimal", "compared")


class SizeGiven(Protocol):
    """Interface through which the stage reads its inputs."""

    @property
    def study(self) -> SizeStudy: ...

    def runs(
        self, group: SizeGroup, archive: SizeArchive, *, metric: str | None = None
    ) -> SizeRuns | None:
        """Read a metric of an archive, by default the returns; None if it is absent."""

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
    others = {
        (group.name, task.task.name): task.others
        for task in tasks.values()
        for group in (task.group,)
    }
    return ModelSizes(
        study.name,
        variants,
        **from_figures(study, others, replicates=replicates, seed=seed),
        **critics(given, replicates=replicates, seed=seed),
        equal_budget=tuple(_compared(given, replicates=replicates, seed=seed)),
    )


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


def _compared(given: SizeGiven, *, replicates: int, seed: int) -> Iterable[EqualBudget]:
    """Yield the comparison of each archive with the compute-optimal runs."""
    options: Any = {"study": given.study.name, "replicates": replicates, "seed": seed}
    for group in given.study.groups:
        read = {
            role: [
                (
                    archive.file,
                    {t.name: reached(runs, t, **options) for t in group.tasks},
                )
                for archive in group.with_role(role)
                if (runs := given.runs(group, archive)) is not None
            ]
            for role in _COMPARED
        }
        for _, optimal in read["compute-optimal"]:
            for file, other in read["compared"]:
                yield equal_budget(file, other, optimal)


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
