"""Processes that share the groups of a set, one of which is killed."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.host.processors import Processor, cores
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run import local
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.local import train_host


def make(folders: Folders) -> tuple[SetPlan, TrainingContext]:
    study = load_study("tiny", folders)
    plan = plan_set(study, "sweep", load_training(study, folders), folders)
    provenance = {"commit": "abc", "packages": {}, "cpu": "one"}
    return plan, TrainingContext(plan.folder, plan.training, provenance)


def test_a_killed_process_is_replaced(tiny: Folders, cache: Path) -> None:
    plan, context = make(tiny)
    killed, over = [], threading.Event()

    def kill() -> None:
        locks = plan.folder / "checkpoints"
        while not list(locks.glob("*.lock")):
            if over.wait(0.01):
                return
        for child in psutil.Process(os.getpid()).children():
            if child.status() == psutil.STATUS_ZOMBIE:
                continue
            if "spawn_main" in " ".join(child.cmdline()):
                child.send_signal(signal.SIGKILL)
                killed.append(child.pid)
                return

    thread = threading.Thread(target=kill)
    thread.start()
    processors = [
        Processor(core=core) for core in sorted(os.sched_getaffinity(0))[:1]
    ] * 2
    try:
        assert train_host(plan, context, processors, cache=cache)
    finally:
        over.set()
        thread.join()
    assert killed
    assert make(tiny)[0].groups == ()


def test_processes_end_when_their_parent_is_killed(tiny: Folders, cache: Path) -> None:
    parent = multiprocessing.get_context("spawn").Process(
        target=train_alone, args=(tiny, cache)
    )
    parent.start()
    children: list[psutil.Process] = []
    locks = make(tiny)[0].folder / "checkpoints"
    while not children:
        time.sleep(0.01)
        assert parent.is_alive()
        if list(locks.glob("*.lock")):
            children = [
                child
                for child in psutil.Process(parent.pid).children()
                if "spawn_main" in " ".join(child.cmdline())
            ]
    parent.kill()
    parent.join()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert make(tiny)[0].groups  # they stopped before all groups were trained


def train_alone(tiny: Folders, cache: Path) -> None:
    plan, context = make(tiny)
    train_host(plan, context, cores()[:1], cache=cache)


def test_an_error_in_every_process_is_told(
    tiny: Folders,
    cache: Path,
    capfd: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tiny.studies / "training" / "tiny.toml"
    path.write_text(path.read_text().replace('"gymnasium"', '"dm_control"'))
    plan, context = make(tiny)
    with pytest.raises(ScalingError, match="dm_control does not have it"):
        train_host(plan, context, cores()[:1], cache=cache)
    monkeypatch.setattr(
        local, "check_all_fit", lambda *given: None
    )  # in this process, not in the children
    with pytest.raises(ScalingError, match=r"exit codes: core \d+: 2"):
        train_host(plan, context, cores()[:1], cache=cache)
    assert "dm_control does not have it" in capfd.readouterr().err


def test_what_does_not_fit_is_told_once_and_nothing_is_trained(
    tiny: Folders, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, context = make(tiny)
    monkeypatch.setattr(local, "available_host_memory", lambda processes: 1e-6)
    with pytest.raises(ScalingError, match="EXECUTOR=one"):
        train_host(plan, context, cores()[:1], cache=cache)
    assert not list(plan.folder.rglob("*.npz"))


def test_a_gpu_that_jax_does_not_use_is_told(
    tiny: Folders, cache: Path, capfd: pytest.CaptureFixture
) -> None:
    """Each child of a host with two GPUs reports it, since this host has none."""
    plan, context = make(tiny)
    with pytest.raises(ScalingError, match=r"exit codes: GPU 0: 2, GPU 1: 2"):
        train_host(plan, context, [Processor(gpu="0"), Processor(gpu="1")], cache=cache)
    said = capfd.readouterr().err
    assert "GPU 0" in said and "GPU 1" in said
    assert "make gpu-check" in said
    assert make(tiny)[0].groups == plan.groups


@pytest.mark.parametrize("env", ["CartPole-v1", "NoSuchTask-v1"])
def test_a_task_that_cannot_be_trained_on_is_refused_before_anything_is_written(
    tiny: Folders, env: str, cache: Path
) -> None:
    for path in tiny.studies.rglob("tiny.toml"):
        path.write_text(path.read_text().replace("Pendulum-v1", env))
    before = sorted(tiny.root.rglob("*"))
    plan, context = make(tiny)
    with pytest.raises(ScalingError, match=f"environment {env}"):
        train_host(plan, context, cores()[:1], cache=cache)
    assert sorted(tiny.root.rglob("*")) == before
