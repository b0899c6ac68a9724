"""Train one group, from checkpoint to checkpoint, and save its settings."""

import time
from collections.abc import Callable

from value_scaling.learning.backend import device, layout
from value_scaling.learning.training.group import Group
from value_scaling.learning.training.program import Program
from value_scaling.learning.training.registry import make_group, make_program
from value_scaling.store.files.checkpoints import lock_path
from value_scaling.store.files.locks import acquire_lock
from value_scaling.sweep.cost.group_memory import check_fits, parts
from value_scaling.sweep.host.memory import available_memory
from value_scaling.sweep.plan.digests import digest
from value_scaling.sweep.plan.finished import are_finished, collect, save_finished
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.run.checkpointer import CHECKPOINTS, Checkpointer
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.loggers import send
from value_scaling.sweep.run.stopping import stop_if_requested, stop_requested

CHUNK = 50
"""Environment steps between two checks of the clock and of requests to stop."""


def train_parts(
    group: GroupPlan,
    context: TrainingContext,
    programs: dict[Program, Program],
    *,
    progress: Callable[[float], None],
) -> bool:
    """Train a group, in several parts if it does not fit into memory at once.

    Returns:
        whether any part of it was trained here.

    Raises:
        ScalingError: one setting alone does not fit.
    """
    gib = available_memory(context.processes)
    cut = parts(group, context.training, gib)
    trained = False
    for part in cut:
        check_fits(part, context.training, gib)
        share = len(part.settings) / len(group.settings)

        def scaled(done: float, share: float = share) -> None:
            progress(done * share)

        trained |= train_group(part, context, programs, progress=scaled)
    return trained


def train_group(
    plan: GroupPlan,
    context: TrainingContext,
    programs: dict[Program, Program],
    *,
    progress: Callable[[float], None],
    until: int | None = None,
) -> bool:
    """Train one group to its end and save each of its settings.

    A group that another process is training is skipped. A group that was killed
    continues from its last checkpoint.

    Args:
        programs: compiled programs; equal programs are compiled once.
        progress: called with the share of the group that was done since the last call.
        until: step at which to stop with a checkpoint; None to train to the end.

    Returns:
        whether the group was trained here.

    Raises:
        Stopped: a signal asked to stop; the group is saved.
    """
    stop_if_requested(context.stop)
    checkpoint = context.folder / CHECKPOINTS / f"{plan.name}.npz"
    with acquire_lock(lock_path(checkpoint)) as free:
        if not free or are_finished(context.folder, plan.settings):
            return False
        made = make_program(
            plan.runs,
            context.training,
            capacity=plan.capacity,
            max_env_steps=plan.max_env_steps,
            layout=context.layout or layout(),
        )
        program = programs.setdefault(made, made)
        target = context.targets.get(plan.settings[0].env)
        group = make_group(plan.runs, context.training, program, target=target)
        digests = [digest(setting, context.training) for setting in plan.settings]
        checkpointer = Checkpointer(checkpoint, digests, context.checkpoint_seconds)
        note = checkpointer.resume(group)
        if note:
            progress(group.step / group.total)
        commits = [context.provenance["commit"]]
        commits += [each for each in note.get("commits", ()) if each not in commits]
        clock = time.process_time() - note.get("cpu_seconds", 0.0)
        end = group.total if until is None else min(until, group.total)
        while group.step < end and not group.done:
            before = group.step
            group.advance(min(group.step + CHUNK, end))
            progress((group.step - before) / group.total)
            asked = stop_requested(context.stop)
            if (checkpointer.due or group.step >= end or asked) and not group.done:
                spent = time.process_time() - clock
                checkpointer.save(group, {"commits": commits, "cpu_seconds": spent})
                stop_if_requested(context.stop)
        if group.done:
            # All runs may have ended early.
            progress((group.total - group.step) / group.total)
            commit = commits[0] if len(commits) == 1 else commits
            _finish(plan, context, group, time.process_time() - clock, commit)
            checkpointer.remove()
    return True


def _finish(
    plan: GroupPlan,
    context: TrainingContext,
    group: Group,
    seconds: float,
    commit: object,
) -> None:
    curves = group.curves()
    hours = seconds / 3600 / len(plan.settings)
    for place, setting in enumerate(plan.settings):
        own = curves[place * plan.seeds : (place + 1) * plan.seeds]
        note = {
            **context.provenance,
            "commit": commit,
            "digest": digest(setting, context.training),
            "cpu_hours": round(hours, 5),
        }
        if device() != "cpu":
            note["device"] = device()
        save_finished(context.folder, collect(setting, own, note))
    send(curves, context.sinks)
