"""Checks of a training file across its values, each of which is valid alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from fractions import Fraction
from itertools import pairwise
from typing import Any

from value_scaling.records import Setting, Study
from value_scaling.records.schedule import first_diagnostic
from value_scaling.records.training import (
    DEVICE_ALGORITHMS,
    DEVICE_ENGINES,
    HOST_ALGORITHMS,
    HOST_ENGINES,
    Task,
    Training,
    algorithms_of,
)
from value_scaling.store.files.typed import Mismatch


def unused(table: dict[str, Any]) -> Iterable[Mismatch]:
    """Yield the settings in a training file that none of its algorithms uses."""
    tasks = table.get("tasks")
    named = (
        [task.get("algorithm") for task in tasks or () if isinstance(task, dict)]
        if isinstance(tasks, list)
        else []
    )
    general = table.get("algorithm", Training.algorithm)
    listed = [each or general for each in named] or [general]
    known = (*HOST_ALGORITHMS, *DEVICE_ALGORITHMS)
    if any(each not in known for each in listed):
        return
    used = set(listed)
    for each in fields(Training):
        users = algorithms_of(each.metadata)
        if each.name in table and used.isdisjoint(users):
            verb = "ignores" if len(used) == 1 else "ignore"
            wanted = (
                f"none: {' and '.join(sorted(used))} {verb} it "
                f"(it is for {', '.join(users)})"
            )
            yield Mismatch(each.name, "a value", wanted)
    if table.get("target_every") and "tau" in table and used == {"dqn"}:
        yield Mismatch("tau", "a value", "none: target_every copies the whole network")


def problems(training: Training, study: Study) -> Iterable[Mismatch]:
    """Yield the values of a training file that contradict others or the study."""
    names = [task.name for task in training.tasks]
    for name, count in Counter(names).items():
        if count > 1:
            yield Mismatch("tasks", f"{name!r} {count} times", "each task once")
    for name in study.environment_names:
        if name not in names:
            wanted = "[[tasks]] for each environment of the study"
            yield Mismatch("tasks", f"nothing about {name!r}", wanted)
    utds = sorted({*study.sweep_utds, *study.trained_utds})
    yield from _factor_problems(training, utds)
    for number, task in enumerate(training.tasks):
        own = training.of(task.name)
        yield from _task_problems(f"tasks.{number}", task, own, utds)
        if (task.algorithm in DEVICE_ALGORITHMS) != (
            training.algorithm in DEVICE_ALGORITHMS
        ) and task.algorithm is not None:
            wanted = "an algorithm that steps environments where the others do"
            yield Mismatch(f"tasks.{number}.algorithm", task.algorithm, wanted)
    bro = any(name.startswith("bro") for name in training.algorithms)
    if bro and len(training.hidden) > 2:
        found = f"{len(training.hidden)} widths"
        yield Mismatch("hidden", found, "one or two: for the critics and the actors")
    for number, (one, other) in enumerate(pairwise(training.widths), start=1):
        if other <= one:
            yield Mismatch(f"widths.{number}", f"{other} after {one}", "ascending")
    largest = max((b for e in study.environments for b in e.batch_sizes), default=1)
    if training.replay < largest:
        wanted = f"{largest} or more, the largest batch size of the study"
        yield Mismatch("replay", f"{training.replay}", wanted)
    yield from _reset_problems(training, utds)
    top = max((*study.sweep_levels, *study.fitted_levels), default=0.0)
    stop = training.stop_at_level
    if stop is not None and stop < top:
        wanted = f"{top:g} or more, the top level of the study"
        yield Mismatch("stop_at_level", f"{stop:g}", wanted)
    if training.algorithm in DEVICE_ALGORITHMS:
        yield from _device_problems(training)


def _factor_problems(training: Training, utds: list[float]) -> Iterable[Mismatch]:
    known = ", ".join(f"{utd:g}" for utd in utds)
    seen: set[float] = set()
    for key in training.steps_by_utd:
        utd = float(Fraction(key))
        if utd not in utds:
            yield Mismatch(f"steps_by_utd.{key}", key, f"a UTD of the study: {known}")
        if utd in seen:
            yield Mismatch(f"steps_by_utd.{key}", "the same UTD again", "it once")
        seen.add(utd)


def _task_problems(
    here: str, task: Task, training: Training, utds: list[float]
) -> Iterable[Mismatch]:
    on_device = training.algorithm in DEVICE_ALGORITHMS
    engines = DEVICE_ENGINES if on_device else HOST_ENGINES
    if task.engine not in engines:
        wanted = f"one of {', '.join(engines)} for {training.algorithm}"
        yield Mismatch(f"{here}.engine", task.engine, wanted)
    if task.log_start % task.log_every:
        wanted = f"a multiple of log_every = {task.log_every}"
        yield Mismatch(f"{here}.log_start", f"{task.log_start}", wanted)
    steps = {utd: training.steps(Setting(task.name, utd, 1, 1.0)) for utd in utds}
    utd = min(steps, key=steps.__getitem__)
    of_run = f"{steps[utd]}, the steps of a run of {task.name} at UTD {utd:g}"
    if task.log_start > steps[utd]:
        wanted = f"at most {of_run}"
        yield Mismatch(f"{here}.log_start", f"{task.log_start}", wanted)
    exploring = training.start_training + training.exploration_steps
    if training.algorithm == "dqn" and exploring > steps[utd]:
        found = f"{training.exploration_steps}, after start_training"
        yield Mismatch("exploration_steps", found, f"together at most {of_run}")
    if training.start_training >= steps[utd]:
        found = f"{training.start_training}"
        yield Mismatch("start_training", found, f"less than {of_run}")
    if training.diagnostics_every > steps[utd]:
        found = f"{training.diagnostics_every}"
        yield Mismatch("diagnostics_every", found, f"at most {of_run}")
    elif (first := first_diagnostic(training)) > steps[utd]:
        found = f"{training.diagnostics_every}, the first diagnostics at step {first}"
        wanted = f"some after start_training and validation_every, within {of_run}"
        yield Mismatch("diagnostics_every", found, wanted)


def _reset_problems(training: Training, utds: list[float]) -> Iterable[Mismatch]:
    longest = max(
        training.steps(Setting(task.name, utd, 1, 1.0))
        for task in training.tasks
        for utd in utds
    )
    before = 0
    for number, step in enumerate(training.reset_steps):
        if not before < step < longest:
            wanted = f"more than {before} and less than {longest}, the longest run"
            yield Mismatch(f"reset_steps.{number}", f"{step}", wanted)
        before = step


def _device_problems(training: Training) -> Iterable[Mismatch]:
    """Yield the values that do not fit environments that all step together."""
    least = training.n_step * training.num_envs
    for key, value in (
        ("start_training", training.start_training),
        ("replay", training.replay),
    ):
        if value < least:
            wanted = f"n_step · num_envs = {least} or more, for one whole return"
            yield Mismatch(key, f"{value}", wanted)
    counts = {"diagnostics_every": training.diagnostics_every}
    for number, task in enumerate(training.tasks):
        counts[f"tasks.{number}.log_every"] = task.log_every
    for key, value in counts.items():
        if value % training.num_envs:
            wanted = f"a multiple of num_envs = {training.num_envs}"
            yield Mismatch(key, f"{value}", wanted)
