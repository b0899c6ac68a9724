"""All GPUs or all cores of a host, and each child process sees only its own GPU."""

import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from value_scaling.records import ScalingError
from value_scaling.sweep.host import processors
from value_scaling.sweep.host.processors import Processor, cores
from value_scaling.sweep.run import local


def test_all_gpus_else_all_cores(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    monkeypatch.setattr(processors, "has_cuda", lambda: True)
    assert processors.processors() == (Processor(gpu="0"), Processor(gpu="1"))
    monkeypatch.setattr(processors, "has_cuda", lambda: False)
    assert processors.processors() == cores()
    assert "found 2 GPUs, but the installed JAX" in capsys.readouterr().err
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert processors.processors() == cores()
    assert not capsys.readouterr().err


def test_there_is_a_place_for_each_core() -> None:
    assert {processor.core for processor in cores()} == os.sched_getaffinity(0)


def begin(queue: Any) -> None:
    names = ("CUDA_VISIBLE_DEVICES", "XLA_PYTHON_CLIENT_MEM_FRACTION", "JAX_PLATFORMS")
    # The environment before any line of Python ran in the process.
    first = Path("/proc/self/environ").read_text().split("\0")
    queue.put({x for x in first if x.split("=")[0] in names})


def test_a_child_begins_with_its_gpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything that the child imports, including JAX, finds no other GPU."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    monkeypatch.delenv("XLA_PYTHON_CLIENT_MEM_FRACTION", raising=False)
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    found = []
    for processor in (Processor(gpu="1"), Processor(core=0)):
        worker = context.Process(target=begin, args=(queue,))
        with local._variables(processor.variables):
            worker.start()
        found.append(queue.get(timeout=120))
        worker.join()
    assert found == [
        {"CUDA_VISIBLE_DEVICES=1", "XLA_PYTHON_CLIENT_MEM_FRACTION=0.92"},
        {"CUDA_VISIBLE_DEVICES=0,1", "JAX_PLATFORMS=cpu"},
    ]
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert "JAX_PLATFORMS" not in os.environ


def test_a_core_is_never_taken_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "device", lambda: "cpu")
    with pytest.raises(ScalingError, match=r"GPU 1: .*on the CPU.*make gpu-check"):
        processors.check_gpu(Processor(gpu="1"))

    def broken() -> str:
        raise RuntimeError("CUDA_ERROR_NO_DEVICE")

    monkeypatch.setattr(processors, "device", broken)
    with pytest.raises(ScalingError, match=r"does not start \(CUDA_ERROR_NO_DEVICE"):
        processors.check_gpu(Processor(gpu="1"))
    monkeypatch.setattr(processors, "device", lambda: "NVIDIA H100")
    processors.check_gpu(Processor(gpu="1"))
