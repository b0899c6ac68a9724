"""What a set consists of, what of it is missing, and in which groups to train it."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from itertools import groupby

from value_scaling.learning.training.runs import Run
from value_scaling.records import Hyperparameters, ScalingError, Setting, Study
from value_scaling.records.training import Training

LATER = ("reset_steps", "reset_updates", "num_envs", "n_step", "reward_scale")
"""Training settings that are younger than some finished runs."""


@dataclass(frozen=True)
class GroupPlan:
    """Runs that are trained in one program."""

    study: str
    set_name: str
    settings: tuple[Setting, ...]
    """One environment, batch size and length."""
    seeds: int
    capacity: int
    """Runs the program is compiled for: the same for every group that can share it."""
    longest: int
    """Most environment steps of a run in any of those groups."""

    @property
    def name(self) -> str:
        """Name for files and messages, of bounded length; a digest of the settings
        tells groups apart that differ in learning rates alone."""
        first = self.settings[0]
        own = hashlib.sha256(repr(self.settings).encode()).hexdigest()[:10]
        env = first.env[:100]
        return f"{env}_bs_{first.batch_size}_utd_{first.utd:g}_{own}"

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs, seeds innermost."""
        return tuple(
            Run(self.study, self.set_name, setting, seed)
            for setting in self.settings
            for seed in range(self.seeds)
        )


def settings_of_set(
    study: Study, set_name: str, hyperparameters: Hyperparameters | None
) -> tuple[Setting, ...]:
    """Return the settings of a set: the grid, or each σ at B*, η* or constant B, η.

    Raises:
        ScalingError: the set is unknown, needs the fit of the sweep, or has constant
            hyperparameters to run that no run of the sweep can decide.
    """
    if set_name == "sweep":
        return study.grid
    if set_name not in ("ours", "baseline"):
        raise ScalingError(
            f"study {study.name}",
            found=f"set {set_name!r}",
            expected="sweep, ours or baseline",
            fix="name one of them: --set sweep",
        )
    if hyperparameters is None:
        raise ScalingError(
            f"study {study.name}, set {set_name}",
            found="no fit of the sweep",
            expected="B* and η* to run with",
            fix=f"run `scaling train {study.name} --set sweep`, then "
            f"`scaling fit {study.name}`",
        )
    if set_name == "ours":
        return tuple(
            Setting(each.env, float(each.utd), each.batch_size, each.learning_rate)
            for each in hyperparameters.proposals
            if each.utd in study.proposal_utds
        )
    if without := hyperparameters.without_baseline:
        raise ScalingError(
            f"study {study.name}, set baseline",
            found="no constant hyperparameters for " + ", ".join(without),
            expected=f"runs of the sweep at UTD {hyperparameters.baseline_utd:g} that "
            "reach a level of sweep_levels",
            fix="train the sweep longer there, name another baseline_utd, or lower "
            "sweep_levels or max_return_sweep in the study file",
        )
    return tuple(
        Setting(each.env, float(utd), each.batch_size, each.learning_rate)
        for each in hyperparameters.baseline
        for utd in study.proposal_utds
    )


def digest(setting: Setting, training: Training) -> str:
    """Return the hash of everything that decides the runs of a setting but the code.

    Logging a task of its own, or another task's length, does not change it.
    """
    table = asdict(training)
    del table["tasks"], table["steps_by_utd"]
    # What was added later counts only where it is used: older runs stay valid.
    for each in fields(training):
        if each.name in LATER and getattr(training, each.name) == each.default:
            del table[each.name]
    table["task"] = asdict(training.task(setting.env))
    table["task"]["steps"] = training.steps(setting)
    table["setting"] = asdict(setting)
    text = json.dumps(table, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def plan_groups(
    study: Study,
    set_name: str,
    settings: Iterable[Setting],
    training: Training,
    is_done: Callable[[Setting], bool],
) -> tuple[GroupPlan, ...]:
    """Return the groups that are missing, environment by environment, cheap B first.

    A group is the learning rates of one (environment, B, σ) that are not done.
    """

    def program(setting: Setting) -> tuple:
        return setting.env, setting.batch_size

    def group(setting: Setting) -> tuple:
        return *program(setting), setting.utd, training.steps(setting)

    order = {name: place for place, name in enumerate(study.environment_names)}
    everything = sorted(
        settings, key=lambda s: (order[s.env], s.batch_size, s.utd, s.learning_rate)
    )
    sizes: dict[tuple, int] = {}
    longest: dict[tuple, int] = {}
    for _, members in groupby(everything, key=group):
        listed = list(members)
        key = program(listed[0])
        sizes[key] = max(sizes.get(key, 0), len(listed))
        longest[key] = max(longest.get(key, 0), training.steps(listed[0]))
    return tuple(
        GroupPlan(
            study=study.name,
            set_name=set_name,
            settings=tuple(listed),
            seeds=training.seeds,
            capacity=training.seeds * sizes[program(listed[0])],
            longest=longest[program(listed[0])],
        )
        for _, members in groupby(everything, key=group)
        if (listed := [each for each in members if not is_done(each)])
    )
