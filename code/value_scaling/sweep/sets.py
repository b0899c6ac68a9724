"""A whole set of a study: what it takes, training it, and its archive."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from value_scaling.learning.program import Program
from value_scaling.records import Hyperparameters, Setting, Study
from value_scaling.records.training import Training
from value_scaling.store.checkpoints import remove_leftovers
from value_scaling.store.folders import Folders
from value_scaling.store.hours import hours_path
from value_scaling.sweep.narrow import Part, choose
from value_scaling.sweep.plan import GroupPlan, plan_groups, settings_of_set
from value_scaling.sweep.results import Finished, assemble, load_finished, unpack
from value_scaling.sweep.sizes import check_all, room
from value_scaling.sweep.train import CHECKPOINTS, Workshop, train_parts


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


def plan_set(
    study: Study,
    set_name: str,
    training: Training,
    folders: Folders,
    hyperparameters: Hyperparameters | None = None,
    *,
    part: Part | None = None,
) -> SetPlan:
    """Work out what is missing; what an archive holds already is unpacked.

    Args:
        part: what is asked for; None: the whole set.

    Raises:
        ScalingError: nothing of the set is asked for, or finished runs were made with
            other training settings.
    """
    part = Part() if part is None else part
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
    for path in (archive, partial):
        if path.exists():
            unpack(path, folder, study.name, set_name, every, training)
    groups = plan_groups(
        study,
        set_name,
        settings,
        training,
        lambda setting: load_finished(folder, setting, training) is not None,
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


def train_set(plan: SetPlan, shop: Workshop, *, quiet: bool = False) -> bool:
    """Train the missing groups, one after another, writing the archive after each.

    Args:
        quiet: no progress bar.

    Returns:
        whether the set is whole.

    Raises:
        ScalingError: a setting does not fit into memory; nothing was trained.
    """
    check_all(plan.groups, plan.training, room(shop.processes))
    programs: dict[Program, Program] = {}
    remove_leftovers(plan.folder / CHECKPOINTS)
    with tqdm(
        total=sum(work(group, plan.training) for group in plan.groups),
        desc=f"{plan.study.name} {plan.set_name}",
        bar_format="{desc}: {percentage:5.1f}% |{bar}| {elapsed} spent, about "
        "{remaining} left{postfix}",
        file=sys.stderr,
        mininterval=1 if sys.stderr.isatty() else 60,
        maxinterval=120,
        disable=quiet or not plan.groups,
    ) as bar:
        for number, group in enumerate(plan.groups):
            bar.set_postfix_str(f"{number + 1}/{len(plan.groups)} {group.name}")
            weight = work(group, plan.training)

            def progress(share: float, weight: float = weight) -> None:
                # Shares add up to one, or a rounding more, of which tqdm would warn.
                bar.update(min(share * weight, bar.total - bar.n))

            if train_parts(group, shop, programs, progress=progress):
                write_archive(plan)
    return write_archive(plan)


def write_archive(plan: SetPlan) -> bool:
    """Assemble what is finished; return whether all that is asked for is."""
    finished: list[Finished] = []
    for setting in (*plan.settings, *plan.others):
        done = load_finished(plan.folder, setting, plan.training)
        if done is not None:
            finished.append(done)
    done_settings = {each.setting for each in finished}
    whole = done_settings.issuperset(plan.settings)
    if finished:
        path = plan.archive if whole else plan.partial
        assemble(path, plan.study.name, plan.set_name, finished)
    if whole:
        plan.partial.unlink(missing_ok=True)
        hours_path(plan.partial).unlink(missing_ok=True)
        if not plan.others:
            remove_leftovers(plan.folder / CHECKPOINTS, everything=True)
    return whole
