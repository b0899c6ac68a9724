"""Train the groups of a set on a Ray cluster.

The nodes share the checkout's folder (NFS or similar). Settings and checkpoints are
files there, and nothing else is sent. If the worker or node of a group is lost, another
one takes the group and continues from its last checkpoint.
"""

import logging
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from value_scaling.cluster.connection import connect
from value_scaling.learning.backend import configure
from value_scaling.learning.training.program import Program
from value_scaling.records import ScalingError, Stopped
from value_scaling.sweep.host.processors import Processor, check_gpu
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.checkpointer import CHECKPOINTS
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.progress import progress_bar, work
from value_scaling.sweep.run.set_archive import ArchiveWriter, write_archive
from value_scaling.sweep.run.stopping import (
    catch_stop_signals,
    stop_if_requested,
    stop_requested,
)
from value_scaling.sweep.run.train_group import train_parts

ATTEMPTS = 20
"""Most attempts at one group; a group that is lost each time indicates a fault."""
POLL_SECONDS = 2.0
SAVE_SECONDS = 300.0
"""Seconds that groups in training have to save a checkpoint before they are ended."""
STOPPED = "stopped"
_programs: dict[Program, Program] = {}
"""Programs compiled in this worker, for its later groups."""
_log = logging.getLogger(__name__)


def train_cluster(
    plan: SetPlan,
    context: TrainingContext,
    *,
    cache: Path,
    address: str | None = None,
    gpus: float | None = None,
) -> bool:
    """Train the missing groups on a Ray cluster, one group per core (or GPU) at a time.

    Args:
        cache: folder of compiled programs, also shared.
        address: address of the cluster; None for $RAY_ADDRESS, or a cluster of this
            host alone.
        gpus: number of GPUs for each group; None for one if the cluster has any and
            `$JAX_PLATFORMS` is not cpu.

    Returns:
        whether the set is complete.

    Raises:
        ScalingError: Ray is missing, a group is wrong, or it was lost too often.
        Stopped: a signal asked to stop; the groups in training are saved.
    """
    ray = connect(address)
    if gpus is None:
        there = ray.cluster_resources().get("GPU", 0) >= 1
        gpus = float(there and os.environ.get("JAX_PLATFORMS", "") != "cpu")
    # Ray's own retries would hide losses, so lost groups are retried here.
    remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=0)(_train)
    processor = Processor(gpu="of Ray") if gpus else None
    weights = {group: work(group, plan.training) for group in plan.groups}
    attempts = dict.fromkeys(plan.groups, 0)
    running: dict[Any, GroupPlan] = {}
    packer = ArchiveWriter(plan)
    # Signals reach only this process; the nodes see the file in its folder.
    stop = plan.folder / CHECKPOINTS / f"{uuid4().hex}.stop"
    context = replace(context, stop=stop)

    def submit(group: GroupPlan) -> None:
        attempts[group] += 1
        if attempts[group] > ATTEMPTS:
            raise ScalingError(
                f"{plan.study.name} {plan.set_name}, group {group.name}",
                found=f"that its worker was lost {ATTEMPTS} times",
                expected="nodes that live long enough for a checkpoint",
                fix="check Ray's logs (e.g. for memory), or lower --checkpoint-seconds",
            )
        running[remote.remote(group, context, cache, processor)] = group

    try:
        with catch_stop_signals():  # after Ray, which has a handler of its own
            for group in plan.groups:
                submit(group)
            with progress_bar(plan, ", Ray") as bar:
                while running and not stop_requested():
                    ready, _ = ray.wait(list(running), timeout=POLL_SECONDS)
                    for reference in ready:
                        group = running.pop(reference)
                        if not _finished(ray, reference, group, plan):
                            submit(group)
                            continue
                        bar.update(weights[group])
                        packer.write_if_due()
            if stop_requested():
                stop.parent.mkdir(parents=True, exist_ok=True)
                stop.touch()
                everything = list(running)
                ray.wait(everything, num_returns=len(everything), timeout=SAVE_SECONDS)
                write_archive(plan)
                stop_if_requested()
            return write_archive(plan)
    finally:
        for reference in running:
            ray.cancel(reference, force=True)
        stop.unlink(missing_ok=True)


def _finished(ray: Any, reference: Any, group: GroupPlan, plan: SetPlan) -> bool:
    """Whether a group is finished; False if its worker was lost, to try it again."""
    try:
        problem = ray.get(reference)
    except ray.exceptions.RayError as error:
        if isinstance(error, ray.exceptions.RayTaskError):
            raise  # an exception of our own code: a bug, with its traceback
        _log.warning("%s was lost (%s) and is tried again", group.name, error)
        return False
    if problem == STOPPED:
        return False
    if problem:
        raise ScalingError(
            f"{plan.study.name} {plan.set_name}, group {group.name}",
            found=f"this error in a worker: {problem}",
            expected="runs",
            fix="correct it, then run the same command again",
        )
    if not plan.has_runs(group):
        raise ScalingError(
            f"{plan.study.name} {plan.set_name}, group {group.name}",
            found=f"no file of it in {plan.folder} after a worker had trained it",
            expected="a folder that all nodes share, and one command per set",
            fix="put the checkout on a shared file system, or use --executor local",
        )
    return True


def _train(
    group: GroupPlan,
    context: TrainingContext,
    cache: Path,
    processor: Processor | None = None,
) -> str:
    """Train a group in a worker of Ray; return the text of a user's mistake, or "".

    Ray shows the worker only its own GPU, and ends it after a group.
    """
    configure(cache)
    # A node has at most one process for each core.
    context = replace(context, processes=len(os.sched_getaffinity(0)))
    try:
        if processor is not None:
            check_gpu(processor)
        with catch_stop_signals((signal.SIGTERM, signal.SIGUSR1)):
            train_parts(group, context, _programs, progress=lambda share: None)
    except Stopped:
        return STOPPED
    except ScalingError as error:
        return str(error)
    return ""
