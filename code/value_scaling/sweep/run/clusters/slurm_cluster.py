"""Train the groups of a set on a Slurm cluster, as an array with one task for a group.

The nodes share the checkout's folder (NFS, Lustre or similar). A task that reaches its
time limit saves a checkpoint and asks Slurm to queue it again. A task that Slurm
preempts also saves a checkpoint, and Slurm queues it again. A file in the set's folder
names the queued arrays; the same command waits for them instead of queueing them twice.
"""

import pickle
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

from value_scaling.records import ScalingError
from value_scaling.store.files.checkpoints import lock_path
from value_scaling.store.files.locks import acquire_lock
from value_scaling.store.files.outputs import save_json
from value_scaling.sweep.plan.groups import GroupPlan
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.clusters import slurm_task
from value_scaling.sweep.run.clusters.slurm_queue import load_arrays, sbatch, unended
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.progress import progress_bar, work
from value_scaling.sweep.run.set_archive import ArchiveWriter, write_archive
from value_scaling.sweep.run.stopping import (
    catch_stop_signals,
    stop_if_requested,
    stop_requested,
)

TASKS = ".tasks"
"""End of the names of files with the groups of an array, which the tasks read."""
ARRAY_SIZE = 1000
"""Most tasks of an array; Slurm's own limit is 1001 unless a site changes it."""
TIME_LIMIT = 240
"""Most minutes of a task unless `time` is given; a longer task is queued again."""
SAVE_SECONDS = 120
"""Seconds that a task has before its time limit to save a checkpoint and end."""
POLL_SECONDS = 5.0
SETTLE_SECONDS = 10.0
"""Seconds after which a file that a node wrote is visible here."""


def train_slurm(
    plan: SetPlan,
    context: TrainingContext,
    *,
    cache: Path,
    options: Mapping[str, str],
) -> bool:
    """Train the missing groups on a Slurm cluster, and wait for them.

    Args:
        cache: folder of compiled programs, also shared.
        options: options of sbatch without their dashes, e.g. {"partition": "gpu",
            "time": "60"}.

    Returns:
        whether the set is complete.

    Raises:
        ScalingError: Slurm is missing or refuses the options, or a round of tasks
            finished nothing.
        Stopped: a signal asked to stop waiting; the tasks continue.
    """
    folder = plan.folder / "slurm"
    weights = {group: work(group, plan.training) for group in plan.groups}
    packer = ArchiveWriter(plan)
    with (
        catch_stop_signals(),
        acquire_lock(lock_path(folder / "arrays.npz")) as free,
        progress_bar(plan, ", Slurm") as bar,
    ):
        if not free:
            raise ScalingError(
                f"{plan.study.name} {plan.set_name}",
                found="another command that trains this set with Slurm",
                expected="one command for each set",
                fix="wait for it, or stop it",
            )
        arrays = load_arrays(folder)
        while missing := [each for each in plan.groups if not plan.has_runs(each)]:
            if not unended(arrays):
                arrays = _submit(missing, context, cache, folder, options)
            while unended(arrays):
                _sleep(POLL_SECONDS)
                if stop_requested():
                    write_archive(plan)
                    stop_if_requested()
                done = sum(weights[each] for each in weights if plan.has_runs(each))
                bar.update(done - bar.n)
                packer.write_if_due()
            for path in folder.glob(f"*{TASKS}"):
                path.unlink()
            if not any(plan.has_runs(each) for each in missing):
                _sleep(SETTLE_SECONDS)
                if not any(plan.has_runs(each) for each in missing):
                    raise _nothing_finished(plan, folder, arrays)
    return write_archive(plan)


def _sleep(seconds: float) -> None:
    """Sleep, but no longer than until a signal asks to stop."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stop_requested():
        time.sleep(0.2)


def _submit(
    groups: Sequence[GroupPlan],
    context: TrainingContext,
    cache: Path,
    folder: Path,
    options: Mapping[str, str],
) -> tuple[str, ...]:
    """Queue a task for each group, and return the numbers of the arrays."""
    arrays: list[str] = []
    for start in range(0, len(groups), ARRAY_SIZE):
        tasks = tuple(groups[start : start + ARRAY_SIZE])
        path = folder / f"{uuid4().hex}{TASKS}"
        path.write_bytes(pickle.dumps((tasks, context, cache)))
        command = shlex.join([sys.executable, "-m", slurm_task.__name__, str(path)])
        own = {
            "array": f"0-{len(tasks) - 1}",
            "job-name": "scaling",
            "time": str(TIME_LIMIT),
            "cpus-per-task": "1",
            "signal": f"USR2@{SAVE_SECONDS}",
            "output": str(folder / "%A_%a.log"),
            "open-mode": "append",
        }
        arrays.append(sbatch({**own, **options}, f"srun --unbuffered {command}"))
        save_json(folder / "arrays.json", arrays)
    return tuple(arrays)


def _nothing_finished(
    plan: SetPlan, folder: Path, arrays: Sequence[str]
) -> ScalingError:
    """Return the error for a round that finished nothing, with the last log line."""
    logs = sorted(
        (path for array in arrays for path in folder.glob(f"{array}_*.log")),
        key=lambda path: path.stat().st_mtime,
    )
    lines = [
        line
        for path in logs
        for line in path.read_text(errors="replace").splitlines()
        if line and not line.startswith(("srun:", "slurmstepd:"))
    ]
    return ScalingError(
        f"study {plan.study.name}, set {plan.set_name}",
        found="that no task finished anything"
        + (f"; the last line of a log is {lines[-1][:300]!r}" if lines else ""),
        expected="at least one finished group",
        fix=f"see the logs in {folder}, and `sacct -j {','.join(arrays)}`",
    )
