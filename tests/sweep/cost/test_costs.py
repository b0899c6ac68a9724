"""The hours, memory and disk in a plan, for each kind of executor."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from value_scaling.sweep.cost.costs import NOTHING, Cost, total
from value_scaling.sweep.host import workers
from value_scaling.sweep.host.processors import Processor
from value_scaling.sweep.host.workers import Workers

ONE = Cost(runs=8, steps=1e6, updates=1e6, core_hours=8.0, gpu_hours=1.0, memory=2.0)
CORES = tuple(Processor(core=core) for core in range(4))
GPUS = (Processor(gpu="0"), Processor(gpu="1"))


def said(
    executor: str, processors: tuple[Processor, ...], folder: Path, one: Cost = ONE
) -> str:
    return total(one, folder, workers.workers(executor, processors))


@pytest.fixture(autouse=True)
def host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose processes share 10 GiB."""
    monkeypatch.setattr(
        workers, "available_host_memory", lambda processes: 10.0 / processes
    )


@pytest.mark.parametrize(
    ("executor", "processors", "wanted"),
    [
        ("local", CORES, Workers(4, "core", 2.5)),
        ("one", CORES, Workers(1, "core", 10.0)),
        ("local", GPUS, Workers(2, "GPU", math.inf)),
        ("one", GPUS, Workers(1, "GPU", math.inf)),
        ("ray", CORES, Workers(1, "node", math.inf)),
        ("slurm", CORES, Workers(1, "node", math.inf)),
    ],
)
def test_who_trains(
    executor: str, processors: tuple[Processor, ...], wanted: Workers
) -> None:
    assert workers.workers(executor, processors) == wanted


def test_cores_share_hours_memory_and_disk(tmp_path: Path) -> None:
    text = said("local", CORES, tmp_path)
    assert "8.0 hours of one core, 2.0 hours on 4 cores" in text
    assert "a process for each core" in text
    assert "8.00 of checkpoints" in text
    assert "TOO SMALL" not in text
    alone = said("one", CORES, tmp_path)
    assert "with one process" in alone
    assert "2.00 of checkpoints" in alone
    assert "cores" not in alone


def test_what_does_not_fit_is_said_of_cores_alone(tmp_path: Path) -> None:
    large = replace(ONE, memory=4.0)
    text = said("local", CORES, tmp_path, large)
    assert "THE MEMORY IS TOO SMALL for a process for each core" in text
    assert "which has 2.5 GiB" in text
    for executor, processors in (("one", CORES), ("local", GPUS), ("ray", CORES)):
        assert "MEMORY" not in said(executor, processors, tmp_path, large)
    assert "4.0 GiB of a GPU's memory" in said("local", GPUS, tmp_path, large)
    assert "8.00 of checkpoints" in said("local", GPUS, tmp_path, large)


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    assert "THE DISK IS TOO SMALL" in said(
        "one", CORES, tmp_path, replace(ONE, disk=1e9)
    )
    assert total(NOTHING, tmp_path, Workers(1, "core", 1.0)).endswith("missing.")


def test_costs_of_sets_are_joined() -> None:
    """Costs add up, but only the maximum counts for resources needed at one time."""
    other = Cost(runs=2, steps=1e5, core_hours=1.0, memory=3.0, gpu_runs=4, disk=0.5)
    both = ONE + other
    assert (both.runs, both.steps, both.core_hours) == (10, 1.1e6, 9.0)
    assert (both.memory, both.gpu_runs, both.disk) == (3.0, 4, 0.5)
    assert NOTHING + ONE == ONE
