"""What this host has to train on: its GPUs, else its cores. JAX is not asked.

Asking JAX would start CUDA in the process that asks, and take most of the memory of the
first GPU, which belongs to a worker.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from value_scaling.learning.backend import has_cuda

VISIBLE = "CUDA_VISIBLE_DEVICES"
MEMORY = "XLA_PYTHON_CLIENT_MEM_FRACTION"
_WHOLE = re.compile(r"GPU (\d+): .*")
_SLICE = re.compile(r"\s+MIG .*\(UUID: (MIG-[^)]+)\)")


@dataclass(frozen=True)
class Place:
    """What one process runs on."""

    core: int | None = None
    gpu: str | None = None
    """As `$CUDA_VISIBLE_DEVICES` names it: a number, or an identifier."""

    def __str__(self) -> str:
        return f"GPU {self.gpu}" if self.gpu is not None else f"core {self.core}"

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that its process begins with."""
        if self.gpu is None:
            return {"JAX_PLATFORMS": "cpu"}
        return {VISIBLE: self.gpu, MEMORY: os.environ.get(MEMORY, "0.92")}


def places() -> tuple[Place, ...]:
    """Return a place for each GPU; where there is none that JAX can use, each core."""
    found = gpus()
    if found and has_cuda():
        return tuple(Place(gpu=each) for each in found)
    if found and "cpu" not in os.environ.get("JAX_PLATFORMS", ""):
        print(
            f"scaling: {len(found)} GPUs are here, but the JAX that is installed is "
            "for the CPU: training on the cores (see `make gpu-check`)",
            file=sys.stderr,
        )
    return cores()


def cores() -> tuple[Place, ...]:
    """Return a place for each core that this process may use."""
    return tuple(Place(core=core) for core in sorted(os.sched_getaffinity(0)))


def gpus(
    environment: Mapping[str, str] = os.environ,
    *,
    devices: Path = Path("/dev"),
    command: str = "nvidia-smi",
) -> tuple[str, ...]:
    """Return the NVIDIA GPUs of this host that may be used, by their names.

    Args:
        environment: a list in `$CUDA_VISIBLE_DEVICES` is taken as it is, up to its
            first -1, as CUDA does.
        devices: folder of devices, for where `command` is missing.
        command: that lists GPUs, and the slices (MIG) of those that are divided.
    """
    visible = environment.get(VISIBLE)
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        stop = next((i for i, name in enumerate(names) if name in ("", "-1")), None)
        return tuple(names[:stop])
    try:
        done = subprocess.run(
            [command, "-L"], capture_output=True, text=True, timeout=60
        )
        if done.returncode == 0:
            return _listed(done.stdout)
    except (OSError, subprocess.TimeoutExpired):
        pass  # no such command, or a driver that hangs: the devices tell
    numbers = (
        re.fullmatch(r"nvidia(\d+)", path.name) for path in devices.glob("nvidia*")
    )
    return tuple(sorted((found[1] for found in numbers if found), key=int))


def _listed(text: str) -> tuple[str, ...]:
    """Read what `nvidia-smi -L` prints; a GPU that is divided counts by its slices."""
    found: list[str] = []
    for line in text.splitlines():
        if whole := _WHOLE.match(line):
            found.append(whole[1])
        elif part := _SLICE.match(line):
            if found and found[-1].isdecimal():
                found.pop()
            found.append(part[1])
    return tuple(found)
