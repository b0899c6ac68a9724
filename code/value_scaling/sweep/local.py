"""All cores, or all GPUs, of one host: a process for each, which share the groups.

The processes need no word from each other: a group is claimed by a lock on a file,
which the system frees when its holder dies, and goes on from its last checkpoint.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from value_scaling.learning.backend import configure
from value_scaling.records import ScalingError
from value_scaling.store.run_files import setting_path
from value_scaling.sweep.sets import SetPlan, train_set, work, write_archive
from value_scaling.sweep.train import Workshop

POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Place:
    """What one process runs on."""

    core: int | None = None
    gpu: int | None = None

    def __str__(self) -> str:
        return f"GPU {self.gpu}" if self.gpu is not None else f"core {self.core}"


def cores() -> tuple[Place, ...]:
    """Return a place for each core that this process may use."""
    return tuple(Place(core=core) for core in sorted(os.sched_getaffinity(0)))


def train_places(
    plan: SetPlan, shop: Workshop, places: Sequence[Place], *, cache: Path
) -> bool:
    """Train the missing groups with one process at each place.

    A process that dies costs what it did since its last checkpoint: while any group is
    finished in a round, another round takes up what is missing.

    Args:
        cache: folder of compiled programs.

    Returns:
        whether the set is whole.

    Raises:
        ScalingError: a round finished nothing.
    """
    context = multiprocessing.get_context("spawn")
    weights = {group: work(group, plan.training) for group in plan.groups}
    with tqdm(
        total=sum(weights.values()),
        desc=f"{plan.study.name} {plan.set_name}, {len(places)} processes",
        bar_format="{desc}: {percentage:5.1f}% |{bar}| {elapsed} spent, about "
        "{remaining} left{postfix}",
        file=sys.stderr,
        disable=not plan.groups,
    ) as bar:
        missing = [group for group in plan.groups if not _done(group, plan)]
        while missing:
            workers = [
                context.Process(target=_work, args=(plan, shop, place, cache))
                for place in places
            ]
            try:
                for worker in workers:
                    worker.start()
                while any(worker.is_alive() for worker in workers):
                    time.sleep(POLL_SECONDS)
                    bar.n = sum(
                        weight
                        for group, weight in weights.items()
                        if _done(group, plan)
                    )
                    bar.refresh()
            finally:
                for worker in workers:
                    worker.terminate()
                    worker.join()
            left = [group for group in missing if not _done(group, plan)]
            if len(left) == len(missing):
                codes = ", ".join(
                    f"{place}: {worker.exitcode}"
                    for place, worker in zip(places, workers, strict=True)
                )
                raise ScalingError(
                    f"study {plan.study.name}, set {plan.set_name}",
                    found=f"that no process finished anything (exit codes: {codes})",
                    expected="one group at least",
                    fix="see the messages above; or wait, if another command trains "
                    "the same set",
                )
            missing = left
    return write_archive(plan)


def _done(group: Any, plan: SetPlan) -> bool:
    return all(setting_path(plan.folder, each).exists() for each in group.settings)


def _work(plan: SetPlan, shop: Workshop, place: Place, cache: Path) -> None:
    """Run in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends us
    if place.core is not None:
        os.sched_setaffinity(0, {place.core})
    if place.gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(place.gpu)
    configure(cache)
    try:
        train_set(plan, shop, quiet=True)
    except ScalingError as error:
        print(f"scaling ({place}): {error}", file=sys.stderr, flush=True)
        raise SystemExit(2) from error
