"""Train on all cores or all GPUs of one host, with one process for each.

The processes do not communicate. Each claims a group by a lock on a file, which the
system frees when the process dies; the group then continues from its last checkpoint.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from value_scaling.learning.backend import configure
from value_scaling.records import ScalingError, Stopped
from value_scaling.sweep.cost.group_memory import check_all_fit
from value_scaling.sweep.host.memory import available_host_memory
from value_scaling.sweep.host.processors import Processor, check_gpu
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_groups
from value_scaling.sweep.run.progress import progress_bar, work
from value_scaling.sweep.run.set_archive import ArchiveWriter, write_archive
from value_scaling.sweep.run.stopping import (
    catch_stop_signals,
    stop_if_requested,
    stop_requested,
)

POLL_SECONDS = 1.0


def train_host(
    plan: SetPlan,
    context: TrainingContext,
    processors: Sequence[Processor],
    *,
    cache: Path,
) -> bool:
    """Train the missing groups with one process on each processor.

    A process that dies loses only what it did since its last checkpoint. After a round
    in which any group was finished, another round trains what is still missing.

    Args:
        cache: folder of compiled programs.

    Returns:
        whether the set is complete.

    Raises:
        ScalingError: a setting does not fit into a core's share of the memory, or a
            round finished nothing.
        Stopped: a signal asked to stop; every process has saved its work.
    """
    with catch_stop_signals():
        return _train_host(plan, context, processors, cache)


def _train_host(
    plan: SetPlan,
    context: TrainingContext,
    processors: Sequence[Processor],
    cache: Path,
) -> bool:
    if all(processor.gpu is None for processor in processors):
        # Each process checks the memory of its own GPU.
        check_all_fit(
            plan.groups, plan.training, available_host_memory(len(processors))
        )
    spawn = multiprocessing.get_context("spawn")
    context = replace(context, processes=len(processors))
    weights = {group: work(group, plan.training) for group in plan.groups}
    packer, count = ArchiveWriter(plan), 0
    with progress_bar(plan, f", {len(processors)} processes") as bar:
        missing = [group for group in plan.groups if not plan.has_runs(group)]
        while missing:
            workers = [
                spawn.Process(target=_work, args=(plan, context, processor, cache))
                for processor in processors
            ]
            try:
                for worker, processor in zip(workers, processors, strict=True):
                    with _variables(processor.variables):
                        worker.start()
                while any(worker.is_alive() for worker in workers):
                    time.sleep(POLL_SECONDS)
                    if stop_requested():
                        break
                    done = [group for group in weights if plan.has_runs(group)]
                    bar.update(sum(weights[group] for group in done) - bar.n)
                    if len(done) > count:
                        count = len(done)
                        packer.write_if_due()
            except KeyboardInterrupt:  # the second one
                for worker in workers:
                    worker.kill()
                raise
            finally:
                for worker in workers:
                    if worker.pid is not None:
                        worker.terminate()  # it saves a checkpoint
                for worker in workers:
                    if worker.pid is not None:
                        worker.join()
            if stop_requested():
                write_archive(plan)
                stop_if_requested()
            left = [group for group in missing if not plan.has_runs(group)]
            if len(left) == len(missing):
                codes = ", ".join(
                    f"{processor}: {worker.exitcode}"
                    for processor, worker in zip(processors, workers, strict=True)
                )
                raise ScalingError(
                    f"study {plan.study.name}, set {plan.set_name}",
                    found=f"that no process finished anything (exit codes: {codes})",
                    expected="at least one finished group",
                    fix="see the messages above, or wait if another command trains "
                    "the same set",
                )
            missing = left
    return write_archive(plan)


def _work(
    plan: SetPlan, context: TrainingContext, processor: Processor, cache: Path
) -> None:
    """Train in a separate process, which has the variables of its processor."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if processor.core is not None:
        os.sched_setaffinity(0, {processor.core})
    configure(cache)
    try:
        if processor.gpu is not None:
            check_gpu(processor)
        with catch_stop_signals((signal.SIGTERM, signal.SIGUSR1)):
            train_groups(plan, context, quiet=True)  # the parent writes the archive
    except Stopped as stop:
        raise SystemExit(128 + stop.number) from stop
    except ScalingError as error:
        print(f"scaling ({processor}): {error}", file=sys.stderr, flush=True)
        raise SystemExit(2) from error


def _end_with_parent() -> None:
    """End this process when its parent is killed, or it would continue unnoticed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # like a kill: the work since the last checkpoint is lost


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    """Start the processes in this context with these environment variables."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
