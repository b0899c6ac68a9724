"""The estimate of `scaling plan`, compared with the training that follows."""

import time
from dataclasses import replace

import pytest

from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.registry import make_group, make_program
from value_scaling.records.training import Training
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost import costs
from value_scaling.sweep.cost import speed as speed_module
from value_scaling.sweep.cost.speed import Speed, measure_speed
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import plan_set


@pytest.fixture
def planned(tiny: Folders) -> tuple[tuple[GroupPlan, ...], Training]:
    study = load_study("tiny", tiny)
    plan = plan_set(study, "sweep", load_training(study, tiny), tiny)
    return plan.groups, plan.training


def test_runs_steps_and_updates_are_counted(planned: tuple) -> None:
    count = costs.count(*planned)
    assert count.runs == 8
    assert count.steps == 8 * 1000
    assert count.updates == 4 * 900 * (1 + 2)


def test_speeds_add_up(planned: tuple) -> None:
    groups, training = planned
    speed = Speed(1e-3, step=1e-4, update=1e-2, update_sample=1e-3)
    wanted = 4 * (1000 * (1e-4 + 1.1e-3) + 2 * 900 * (1e-2 + 8e-3))
    assert speed.of(groups[1], training) == pytest.approx(wanted)


def test_each_algorithm_is_tried(
    planned: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups, training = planned
    task = training.tasks[0]
    other = replace(task, name="MountainCarContinuous-v0", algorithm="td3")
    mixed = replace(training, tasks=(task, other))
    setting = replace(groups[0].settings[0], env=other.name)
    both = (*groups, replace(groups[0], settings=(setting,)))
    seconds = {"sac": 1e-2, "td3": 3e-2}

    def tried(group: GroupPlan, training: Training) -> tuple[float, float]:
        return 1e-3, seconds[training.of(group.settings[0].env).algorithm]

    monkeypatch.setattr(speed_module, "_try", tried)
    found = measure_speed(both, mixed)
    assert {env: speed.update for env, speed in found.items()} == {
        task.name: 1e-2,
        other.name: 3e-2,
    }


@pytest.mark.parametrize(("width", "runs"), [(8, 4), (512, 2), (4096, 1)])
def test_large_networks_are_tried_with_few_runs(
    planned: tuple, width: int, runs: int
) -> None:
    """At width 512, N is 5.3e5, and 30 updates of a run take 8e10 FLOPs."""
    groups, training = planned
    setting = replace(groups[0].settings[0], batch_size=512)
    group = replace(groups[0], settings=(setting,))
    large = replace(training, hidden=(width, width))
    assert speed_module._number_of_runs(group, large, speed_module.ON_HOST) == runs


def test_the_speed_is_of_the_right_size(planned: tuple) -> None:
    groups, training = planned
    speed = measure_speed(groups, training)["Pendulum-v1"]
    group = groups[1]
    program = make_program(
        group.runs, training, capacity=group.capacity, max_env_steps=group.max_env_steps
    )
    real = make_group(group.runs, training, program)
    real.advance(550)  # diagnostics and validation are compiled
    clock = time.process_time()
    real.advance(950)
    spent = time.process_time() - clock
    assert 0.2 < speed.of(group, training) * 400 / 1000 / spent < 5


def test_parameters_of_the_papers_network_are_those_it_reports() -> None:
    """Twin critics of 256x256 on HalfCheetah: 144,386."""
    program = HostProgram(
        config=estimate_config(256),
        observation_size=17,
        action_size=6,
        batch_size=1,
        capacity=1,
        replay_size=10,
        validation_size=10,
    )
    assert program.model_size == 144_386


def estimate_config(width: int) -> object:
    from value_scaling.learning.agents.sac import SACConfig

    return SACConfig(hidden=(width, width))
