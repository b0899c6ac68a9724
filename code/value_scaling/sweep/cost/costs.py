"""What missing runs will take, in words: runs, hours, memory and disk."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from value_scaling.learning.training.diagnostics import METRICS
from value_scaling.learning.training.program import Program
from value_scaling.records.training import Training
from value_scaling.sweep.cost import estimate, gpu_estimate, group_memory
from value_scaling.sweep.cost.group_memory import parts
from value_scaling.sweep.host.memory import GIB, peak_memory
from value_scaling.sweep.host.workers import Workers
from value_scaling.sweep.plan.groups import GroupPlan


@dataclass(frozen=True)
class Cost:
    """Of some groups; of several sets with `+`."""

    amount: estimate.Amount
    core_hours: float
    """Of one core here, from a short calibration."""
    device_hours: float
    """Of one GPU like `gpu_estimate.H100`."""
    memory: float
    """GiB of the largest group, or part of one, that a process would train."""
    device_memory: float
    packed: int
    """Runs of one program on that GPU."""
    disk: float
    """GiB of finished runs, in files and in the archive; no checkpoints."""
    rate: float
    """Updates a second of one core at the smallest batch size; 0: not known."""
    batch_size: int
    device_steps: float = 0.0
    """Environment steps a second that are assumed with that GPU."""

    def __add__(self, other: "Cost") -> "Cost":
        first, second = self.amount, other.amount
        return Cost(
            estimate.Amount(
                first.runs + second.runs,
                first.steps + second.steps,
                first.updates + second.updates,
            ),
            self.core_hours + other.core_hours,
            self.device_hours + other.device_hours,
            max(self.memory, other.memory),
            max(self.device_memory, other.device_memory),
            max(self.packed, other.packed),
            self.disk + other.disk,
            self.rate or other.rate,
            self.batch_size or other.batch_size,
            self.device_steps or other.device_steps,
        )


NOTHING = Cost(estimate.Amount(0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0, 0, 0.0, 0.0, 0)


def cost(
    groups: Sequence[GroupPlan],
    training: Training,
    programs: dict[Program, Program],
    *,
    room: float,
) -> Cost:
    """Measure a few steps and reckon up; compiled programs are kept for training.

    Args:
        room: GiB that a group may take in a process; what takes more is cut in parts.
    """
    if not groups:
        return NOTHING
    speed = estimate.calibrate(groups, training, programs)
    device = gpu_estimate.on_device(groups, training)
    cut = [part for group in groups for part in parts(group, training, room)]
    smallest = min(group.settings[0].batch_size for group in groups)
    return Cost(
        amount=estimate.amount(groups, training),
        core_hours=sum(speed.of(group, training) for group in groups) / 3600,
        device_hours=device.hours,
        memory=max(group_memory.memory(part, training) for part in cut),
        device_memory=device.memory,
        packed=device.runs_packed,
        disk=sum(_finished(group, training) for group in groups) / GIB,
        rate=1 / max(speed.update + speed.update_sample * smallest, 1e-9),
        batch_size=smallest,
        device_steps=gpu_estimate.H100.stepping(training),
    )


def _finished(group: GroupPlan, training: Training) -> float:
    """Bytes of a group's finished settings and of their share of the archive."""
    numbers = 0
    for setting in group.settings:
        task, steps = training.task(setting.env), training.steps(setting)
        points = (steps - task.log_start) // task.log_every + 1
        points += len(METRICS) * (steps // training.diagnostics_every)
        numbers += points * (1 + group.seeds)
    return numbers * (4 + 8)


def missing(name: str, groups: Sequence[GroupPlan], settings: int) -> str:
    """Say how many settings of a set are missing."""
    count = sum(len(group.settings) for group in groups)
    return f"{name}: {count} of {settings} settings are missing"


def words(one: Cost, *, memory: float = 0.0) -> str:
    """Say what one cost is.

    Args:
        memory: GiB that a process takes beside its group.
    """
    if not one.amount.runs:
        return "  nothing"
    return (
        f"  {one.amount.runs} runs, {one.amount.steps:.3g} environment steps, "
        f"{one.amount.updates:.3g} updates\n"
        f"  here: about {_hours(one.core_hours)} of one core ({one.rate:.3g} updates/s "
        f"at B {one.batch_size}), {memory + one.memory:.1f} GiB of memory a process\n"
        f"  on an H100 (from updates measured on one, and "
        f"{one.device_steps:.0f} environment steps/s): "
        f"{_hours(one.device_hours)}, {one.packed} runs a program, "
        f"{one.device_memory:.2f} GiB"
    )


def total(one: Cost, folder: Path, processes: Workers) -> str:
    """Say what the whole takes on this host: hours, memory and disk.

    Args:
        folder: on the disk that the runs go to.
        processes: that would train.
    """
    if not one.amount.runs:
        return "Together: nothing is missing."
    count, on = processes.count, processes.on
    checkpoints = count * one.memory
    free = shutil.disk_usage(folder).free / GIB
    need = one.disk + checkpoints
    who = "one process" if count == 1 else f"a process for each {on}"
    if on == "GPU":
        memory = f"{one.memory:.1f} GiB of a GPU's memory"
    else:
        memory = f"{count * (peak_memory() + one.memory):.1f} GiB of memory"
    cores = f", {_hours(one.core_hours / count)} on {count} cores"
    on_all = cores if on == "core" and count > 1 else ""
    text = (
        f"Together: {one.amount.runs} runs; about {_hours(one.core_hours)} of one "
        f"core{on_all}, {_hours(one.device_hours)} on an H100 (estimated); {memory} "
        f"with {who}; up to {need:.2f} GiB of disk ({one.disk:.2f} of runs, "
        f"{checkpoints:.2f} of checkpoints), of which {free:.0f} GiB are free"
    )
    if need > free:
        text += (
            "\nTHE DISK IS TOO SMALL: make room, or ask for fewer tasks, UTDs or seeds"
        )
    if one.memory > processes.room:
        text += (
            f"\nTHE MEMORY IS TOO SMALL for {who}, which has {processes.room:.1f} GiB "
            "for its replays: take one process (--executor one; make: EXECUTOR=one), "
            "fewer seeds, or a host or GPU with more"
        )
    return text


def _hours(hours: float) -> str:
    """Write a time in the unit that fits it."""
    if hours < 1:
        return "a minute" if hours < 1 / 40 else f"{60 * hours:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
