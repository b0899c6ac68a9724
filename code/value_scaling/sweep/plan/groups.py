"""Groups of runs that are trained in one program."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting, Study
from value_scaling.records.training import Training


@dataclass(frozen=True)
class GroupPlan:
    """Runs that are trained in one program."""

    study: str
    set_name: str
    settings: tuple[Setting, ...]
    """Settings with one environment, batch size, N and length."""
    seeds: int
    capacity: int
    """Number of runs the program is compiled for, the same for every group that can
    share it."""
    max_env_steps: int
    """Most environment steps of a run in any of those groups."""

    @property
    def name(self) -> str:
        """Name for files and messages, of bounded length.

        A digest of the settings distinguishes groups that differ only in learning
        rates.
        """
        first = self.settings[0]
        own = hashlib.sha256(repr(self.settings).encode()).hexdigest()[:10]
        env = first.env[:100]
        return f"{env}_bs_{first.batch_size}_utd_{first.utd:g}_{own}"

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, with seeds innermost."""
        return tuple(
            Run(self.study, self.set_name, setting, seed)
            for setting in self.settings
            for seed in range(self.seeds)
        )


def plan_groups(
    study: Study,
    set_name: str,
    settings: Iterable[Setting],
    training: Training,
    is_done: Callable[[Setting], bool],
) -> tuple[GroupPlan, ...]:
    """Return the missing groups, environment by environment, with small B first.

    A group consists of the learning rates of one (environment, N, B, σ) that are not
    finished.
    """

    order = {name: place for place, name in enumerate(study.environment_names)}

    def program(setting: Setting) -> tuple:
        return order[setting.env], setting.batch_size, setting.others

    def group(setting: Setting) -> tuple:
        return *program(setting), setting.utd, training.steps(setting)

    everything = sorted(settings, key=lambda s: (*program(s), s.utd, s.learning_rate))
    sizes: dict[tuple, int] = {}
    max_env_steps: dict[tuple, int] = {}
    for _, members in groupby(everything, key=group):
        listed = list(members)
        key = program(listed[0])
        sizes[key] = max(sizes.get(key, 0), len(listed))
        max_env_steps[key] = max(max_env_steps.get(key, 0), training.steps(listed[0]))
    return tuple(
        GroupPlan(
            study=study.name,
            set_name=set_name,
            settings=tuple(listed),
            seeds=training.seeds,
            capacity=training.seeds * sizes[program(listed[0])],
            max_env_steps=max_env_steps[program(listed[0])],
        )
        for _, members in groupby(everything, key=group)
        if (listed := [each for each in members if not is_done(each)])
    )
