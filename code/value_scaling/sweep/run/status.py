"""How far the training of a set is, as its files show on any executor."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from value_scaling.records import Setting
from value_scaling.store.files.checkpoints import lock_path
from value_scaling.store.files.locks import acquire_lock
from value_scaling.sweep.plan.digests import digest
from value_scaling.sweep.plan.finished import load_finished
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.checkpointer import CHECKPOINTS
from value_scaling.sweep.run.clusters.slurm_queue import load_arrays, unended
from value_scaling.sweep.run.packing import setting_label
from value_scaling.sweep.run.progress import run_work, work


@dataclass(frozen=True)
class SetStatus:
    """How far the training of a set is."""

    set_name: str
    settings: int
    done: int
    """Number of settings whose runs are finished."""
    failed_runs: int
    """Number of runs of these settings that failed."""
    lost: int
    """Number of these settings of which every run failed."""
    running: int
    """Number of groups, or parts of groups, in training; each uses a core or a GPU."""
    running_settings: int
    """Number of settings in training."""
    paused_settings: int
    """Number of settings with a checkpoint that no process is training."""
    queued: int
    """Number of tasks in Slurm's queue, waiting or running."""
    checkpoint_age: float | None
    """Seconds since the newest checkpoint of each group in training, at most; None if
    there is none."""
    hours_spent: float
    """Core-hours of the finished settings."""
    hours_left: float | None
    """Expected core-hours of the other settings, each from its first step; None if no
    finished setting states its hours."""

    @property
    def waiting(self) -> int:
        """Number of settings that have not begun."""
        begun = self.done + self.running_settings + self.paused_settings
        return self.settings - begun

    @property
    def wall_hours_left(self) -> float | None:
        """Expected hours, if as many groups as now stay in training."""
        if self.hours_left is None or not self.running:
            return None
        return self.hours_left / self.running


def set_status(plan: SetPlan) -> SetStatus:
    """Read how far a set is.

    Raises:
        ScalingError: a file of the set is damaged or made with other settings.
    """
    packed = plan.packed()
    labels = {
        each: setting_label(plan.study.name, plan.set_name, each)
        for each in plan.settings
    }
    notes, hours = dict(packed.notes), dict(packed.hours)
    for setting in plan.settings:
        if setting not in notes:
            finished = load_finished(plan.folder, setting, plan.training)
            if finished is not None:
                notes[setting] = finished.note
                hours[labels[setting]] = float(finished.note.get("cpu_hours", 0.0))
    done = [setting for setting in plan.settings if setting in notes]
    failed = [(len(notes[each]["failed"]), int(notes[each]["seeds"])) for each in done]
    begun = _begun(plan, done)
    running = [path for path in begun if _is_claimed(path)]
    in_training = {each for path in running for each in begun[path]}
    paused = {each for path in begun if path.exists() for each in begun[path]}
    ages = [age for path in running if (age := _age(path)) is not None]
    timed = [setting for setting in done if hours.get(labels[setting])]
    seconds = sum(
        int(notes[each]["seeds"]) * run_work(each, plan.training) for each in timed
    )
    spent = sum(hours[labels[each]] for each in timed)
    left = sum(work(group, plan.training) for group in plan.groups)
    return SetStatus(
        set_name=plan.set_name,
        settings=len(plan.settings),
        done=len(done),
        failed_runs=sum(count for count, _ in failed),
        lost=sum(count == seeds for count, seeds in failed),
        running=len(running),
        running_settings=len(in_training),
        paused_settings=len(paused - in_training),
        queued=unended(load_arrays(plan.folder / "slurm")),
        checkpoint_age=max(ages, default=None),
        hours_spent=spent,
        hours_left=left * spent / seconds if seconds else (0.0 if not left else None),
    )


def _begun(plan: SetPlan, done: Iterable[Setting]) -> dict[Path, tuple[Setting, ...]]:
    """Return the unfinished settings of each checkpoint that may exist.

    A part of a group has a checkpoint of its own. The list beside a checkpoint says
    which settings it has. Earlier versions wrote no list.
    """
    folder = plan.folder / CHECKPOINTS
    left = {digest(each, plan.training): each for each in plan.settings}
    for each in done:
        del left[digest(each, plan.training)]
    found = {folder / f"{each.name}.npz": each.settings for each in plan.groups}
    for path in folder.glob("*.json"):
        try:
            digests = json.loads(path.read_text())
        except FileNotFoundError:  # the group has just ended
            continue
        own = tuple(left[each] for each in digests if each in left)
        if own:
            found[path.with_suffix(".npz")] = own
    return found


def _age(checkpoint: Path) -> float | None:
    try:
        return time.time() - checkpoint.stat().st_mtime
    except FileNotFoundError:  # not written yet, or removed at the end of the group
        return None


def _is_claimed(checkpoint: Path) -> bool:
    """Whether a process is training a group, here or on another node."""
    lock = lock_path(checkpoint)
    if not lock.exists():
        return False
    with acquire_lock(lock) as free:
        return not free
