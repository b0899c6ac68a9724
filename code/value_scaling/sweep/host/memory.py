"""How much memory this host has, and a process of it may take and has taken."""

import resource
from pathlib import Path

from psutil import virtual_memory

from value_scaling.learning.backend import device_memory

GIB = 2**30
HOST_SHARE = 0.8
"""Of the host's memory, for all processes: the system has its own needs."""
PROCESS_GIB = 0.7
"""What a process takes beside replays and networks: Python, JAX, compiled programs."""
DEVICE_SHARE = 0.9
"""Of the memory that JAX has of a GPU: batches and temporaries take some beside."""
CGROUPS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""The limit of a container, versions 2 and 1; psutil knows that of the host alone."""


def host_room(processes: int) -> float:
    """Return the GiB that a group may take on a CPU, if so many processes train."""
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
    """Return the most GiB that this process has taken so far."""
    # psutil knows what a process takes now, and not the most it has taken.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB


def room(processes: int = 1) -> float:
    """Return the GiB that a group may take in this process.

    Args:
        processes: that share the host's memory; a GPU belongs to one of them.
    """
    found = device_memory()
    if found is not None:
        return DEVICE_SHARE * found / GIB
    return host_room(processes)
