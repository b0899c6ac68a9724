"""Train the missing groups of a set one after another, in this process."""

from collections.abc import Callable

from value_scaling.learning.training.program import Program
from value_scaling.records import Stopped
from value_scaling.store.files.checkpoints import remove_leftovers
from value_scaling.sweep.cost.group_memory import check_all_fit
from value_scaling.sweep.host.memory import available_memory
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.checkpointer import CHECKPOINTS
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.progress import progress_bar, work
from value_scaling.sweep.run.set_archive import ArchiveWriter, write_archive
from value_scaling.sweep.run.stopping import catch_stop_signals
from value_scaling.sweep.run.train_group import train_parts


def train_set(plan: SetPlan, context: TrainingContext, *, quiet: bool = False) -> bool:
    """Train the missing groups, one after another, and write the archive.

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
    """Train the missing groups, one after another.

    Args:
        after: called after each group that was trained here.

    Raises:
        ScalingError: a setting does not fit into memory; nothing was trained.
    """
    check_all_fit(plan.groups, plan.training, available_memory(context.processes))
    programs: dict[Program, Program] = {}
    remove_leftovers(plan.folder / CHECKPOINTS)
    with progress_bar(plan, quiet=quiet) as bar:
        for number, group in enumerate(plan.groups):
            bar.set_postfix_str(f"{number + 1}/{len(plan.groups)} {group.name}")
            weight = work(group, plan.training)

            def progress(share: float, weight: float = weight) -> None:
                # Rounding may bring the sum of shares above one, and tqdm would warn.
                bar.update(min(share * weight, bar.total - bar.n))

            if train_parts(group, context, programs, progress=progress) and after:
                after()
