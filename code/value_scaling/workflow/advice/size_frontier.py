"""What runs of any σ and N need to reach a level of one task, with all replicates."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from value_scaling.records.model_size.record import BatchFits, ModelSizes, TaskSizes
from value_scaling.records.model_size.study import SizeStudy
from value_scaling.stats.model_size.data_law import DataLaw
from value_scaling.workflow.advice.frontier import LevelPlace, Needs
from value_scaling.workflow.advice.limits import Request, Times


@dataclass(frozen=True)
class SizeFrontier:
    """D_J(σ, N) of one task, and the B of its runs.

    Laws have axes [1 + replicates, levels]; their first entry is the point estimate.
    """

    name: str
    """Group and task."""
    task: TaskSizes
    law: DataLaw
    batch: BatchFits | None
    """B(σ, N) from the task's runs, or else from the authors' figures."""
    flops_per_update: float
    """k of C = k·σ·N·D."""
    delta: float
    times: Times | None

    @property
    def utds(self) -> np.ndarray:
        """Return σ of each setting, [settings]."""
        return np.array([each.utd for each in self.task.settings], dtype=float)

    @property
    def sizes(self) -> np.ndarray:
        """Return N of each setting, [settings]."""
        settings = self.task.settings
        return np.array([each.values["model_size"] for each in settings], dtype=float)

    @property
    def point(self) -> "SizeFrontier":
        """Return the point estimate alone, for quick searches."""
        parts = vars(self) | {"law": self.law[:1]}
        return SizeFrontier(**parts)

    def place(self, level: float) -> LevelPlace:
        """Find a level among the fitted ones; its share is NaN if it is outside."""
        return LevelPlace.of(level, self.task.levels)

    def knows(self, level: LevelPlace) -> bool:
        """Whether the data to reach a level is known, or can be interpolated."""
        ends = [level.below, level.above]
        return bool(np.isfinite(self.law.alpha[0, ends]).all())

    def needs(self, level: LevelPlace, utd: np.ndarray, size: np.ndarray) -> Needs:
        """Return what a level needs at σ and N, each [1 + replicates or 1, points].

        Where no B(σ, N) is known, hours are those of an update whose time does not
        depend on B.
        """
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            data = self._data(level.below, utd, size)
            if level.share:
                above = np.log(self._data(level.above, utd, size))
                data = np.exp((1 - level.share) * np.log(data) + level.share * above)
            compute = self.flops_per_update * utd * size * data
            hours = np.full(data.shape, np.nan)
            if self.times:
                used = 0.0 if self.batch is None else self.batch.law(utd, size)
                hours = self.times.hours(utd, data, np.asarray(used))
            return Needs(data, compute, compute + self.delta * data, hours)

    def _data(self, level: int, utd: np.ndarray, size: np.ndarray) -> np.ndarray:
        own = (getattr(self.law, each.name)[:, level, None] for each in fields(DataLaw))
        minimum, utd_scale, alpha, size_scale, beta = own
        data: np.ndarray = minimum + utd_scale * utd**-alpha + size_scale * size**-beta
        return data


def size_frontiers(
    study: SizeStudy, record: ModelSizes, request: Request
) -> Iterator[SizeFrontier]:
    """Return the frontier of each task, from the default choices."""
    figures = record.published_batches.get("default", {})
    for key, task in record.variants["default"].items():
        group = next(each for each in study.groups if each.name == task.group)
        about = next(each for each in group.tasks if each.name == task.task)
        # The figures show the batch sizes of the first group that has the task.
        first = next(g for g in study.groups if about.name in [t.name for t in g.tasks])
        parts = [
            np.concatenate([getattr(law, each.name)[None], getattr(drawn, each.name)])
            for law, drawn in ((task.law.value, task.law.replicates),)
            for each in fields(DataLaw)
        ]
        yield SizeFrontier(
            key,
            task,
            DataLaw(*parts),
            task.batch or (figures.get(task.task) if first is group else None),
            group.flops_per_update,
            about.delta,
            request.times_of(key),
        )
