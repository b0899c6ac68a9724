"""The archive of a set, to which training adds finished settings."""

import time

from value_scaling.records.schedule import TrainedResets
from value_scaling.store.archives.hours import hours_path
from value_scaling.store.files.atomic import remove_leftover_parts
from value_scaling.store.files.checkpoints import remove_leftovers
from value_scaling.store.files.locks import acquire_lock
from value_scaling.sweep.plan.finished import FinishedSetting, load_finished
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.checkpointer import CHECKPOINTS, PAUSE_RATIO
from value_scaling.sweep.run.packing import pack


class ArchiveWriter:
    """Writes the archive of a set repeatedly, in at most a tenth of the time.

    Writing takes longer the more is finished. Settings that no archive has yet are not
    lost, because they are among the finished runs.
    """

    def __init__(self, plan: SetPlan) -> None:
        self._plan, self._next = plan, 0.0

    def write_if_due(self) -> None:
        """Write the archive if the last time is long enough ago."""
        begun = time.monotonic()
        if begun >= self._next:
            write_archive(self._plan)
            now = time.monotonic()
            self._next = now + PAUSE_RATIO * (now - begun)


def write_archive(plan: SetPlan) -> bool:
    """Add finished settings to the archive; return whether it has all requested ones.

    Until all are finished, they go to the partial archive. Other commands may train and
    write the same set, so a lock makes reading and writing one step.

    Raises:
        ScalingError: the archive is not of this study and its training settings.
    """
    study, name = plan.study.name, plan.set_name
    planned = (*plan.settings, *plan.others)
    lock = plan.folder.parents[1] / f"{plan.archive.name}.lock"
    with acquire_lock(lock, wait=True):
        for path in (plan.archive, plan.partial):
            remove_leftover_parts(path.parent)
        packed = plan.packed()
        finished: list[FinishedSetting] = []
        for setting in planned:
            if setting not in packed.notes:
                done = load_finished(plan.folder, setting, plan.training)
                if done is not None:
                    finished.append(done)
        done_settings = {each.setting for each in finished} | packed.notes.keys()
        whole = done_settings.issuperset(plan.settings)
        if done_settings:
            path = plan.archive if whole else plan.partial
            pack(path, study, name, packed, finished, planned, _resets(plan))
        if whole:
            plan.partial.unlink(missing_ok=True)
            hours_path(plan.partial).unlink(missing_ok=True)
            if not plan.others:
                remove_leftovers(plan.folder / CHECKPOINTS, everything=True)
    return whole


def _resets(plan: SetPlan) -> TrainedResets | None:
    """Return the schedule that the archive must state; None if there are no resets."""
    resets = TrainedResets.of(plan.training)
    rule = plan.study.archives.get(plan.set_name)
    asked = rule is not None and rule.reset_every is not None
    return resets if asked or not resets.never else None
