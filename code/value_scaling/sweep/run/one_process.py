"""Train the missing groups of a set in this process: in turn, or one after another."""

import math
from collections.abc import Callable

from value_scaling.learning.backend import device
from value_scaling.learning.training.program import Program
from value_scaling.records import Stopped
from value_scaling.records.training import DEVICE_ALGORITHMS
from value_scaling.store.files.checkpoints import remove_leftovers
from value_scaling.sweep.cost.group_memory import check_all_fit, memory
from value_scaling.sweep.host.memory import available_memory
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.checkpointer import CHECKPOINTS
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.in_turn import Job, Turns, in_turn
from value_scaling.sweep.run.progress import progress_bar, work
from value_scaling.sweep.run.set_archive import ArchiveWriter, write_archive
from value_scaling.sweep.run.stopping import catch_stop_signals
from value_scaling.sweep.run.train_group import CHUNK, part_turns


def train_set(plan: SetPlan, context: TrainingContext, *, quiet: bool = False) -> bool:
    """Train the missing groups and write the archive.

    Args:
        quiet: whether to show no progress bar.

    Returns:
        whether the set is complete.

    Raises:
        ScalingError: a setting does not fit into memory; nothing was trained.
        Stopped: a signal asked to stop; the finished work is saved.
    """
    after = ArchiveWriter(plan).write_if_due
    with catch_stop_signals():
        try:
            train_groups(plan, context, quiet=quiet, after=after)
        except Stopped:
            write_archive(plan)
            raise
        return write_archive(plan)


def train_groups(
    plan: SetPlan,
    context: TrainingContext,
    *,
    quiet: bool = False,
    after: Callable[[], object] | None = None,
) -> None:
    """Train the missing groups; on a GPU, two of them take turns.

    Args:
        after: called after each group that was trained here.

    Raises:
        ScalingError: a setting does not fit into memory; nothing was trained.
    """
    gib = available_memory(context.processes)
    check_all_fit(plan.groups, plan.training, gib)
    programs: dict[Program, Program] = {}
    remove_leftovers(plan.folder / CHECKPOINTS)
    most = context.groups_in_turn or (1 if device() == "cpu" else 2)
    with progress_bar(plan, quiet=quiet) as bar:

        def job(number: int, group: GroupPlan) -> Job:
            weight = work(group, plan.training)

            def progress(share: float) -> None:
                # Rounding may bring the sum of shares above one, and tqdm would warn.
                bar.update(min(share * weight, bar.total - bar.n))

            def begin() -> Turns:
                bar.set_postfix_str(f"{number}/{len(plan.groups)} {group.name}")
                stride = CHUNK if most == 1 else 1
                return part_turns(
                    group, context, programs, progress=progress, stride=stride
                )

            return Job(begin, math.inf if most == 1 else _gib(group, plan))

        jobs = [job(number, group) for number, group in enumerate(plan.groups, 1)]
        for trained in in_turn(jobs, most=most, gib=gib):
            if trained and after:
                after()


def _gib(group: GroupPlan, plan: SetPlan) -> float:
    """Return the GiB of a group, or infinity if nothing is gained by turns."""
    training = plan.training.of(group.settings[0].env)
    if training.algorithm in DEVICE_ALGORITHMS:
        return math.inf  # its environments are on the device too
    return memory(group, plan.training)
