"""Find the NVIDIA GPUs of this host without JAX.

JAX would start CUDA in the calling process and take most of the memory of the first
GPU, which belongs to a worker.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

VISIBLE = "CUDA_VISIBLE_DEVICES"


def gpus(
    environment: Mapping[str, str] = os.environ, *, devices: Path = Path("/dev")
) -> tuple[str, ...]:
    """Return the GPUs that may be used, as `$CUDA_VISIBLE_DEVICES` names them.

    A GPU that is divided (MIG) counts by its slices.

    Args:
        environment: environment variables; a list in `$CUDA_VISIBLE_DEVICES` is used as
            it is, up to its first -1, as CUDA does.
        devices: folder of devices, for containers without NVIDIA's management library.
    """
    if VISIBLE in environment:
        names = (name.strip() for name in environment[VISIBLE].split(","))
        return tuple(takewhile(lambda name: name not in ("", "-1"), names))
    with suppress(ImportError):
        import pynvml

        with suppress(pynvml.NVMLError):
            pynvml.nvmlInit()
            return _listed(pynvml)
    found = (
        re.fullmatch(r"nvidia(\d+)", path.name) for path in devices.glob("nvidia*")
    )
    return tuple(sorted((each[1] for each in found if each), key=int))


def _listed(nvml: Any) -> tuple[str, ...]:
    found: list[str] = []
    for index in range(nvml.nvmlDeviceGetCount()):
        gpu = nvml.nvmlDeviceGetHandleByIndex(index)
        slices = []
        with suppress(nvml.NVMLError_NotSupported):
            for number in range(nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)):
                with suppress(nvml.NVMLError_NotFound):
                    own = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, number)
                    slices.append(nvml.nvmlDeviceGetUUID(own))
        found += slices or [str(index)]
    return tuple(found)
