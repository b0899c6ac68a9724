"""What a Slurm task assumes about its node."""

import os

import pytest

from value_scaling.sweep.run.clusters.slurm_task import processes_of_node


@pytest.mark.parametrize(("stated", "cores", "wanted"), [("1", 8, 8), ("4", 8, 2)])
def test_tasks_share_the_memory_of_a_node(
    stated: str, cores: int, wanted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that is bound to one core still counts the others."""
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", stated)
    assert processes_of_node() == wanted
    monkeypatch.delenv("SLURM_CPUS_PER_TASK")
    assert processes_of_node() == cores
