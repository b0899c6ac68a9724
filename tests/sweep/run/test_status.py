"""The status of a set that waits, pauses, is in training, or is finished."""

from dataclasses import replace

import pytest
from planted_sweep import cluster_plan, plan, train

from value_scaling.learning.training.program import Program
from value_scaling.store.files.checkpoints import lock_path
from value_scaling.store.files.locks import acquire_lock
from value_scaling.store.folders import Folders
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run.checkpointer import CHECKPOINTS
from value_scaling.sweep.run.one_process import train_set
from value_scaling.sweep.run.progress import work
from value_scaling.sweep.run.status import set_status
from value_scaling.sweep.run.train_group import train_group


def test_a_set_from_its_beginning_to_its_end(tiny: Folders) -> None:
    one, context = cluster_plan(tiny)
    total = len(one.settings)
    programs: dict[Program, Program] = {}
    found = set_status(one)
    assert (found.done, found.waiting, found.hours_left) == (0, total, None)
    assert found.checkpoint_age is None

    group, *others = one.groups
    lock = lock_path(one.folder / CHECKPOINTS / f"{group.name}.npz")
    with acquire_lock(lock) as free:
        assert free
        found = set_status(one)
    assert (found.running, found.checkpoint_age) == (1, None)

    train_group(group, context, programs, progress=lambda share: None, until=500)
    found = set_status(one)
    assert (found.running, found.paused_settings) == (0, len(group.settings))
    assert found.waiting == total - len(group.settings)

    with acquire_lock(lock) as free:
        assert free
        found = set_status(one)
    assert (found.running, found.running_settings) == (1, len(group.settings))
    assert found.paused_settings == 0
    assert found.checkpoint_age is not None
    assert found.checkpoint_age >= 0

    train_group(group, context, programs, progress=lambda share: None)
    found = set_status(plan(tiny))
    assert found.done == len(group.settings)
    assert found.hours_spent > 0
    ratio = sum(work(each, one.training) for each in others) / work(group, one.training)
    assert found.hours_left == pytest.approx(ratio * found.hours_spent)
    assert found.wall_hours_left is None  # nothing is in training

    assert train_set(one, context, quiet=True)
    found = set_status(plan(tiny))
    assert (found.done, found.waiting, found.hours_left) == (total, 0, 0)


def test_parts_of_groups_count_as_their_settings(tiny: Folders) -> None:
    """As with --learning-rates, or where a group does not fit into memory."""
    one, context = cluster_plan(tiny)
    (group, *_), total = one.groups, len(one.settings)
    first, *rest = group.settings
    part = replace(group, settings=(first,))
    programs: dict[Program, Program] = {}
    train_group(part, context, programs, progress=lambda share: None, until=500)
    found = set_status(one)
    assert (found.running, found.paused_settings, found.waiting) == (0, 1, total - 1)
    lock = lock_path(one.folder / CHECKPOINTS / f"{part.name}.npz")
    with acquire_lock(lock) as free:
        assert free
        found = set_status(one)
    assert (found.running, found.running_settings, found.paused_settings) == (1, 1, 0)
    # The complete group, for example of a command without --learning-rates.
    train_group(group, context, programs, progress=lambda share: None, until=500)
    found = set_status(one)
    assert found.paused_settings == 1 + len(rest)
    train_group(part, context, programs, progress=lambda share: None)
    found = set_status(plan(tiny))
    assert (found.done, found.paused_settings) == (1, len(rest))
    assert list((one.folder / CHECKPOINTS).glob("*.json"))
    assert train(plan(tiny))  # invents the other runs
    assert not list((one.folder / CHECKPOINTS).glob("*.json"))


def test_failed_runs_are_counted(tiny: Folders, monkeypatch) -> None:
    one = plan(tiny)
    notes = {setting: {"failed": {"0": 100}, "seeds": 2} for setting in one.settings}
    first = one.settings[0]
    notes[first] = {"failed": {"0": 100, "1": 50}, "seeds": 2}
    packed = one.packed()
    packed.notes.update(notes)
    monkeypatch.setattr(SetPlan, "packed", lambda self: packed)
    found = set_status(one)
    assert found.failed_runs == len(one.settings) + 1
    assert found.lost == 1
