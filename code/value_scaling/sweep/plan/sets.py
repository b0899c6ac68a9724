"""A whole set of a study: what it takes, training it, and its archive."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from value_scaling.learning.training.program import Program
from value_scaling.records import Hyperparameters, Setting, Stopped, Study
from value_scaling.records.schedule import TrainedResets
from value_scaling.records.training import Training
from value_scaling.store.archives.hours import hours_path
from value_scaling.store.files.atomic import sweep
from value_scaling.store.files.checkpoints import remove_leftovers
from value_scaling.store.files.locks import hold
from value_scaling.store.folders import Folders
from value_scaling.sweep.cost.sizes import check_all, room
from value_scaling.sweep.plan.missing import GroupPlan, plan_groups, settings_of_set
from value_scaling.sweep.plan.selection import Selection, choose
from value_scaling.sweep.run.checkpointer import PAUSE
from value_scaling.sweep.run.finished import Finished, are_finished, load_finished
from value_scaling.sweep.run.packing import Packed, pack, read_packed
from value_scaling.sweep.run.stopping import listening
from value_scaling.sweep.run.train import CHECKPOINTS, TrainingContext, train_parts


@dataclass(frozen=True)
class SetPlan:
    """One set of a study: all its settings, and the groups that are missing."""

    study: Study
    set_name: str
    training: Training
    settings: tuple[Setting, ...]
    """Those that are asked for."""
    groups: tuple[GroupPlan, ...]
    archive: Path
    """Of the whole set."""
    partial: Path
    """Of what is finished, until it is whole."""
    folder: Path
    """Of finished settings and checkpoints."""
    others: tuple[Setting, ...] = ()
    """The rest of the set: what is finished of it stays in the archive."""

    def packed(self) -> Packed:
        """Read what the archives of this set hold now; see `read_packed`."""
        paths = self.archive, self.partial
        return read_packed(paths, self.study.name, self.set_name, self.training)

    def has_runs(self, group: GroupPlan) -> bool:
        """Whether the finished runs of a whole group are in `folder`."""
        return are_finished(self.folder, group.settings)


def plan_set(
    study: Study,
    set_name: str,
    training: Training,
    folders: Folders,
    hyperparameters: Hyperparameters | None = None,
    *,
    part: Selection | None = None,
) -> SetPlan:
    """Work out what is missing in the archives and among the finished runs.

    Args:
        part: what is asked for; None: the whole set.

    Raises:
        ScalingError: nothing of the set is asked for, or finished runs were made with
            other training settings.
    """
    part = Selection() if part is None else part
    training = part.of(training)
    every = tuple(
        setting
        for setting in settings_of_set(study, set_name, hyperparameters)
        if set_name == "sweep" or setting.utd in study.trained_utds
    )
    settings = choose(every, part, study, set_name)
    folder = folders.finished(study.name, set_name)
    archive = folders.archive(study, set_name)
    partial = folders.partial(study, set_name)
    packed = read_packed((archive, partial), study.name, set_name, training).notes
    groups = plan_groups(
        study,
        set_name,
        settings,
        training,
        lambda setting: (
            setting in packed or load_finished(folder, setting, training) is not None
        ),
    )
    return SetPlan(
        study,
        set_name,
        training,
        settings,
        groups,
        archive,
        partial,
        folder,
        tuple(setting for setting in every if setting not in part),
    )


def work(group: GroupPlan, training: Training) -> float:
    """Return the expected CPU-seconds of a group, to weigh groups by.

    From 64×64 networks on one core of an AMD EPYC: 200 µs an environment step, 100 µs
    an update and 2.6 µs more for each sample. Only the ratios matter.
    """
    first = group.settings[0]
    update = 100e-6 + 2.6e-6 * first.batch_size
    return len(group.runs) * training.steps(first) * (200e-6 + first.utd * update)


def train_set(plan: SetPlan, context: TrainingContext, *, quiet: bool = False) -> bool:
    """Train the missing groups, one after another, and write the archive.

    Args:
        quiet: no progress bar.

    Returns:
        whether the set is whole.

    Raises:
        ScalingError: a setting does not fit into memory; nothing was trained.
        Stopped: a signal asked to stop; what was done is saved.
    """
    after = Packer(plan).now_and_then
    with listening():
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
    check_all(plan.groups, plan.training, room(context.processes))
    programs: dict[Program, Program] = {}
    remove_leftovers(plan.folder / CHECKPOINTS)
    with progress_bar(
        plan,
        quiet=quiet,
        mininterval=1 if sys.stderr.isatty() else 60,
        maxinterval=120,
    ) as bar:
        for number, group in enumerate(plan.groups):
            bar.set_postfix_str(f"{number + 1}/{len(plan.groups)} {group.name}")
            weight = work(group, plan.training)

            def progress(share: float, weight: float = weight) -> None:
                # Shares add up to one, or a rounding more, of which tqdm would warn.
                bar.update(min(share * weight, bar.total - bar.n))

            if train_parts(group, context, programs, progress=progress) and after:
                after()


def progress_bar(
    plan: SetPlan, where: str = "", *, quiet: bool = False, **options: Any
) -> tqdm:
    """Return the bar of a set in training, which counts by `work`.

    Args:
        where: follows the set's name.
        options: of tqdm.
    """
    return tqdm(
        total=sum(work(group, plan.training) for group in plan.groups),
        desc=f"{plan.study.name} {plan.set_name}{where}",
        bar_format="{desc}: {percentage:5.1f}% |{bar}| {elapsed} spent, about "
        "{remaining} left{postfix}",
        file=sys.stderr,
        disable=quiet or not plan.groups,
        **options,
    )


class Packer:
    """Writes the archive of a set now and then, in a tenth of the time at most.

    Writing it takes longer the more is finished. What no archive has yet is not lost:
    it is among the finished runs.
    """

    def __init__(self, plan: SetPlan) -> None:
        self._plan, self._next = plan, 0.0

    def now_and_then(self) -> None:
        """Write it, if the last time is long enough ago."""
        begun = time.monotonic()
        if begun >= self._next:
            write_archive(self._plan)
            now = time.monotonic()
            self._next = now + PAUSE * (now - begun)


def write_archive(plan: SetPlan) -> bool:
    """Add what is finished to the archive; return whether all that is asked for is.

    Until then it goes to the archive of what is finished. Other commands may train, and
    write, the same set: the lock makes reading and writing one step.

    Raises:
        ScalingError: the archive is not of this study and its training settings.
    """
    study, name = plan.study.name, plan.set_name
    planned = (*plan.settings, *plan.others)
    with hold(plan.folder.parents[1] / f"{plan.archive.name}.lock"):
        for path in (plan.archive, plan.partial):
            sweep(path.parent)
        packed = plan.packed()
        finished: list[Finished] = []
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
    """Return the schedule that the archive must state; None: there are no resets."""
    resets = TrainedResets.of(plan.training)
    rule = plan.study.archives.get(plan.set_name)
    asked = rule is not None and rule.reset_every is not None
    return resets if asked or not resets.never else None
