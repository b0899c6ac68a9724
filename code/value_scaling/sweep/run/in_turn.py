"""Advance several groups of one process in turn.

While the updates of one group run on the GPU, another group steps its environments on
the host. Each group makes the same computations, with the same program, as if it were
alone, so its results are the same to the bit.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass

from value_scaling.records import Stopped

Turns = Generator[None, None, bool]
"""Training that pauses after each turn; it returns whether it trained anything."""


@dataclass(frozen=True)
class Job:
    """Something to train."""

    begin: Callable[[], Turns]
    gib: float
    """GiB that it takes on the device; infinite if it has to be alone."""


def finish(turns: Turns) -> bool:
    """Take all turns and return the result."""
    while True:
        try:
            next(turns)
        except StopIteration as end:
            return bool(end.value)


def in_turn(jobs: Iterable[Job], *, most: int, gib: float) -> Iterator[bool]:
    """Train jobs, several at a time, and yield the result of each when it ends.

    Args:
        most: number of jobs that take turns.
        gib: GiB that they may take together; a larger job is alone.

    Raises:
        Stopped: a signal asked to stop; every job has saved its work.
    """
    waiting = list(jobs)
    running: dict[Turns, Job] = {}
    stopped: Stopped | None = None
    try:
        while running or (waiting and stopped is None):
            while waiting and stopped is None and _fits(waiting[0], running, most, gib):
                job = waiting.pop(0)
                running[job.begin()] = job
            for turns in tuple(running):
                try:
                    next(turns)
                except StopIteration as end:
                    del running[turns]
                    yield bool(end.value)
                except Stopped as stop:
                    del running[turns]
                    stopped = stop
    finally:
        for turns in running:
            turns.close()  # after an error in another job
    if stopped is not None:
        raise stopped


def _fits(job: Job, running: dict[Turns, Job], most: int, gib: float) -> bool:
    if not running:
        return True
    taken = sum(each.gib for each in running.values())
    return len(running) < most and taken + job.gib <= gib
