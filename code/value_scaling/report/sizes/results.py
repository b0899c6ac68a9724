"""A study of σ and N with its record, the source of figures, tables and numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from value_scaling.records.model_size.record import ModelSizes, TaskSizes
from value_scaling.records.model_size.study import SizeGroup, SizeStudy

MOST_TASKS = 6
"""Largest number of tasks of a group that get a row of panels each. The tasks of larger
groups have one panel each, and the tables have all their numbers."""


@dataclass(frozen=True)
class SizeResults:
    """A study of σ and N and its record."""

    study: SizeStudy
    record: ModelSizes

    def tasks(self, variant: str = "default") -> dict[str, TaskSizes]:
        """Return the fits of each task by group/task."""
        return self.record.variants[variant]

    def few(self) -> dict[str, TaskSizes]:
        """Return the tasks of groups with few tasks."""
        return {
            key: task
            for key, task in self.tasks().items()
            if len(self.group(task.group).tasks) <= MOST_TASKS
        }

    def group(self, name: str) -> SizeGroup:
        """Return the group of this name."""
        return next(each for each in self.study.groups if each.name == name)

    def groups(self) -> Iterator[tuple[SizeGroup, dict[str, TaskSizes]]]:
        """Yield each group that has tasks, with its tasks."""
        for group in self.study.groups:
            own = {k: t for k, t in self.tasks().items() if t.group == group.name}
            if own:
                yield group, own

    def title(self, key: str) -> str:
        """Return the name of a task for people, with its algorithm if not the first."""
        name = self.tasks()[key]
        first = self.study.groups[0].algorithm
        algorithm = self.group(name.group).algorithm
        return name.task + ("" if algorithm == first else f" ({algorithm})")
