"""What `scaling plan` says, against what is then done."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from value_scaling.learning.training.group import Group, make_program
from value_scaling.learning.training.program import Program
from value_scaling.records.training import HOST_ALGORITHMS, Training
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost import estimate, gpu_estimate, group_memory
from value_scaling.sweep.cost.estimate import Speed
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import plan_set

MEASURED = Path(__file__).parents[3] / "docs" / "gpu.json"


@pytest.fixture
def planned(tiny: Folders) -> tuple[tuple[GroupPlan, ...], Training]:
    study = load_study("tiny", tiny)
    plan = plan_set(study, "sweep", load_training(study, tiny), tiny)
    return plan.groups, plan.training


def test_runs_steps_and_updates_are_counted(planned: tuple) -> None:
    count = estimate.amount(*planned)
    assert count.runs == 8
    assert count.steps == 8 * 1000
    assert count.updates == 4 * 900 * (1 + 2)


def test_speeds_add_up(planned: tuple) -> None:
    groups, training = planned
    speed = Speed({"Pendulum-v1": 1e-3}, step=1e-4, update=1e-2, update_sample=1e-3)
    wanted = 4 * (1000 * (1e-4 + 1.1e-3) + 2 * 900 * (1e-2 + 8e-3))
    assert speed.of(groups[1], training) == pytest.approx(wanted)


def test_the_calibration_is_of_the_right_size(planned: tuple) -> None:
    groups, training = planned
    programs: dict = {}
    speed = estimate.calibrate(groups, training, programs)
    assert len(programs) == 1
    group = groups[1]
    program = make_program(
        group.runs, training, capacity=group.capacity, longest=group.longest
    )
    real = Group(group.runs, training, programs[program])
    real.advance(550)  # diagnostics and validation are compiled
    clock = time.process_time()
    real.advance(950)
    spent = time.process_time() - clock
    assert 0.2 < speed.of(group, training) * 400 / 1000 / spent < 5


def test_parameters_of_the_papers_network_are_those_it_reports() -> None:
    """Twin critics of 256x256 on HalfCheetah: 144,386."""
    program = Program(
        config=estimate_config(256),
        observation_size=17,
        action_size=6,
        batch_size=1,
        capacity=1,
        slots=10,
        validation_slots=10,
    )
    assert group_memory.parameters(program) == 144_386


def estimate_config(width: int) -> object:
    from value_scaling.learning.agents.sac import SACConfig

    return SACConfig(hidden=(width, width))


def test_a_gpu_that_is_full_takes_a_group_in_parts(planned: tuple) -> None:
    groups, training = planned
    whole = gpu_estimate.on_device(groups, training)
    need = group_memory.memory(groups[0], training)
    small = replace(gpu_estimate.H100, memory=need / 2)
    parts = gpu_estimate.on_device(groups, training, small)
    assert parts.runs_packed == whole.runs_packed / 2 == 2
    assert parts.memory == pytest.approx(need / 2)
    assert parts.hours > whole.hours


@pytest.mark.parametrize("algorithm", HOST_ALGORITHMS)
def test_every_algorithm_has_an_estimate_for_a_gpu(
    algorithm: str, planned: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of one which was measured, where it was not itself."""
    groups, training = planned
    monkeypatch.setattr(gpu_estimate, "parts", lambda group, *_: (group,))
    monkeypatch.setattr(gpu_estimate, "memory", lambda *_: 1.0)
    program = group_memory.program_of(groups[0], training)
    monkeypatch.setattr(gpu_estimate, "program_of", lambda *_: program)
    found = gpu_estimate.on_device(groups, replace(training, algorithm=algorithm))
    measured = {"bro_minimal": "bro", "td3": "sac", "dqn": "sac"}.get(algorithm)
    wanted = replace(training, algorithm=measured or algorithm)
    assert found == gpu_estimate.on_device(groups, wanted)
    assert found.hours > 0


@pytest.mark.parametrize("algorithm", ["sac", "bro", "pql"])
def test_the_model_of_an_h100_gives_what_was_measured_on_one(algorithm: str) -> None:
    """Within a third for each number of runs and σ in docs/gpu.json."""
    rows = json.loads(MEASURED.read_text(encoding="utf-8"))["rows"]
    own = [row for row in rows if row["part"] == algorithm and "utd" in row]
    assert len(own) >= 4
    gpu = gpu_estimate.H100
    for row in own:
        flops = 10 * row["critic_parameters"] * row["batch_size"] * row["runs"]
        update = gpu.launch[algorithm] + flops / gpu.flops[algorithm]
        seconds = gpu.turn[algorithm] + row["utd"] * update
        rate = row["runs"] * row["utd"] / seconds
        assert rate == pytest.approx(row["updates_per_second"], rel=1 / 3), row
