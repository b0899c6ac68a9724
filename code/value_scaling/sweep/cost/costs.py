"""The expected cost of missing runs: runs, hours, memory and disk."""

import operator
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from value_scaling.learning.training.diagnostics import METRICS
from value_scaling.records.schedule import updates_done
from value_scaling.records.training import Training
from value_scaling.sweep.cost.gpu_estimate import H100, on_gpu
from value_scaling.sweep.cost.group_memory import memory, parts
from value_scaling.sweep.cost.speed import measure_speed
from value_scaling.sweep.host.memory import GIB, peak_memory
from value_scaling.sweep.host.workers import Workers
from value_scaling.sweep.plan.groups import GroupPlan


def _sum() -> Any:
    return field(default=0, metadata={"join": operator.add})


def _most() -> Any:
    return field(default=0, metadata={"join": max})


@dataclass(frozen=True)
class Cost:
    """The cost of some groups; `+` joins the costs of several sets."""

    runs: int = _sum()
    steps: float = _sum()
    """Environment steps."""
    updates: float = _sum()
    core_hours: float = _sum()
    """Hours of one core on this host, from a short trial."""
    gpu_hours: float = _sum()
    """Hours of one GPU as described by `gpu_estimate.H100`."""
    memory: float = _most()
    """GiB of the largest group, or of its largest part if it is divided."""
    gpu_memory: float = _most()
    """GiB of the largest program on that GPU."""
    gpu_runs: int = _most()
    """Most runs of one program on that GPU."""
    gpu_steps: float = _most()
    """Environment steps per second that are assumed with that GPU."""
    disk: float = _sum()
    """GiB of finished runs, in files and in the archive, without checkpoints."""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            **{
                each.name: each.metadata["join"](
                    getattr(self, each.name), getattr(other, each.name)
                )
                for each in fields(self)
            }
        )


NOTHING = Cost()


def cost(groups: Sequence[GroupPlan], training: Training, *, available: float) -> Cost:
    """Try a few steps and updates on this host, and add up the cost of the groups.

    Args:
        available: GiB available to a group in a process; larger groups are divided into
            parts.
    """
    if not groups:
        return NOTHING
    by_size: dict[tuple, list[GroupPlan]] = {}
    for group in groups:
        by_size.setdefault(group.settings[0].others, []).append(group)
    gpu = on_gpu(groups, training)
    return count(groups, training) + Cost(
        core_hours=sum(_core_seconds(own, training) for own in by_size.values()) / 3600,
        gpu_hours=gpu.hours,
        memory=max(
            memory(part, training)
            for group in groups
            for part in parts(group, training, available)
        ),
        gpu_memory=gpu.memory,
        gpu_runs=gpu.runs,
        gpu_steps=H100.steps_per_second(training),
    )


def _core_seconds(groups: Sequence[GroupPlan], training: Training) -> float:
    speeds = measure_speed(groups, training)
    return sum(speeds[each.settings[0].env].of(each, training) for each in groups)


def count(groups: Sequence[GroupPlan], training: Training) -> Cost:
    """Return the runs, steps and updates of groups, and the disk that they need."""
    total = NOTHING
    for group in groups:
        for setting in group.settings:
            task, steps = training.task(setting.env), training.steps(setting)
            points = (steps - task.log_start) // task.log_every + 1
            points += len(METRICS) * (steps // training.diagnostics_every)
            learning = steps - training.start_training
            total += Cost(
                runs=group.seeds,
                steps=group.seeds * steps,
                updates=group.seeds * updates_done(setting.utd, learning),
                # float32 in a separate file, and float64 in the archive
                disk=points * (1 + group.seeds) * (4 + 8) / GIB,
            )
    return total


def disk_needed(one: Cost, processes: Workers) -> float:
    """Return the GiB of runs, and of the checkpoints of all processes."""
    return one.disk + processes.count * one.memory


def disk_free(folder: Path) -> float:
    """Return the GiB that are free on the disk of a folder."""
    return shutil.disk_usage(folder).free / GIB


def total(one: Cost, folder: Path, processes: Workers) -> str:
    """Describe the total cost on this host: hours, memory and disk.

    Args:
        folder: a folder on the disk that receives the runs.
        processes: the processes that would train.
    """
    if not one.runs:
        return "Together: nothing is missing."
    workers, on = processes.count, processes.on
    free, need = disk_free(folder), disk_needed(one, processes)
    who = "one process" if workers == 1 else f"a process for each {on}"
    if on == "GPU":
        memory = f"{one.memory:.1f} GiB of a GPU's memory"
    else:
        memory = f"{workers * (peak_memory() + one.memory):.1f} GiB of memory"
    cores = f", {hours_text(one.core_hours / workers)} on {workers} cores"
    on_all = cores if on == "core" and workers > 1 else ""
    text = (
        f"Together: {one.runs} runs; about {hours_text(one.core_hours)} of one "
        f"core{on_all}, {hours_text(one.gpu_hours)} on an H100 (estimated); {memory} "
        f"with {who}; up to {need:.2f} GiB of disk ({one.disk:.2f} of runs, "
        f"{need - one.disk:.2f} of checkpoints), of which {free:.0f} GiB are free"
    )
    if need > free:
        text += (
            "\nTHE DISK IS TOO SMALL: make room, or ask for fewer tasks, UTDs or seeds"
        )
    if one.memory > processes.available:
        text += (
            f"\nTHE MEMORY IS TOO SMALL for {who}, which has "
            f"{processes.available:.1f} GiB for its replays: take one process "
            "(--executor one; make: EXECUTOR=one), fewer seeds, or a host or GPU with "
            "more"
        )
    return text


def hours_text(hours: float) -> str:
    """Write a time in minutes, hours or days."""
    if hours < 1:
        return "a minute" if hours < 1 / 40 else f"{60 * hours:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
