"""The memory of this host, and what a process may use and has used of it."""

import resource
from pathlib import Path

from psutil import virtual_memory

from value_scaling.learning.backend import device_memory

GIB = 2**30
HOST_SHARE = 0.8
"""Share of the host's memory for all processes; the system needs the rest."""
PROCESS_GIB = 0.7
"""GiB of a process besides replays and networks: Python, JAX, compiled programs."""
DEVICE_SHARE = 0.9
"""Share of JAX's memory on a GPU for a group; batches and temporaries need the rest."""
CGROUPS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Files with a container's limit (cgroups 2 and 1); psutil reports only the host's."""


def available_host_memory(processes: int) -> float:
    """Return the GiB available to a group if this many processes train on the CPU."""
    return max(0.0, HOST_SHARE * host_memory() / GIB / processes - PROCESS_GIB)


def host_memory(limits: tuple[Path, ...] = CGROUPS) -> float:
    """Return the bytes of the host's memory, or of the container's share of it."""
    whole = float(virtual_memory().total)
    for path in limits:
        try:
            text = path.read_text().strip()
        except OSError:
            continue  # another version, or another system
        if text.isdecimal():
            return min(whole, float(text))
    return whole


def peak_memory() -> float:
    """Return the most GiB that this process has used so far."""
    # psutil reports the current memory of a process, but not its peak.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB


def available_memory(processes: int = 1) -> float:
    """Return the GiB available to a group in this process.

    Args:
        processes: number of processes that share the host's memory; a GPU belongs to
            one.
    """
    found = device_memory()
    if found is not None:
        return DEVICE_SHARE * found / GIB
    return available_host_memory(processes)
