"""The processors of this host that train: its GPUs, or otherwise its cores."""

import os
import sys
from dataclasses import dataclass

from value_scaling.learning.backend import device, has_cuda
from value_scaling.records import ScalingError
from value_scaling.sweep.host.gpus import VISIBLE, gpus

MEMORY = "XLA_PYTHON_CLIENT_MEM_FRACTION"


@dataclass(frozen=True)
class Processor:
    """The core or GPU that one process trains on."""

    core: int | None = None
    gpu: str | None = None
    """GPU as `$CUDA_VISIBLE_DEVICES` names it: a number, or an identifier."""

    def __str__(self) -> str:
        return f"GPU {self.gpu}" if self.gpu is not None else f"core {self.core}"

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment variables that its process starts with."""
        if self.gpu is None:
            return {"JAX_PLATFORMS": "cpu"}
        return {VISIBLE: self.gpu, MEMORY: os.environ.get(MEMORY, "0.92")}


def processors() -> tuple[Processor, ...]:
    """Return the GPUs of this host, or its cores if JAX can use no GPU."""
    found = gpus()
    if found and has_cuda():
        return tuple(Processor(gpu=each) for each in found)
    if found and "cpu" not in os.environ.get("JAX_PLATFORMS", ""):
        print(
            f"scaling: found {len(found)} GPUs, but the installed JAX is for the CPU: "
            "training on the cores (see `make gpu-check`)",
            file=sys.stderr,
        )
    return cores()


def cores() -> tuple[Processor, ...]:
    """Return the cores that this process may use."""
    return tuple(Processor(core=core) for core in sorted(os.sched_getaffinity(0)))


def check_gpu(processor: Processor) -> None:
    """Refuse to train on a core instead of a GPU.

    Raises:
        ScalingError: JAX does not use the GPU, or does not start.
    """
    try:
        found = "that JAX computes on the CPU" if device() == "cpu" else ""
    except RuntimeError as error:
        found = f"that JAX does not start ({' '.join(str(error).split()):.300})"
    if found:
        raise ScalingError(
            str(processor),
            found=found,
            expected="a GPU that JAX can use",
            fix="run `make gpu-check`, which names the cause; or set "
            "JAX_PLATFORMS=cpu to train on the cores",
        )
