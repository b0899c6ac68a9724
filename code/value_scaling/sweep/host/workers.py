"""The processes that an executor trains with, and the memory for a group in each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from value_scaling.sweep.host.memory import host_room
from value_scaling.sweep.host.places import Place


@dataclass(frozen=True)
class Workers:
    """Processes that train at the same time."""

    count: int
    on: str
    """What each process has to itself: core, GPU or node."""
    room: float
    """Most GiB of a group; infinite if only the process itself can know."""


def workers(executor: str, places: Sequence[Place]) -> Workers:
    """Return the processes that an executor would train with.

    Args:
        executor: one, local or ray.
        places: places of this host; those of a cluster are unknown until it answers.
    """
    if executor == "ray":
        return Workers(1, "node", math.inf)
    count = 1 if executor == "one" else len(places)
    if any(place.gpu is not None for place in places):
        return Workers(count, "GPU", math.inf)
    return Workers(count, "core", host_room(count))
