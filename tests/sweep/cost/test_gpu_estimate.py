"""The GPU estimate of `scaling plan`, compared with measurements on one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from value_scaling.records.training import HOST_ALGORITHMS, Training
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost import gpu_estimate, group_memory
from value_scaling.sweep.cost.gpu_estimate import H100, on_gpu
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import plan_set

MEASURED = Path(__file__).parents[3] / "docs" / "gpu.json"


@pytest.fixture
def planned(tiny: Folders) -> tuple[tuple[GroupPlan, ...], Training]:
    study = load_study("tiny", tiny)
    plan = plan_set(study, "sweep", load_training(study, tiny), tiny)
    return plan.groups, plan.training


@pytest.mark.parametrize("algorithm", HOST_ALGORITHMS)
def test_every_algorithm_has_an_estimate(
    algorithm: str, planned: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An algorithm that was not measured has the estimate of one that was."""
    groups, training = planned
    monkeypatch.setattr(gpu_estimate, "parts", lambda group, *_: (group,))
    monkeypatch.setattr(gpu_estimate, "memory", lambda *_: 1.0)
    program = group_memory.program_of(groups[0], training)
    monkeypatch.setattr(gpu_estimate, "program_of", lambda *_: program)
    found = on_gpu(groups, replace(training, algorithm=algorithm))
    measured = {"bro_minimal": "bro", "td3": "sac", "dqn": "sac"}.get(algorithm)
    assert found == on_gpu(groups, replace(training, algorithm=measured or algorithm))
    assert found.hours > 0


def test_a_gpu_that_is_full_takes_a_group_in_parts(planned: tuple) -> None:
    groups, training = planned
    whole = on_gpu(groups, training)
    need = group_memory.memory(groups[0], training)
    small = replace(H100, memory=need / 2)
    in_parts = on_gpu(groups, training, small)
    assert in_parts.runs == whole.runs / 2 == 2
    assert in_parts.memory == pytest.approx(need / 2)
    assert in_parts.hours > whole.hours


@pytest.mark.parametrize("algorithm", ["sac", "bro", "pql"])
def test_the_model_of_an_h100_gives_what_was_measured_on_one(algorithm: str) -> None:
    """Within a third for each number of runs and σ in docs/gpu.json."""
    rows = json.loads(MEASURED.read_text(encoding="utf-8"))["rows"]
    own = [row for row in rows if row["part"] == algorithm and "utd" in row]
    assert len(own) >= 4
    rates = H100.rates(algorithm)
    for row in own:
        flops = 10 * row["critic_parameters"] * row["batch_size"] * row["runs"]
        update = rates.launch + flops / rates.flops
        seconds = rates.turn + row["utd"] * update
        rate = row["runs"] * row["utd"] / seconds
        assert rate == pytest.approx(row["updates_per_second"], rel=1 / 3), row
