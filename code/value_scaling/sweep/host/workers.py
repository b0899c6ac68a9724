"""The processes that an executor trains with, and the memory for a group in each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from value_scaling.sweep.host.memory import available_host_memory
from value_scaling.sweep.host.processors import Processor


@dataclass(frozen=True)
class Workers:
    """Processes that train at the same time."""

    count: int
    on: str
    """What each process has to itself: core, GPU or node."""
    available: float
    """Most GiB of a group; infinite if only the process itself can know."""


def workers(executor: str, processors: Sequence[Processor]) -> Workers:
    """Return the processes that an executor would train with.

    Args:
        executor: one, local, ray or slurm.
        processors: processors of this host; a cluster states its own only when it
            answers.
    """
    if executor in ("ray", "slurm"):
        return Workers(1, "node", math.inf)
    count = 1 if executor == "one" else len(processors)
    if any(processor.gpu is not None for processor in processors):
        return Workers(count, "GPU", math.inf)
    return Workers(count, "core", available_host_memory(count))
