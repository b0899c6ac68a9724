"""Groups that do not fit into memory are trained in parts, with the same results."""

import math
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.training.registry import make_program
from value_scaling.records import ScalingError, Setting
from value_scaling.records.training import Task, Training
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost import group_memory, speed
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run import one_process
from value_scaling.sweep.run import train_group as group_module
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_set


def plan(folders: Folders) -> SetPlan:
    study = load_study("tiny", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


def group(rates: int, *, size: int) -> GroupPlan:
    """A group of `rates` learning rates that shares its program with one of `size`."""
    settings = tuple(Setting("Pendulum-v1", 1.0, 8, 10.0**-n) for n in range(rates))
    return GroupPlan("tiny", "sweep", settings, 2, 2 * size, 1000)


@pytest.fixture
def training(tiny: Folders) -> Training:
    return plan(tiny).training


@pytest.mark.parametrize(
    ("rates", "size", "room", "wanted", "capacity"),
    [
        (5, 5, 5.0, [5], 10),
        (5, 5, 4.9, [3, 2], 6),
        (5, 5, 2.0, [2, 2, 1], 4),
        (5, 5, 1.0, [1] * 5, 2),
        (5, 5, 0.1, [1] * 5, 2),  # one setting is never divided
        (3, 5, 2.0, [2, 1], 4),  # the remainder of five: the program is the same
        (2, 5, 2.0, [2], 4),
    ],
)
def test_parts_are_of_one_size_and_lose_nothing(
    training: Training,
    rates: int,
    size: int,
    room: float,
    wanted: list[int],
    capacity: int,
) -> None:
    whole = group(rates, size=size)
    one = group_memory.memory(group(1, size=1), training)
    assert group_memory.memory(whole, training) == pytest.approx(size * one)
    found = group_memory.parts(whole, training, room * one * 1.0001)
    assert [len(part.settings) for part in found] == wanted
    assert {part.capacity for part in found} == {capacity}
    assert tuple(s for part in found for s in part.settings) == whole.settings


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [("sac", "Pendulum-v1"), ("td3", "Pendulum-v1"), ("dqn", "CartPole-v1")],
)
def test_the_estimate_is_what_networks_and_replays_take(
    algorithm: str, name: str, training: Training
) -> None:
    """With large networks, so that these count."""
    own = replace(
        training,
        algorithm=algorithm,  # type: ignore[arg-type]
        hidden=(256, 256),
        tasks=(Task(name, "gymnasium", 1000, 500, 100),),
    )
    setting = Setting(name, 1.0, 8, 1e-3)
    whole = GroupPlan("tiny", "sweep", (setting,), 2, 2, 1000)
    program = group_memory.program_of(whole, own)
    runs = jax.ShapeDtypeStruct((2,), np.float32)
    observations = jax.ShapeDtypeStruct((2, program.observation_size), np.float32)
    held = jax.eval_shape(
        program._start,
        jax.ShapeDtypeStruct((2, 2), np.uint32),
        Scalars(runs, runs, runs, runs),  # type: ignore[arg-type]
        (observations, observations),
    )
    real = sum(x.size * x.dtype.itemsize for x in jax.tree.leaves(held))
    assert real <= group_memory.memory(whole, own) * 2**30 * 1.01
    # The estimate always includes an actor.
    assert group_memory.memory(whole, own) * 2**30 < 2.1 * real


def test_in_parts_the_archive_is_the_same(
    tiny: Folders, another: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = plan(another), plan(tiny)
    provenance = {"commit": "abc", "packages": {}, "cpu": "one"}
    assert train_set(whole, TrainingContext(whole.folder, whole.training, provenance))
    gib = group_memory.memory(cut.groups[0], cut.training) / 2
    monkeypatch.setattr(group_module, "available_memory", lambda processes: gib)
    trained: list[int] = []

    def one(part: GroupPlan, *others: object, **named: object) -> bool:
        trained.append(len(part.settings))
        return real(part, *others, **named)  # type: ignore[arg-type]

    real = group_module.train_group
    monkeypatch.setattr(group_module, "train_group", one)
    assert train_set(cut, TrainingContext(cut.folder, cut.training, provenance))
    assert trained == [1, 1, 1, 1]
    assert digest_file(cut.archive) == digest_file(whole.archive)


def test_one_setting_that_does_not_fit_is_refused(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(tiny)
    gib = group_memory.memory(planned.groups[0], planned.training)
    large = replace(
        planned.groups[-1], max_env_steps=50 * planned.groups[-1].max_env_steps
    )
    both = replace(planned, groups=(planned.groups[0], large))
    for module in (one_process, group_module):
        monkeypatch.setattr(module, "available_memory", lambda processes: gib)
    with pytest.raises(ScalingError, match="EXECUTOR=one"):
        train_set(both, TrainingContext(planned.folder, planned.training, {}))
    assert not list(planned.folder.rglob("*.npz"))  # not even settings that would fit
    monkeypatch.setattr(one_process, "available_memory", lambda processes: math.inf)
    with pytest.raises(
        ScalingError, match="EXECUTOR=one"
    ):  # the check of a node of Ray
        train_set(
            replace(planned, groups=(large,)),
            TrainingContext(planned.folder, planned.training, {}),
        )


def test_a_plan_does_not_allocate_what_it_plans(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = replace(training.tasks[0], steps=1_000_000)
    large = replace(training, tasks=(task,), replay=1_000_000, seeds=2)
    whole = replace(group(2, size=2), max_env_steps=1_000_000)
    assert group_memory.memory(whole, large) > 0.1
    made: list[Any] = []

    def make(*given: Any, **named: Any) -> Any:
        made.append(make_program(*given, **named))
        return made[-1]

    monkeypatch.setattr(speed, "make_program", make)
    found = speed.measure_speed([whole], large)
    assert {program.capacity for program in made} == {min(speed.RUNS, whole.capacity)}
    assert all(program.replay_size < 10_000 for program in made)
    assert found["Pendulum-v1"].engine_step > 0
