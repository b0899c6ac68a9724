"""Groups that train in turn end like groups that train one after another."""

import math
from typing import Any

import pytest

from value_scaling.records import ScalingError, Stopped
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost.group_memory import memory
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.run import train_group as group_module
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.in_turn import Job, Turns, in_turn
from value_scaling.sweep.run.one_process import train_set

PROVENANCE: dict[str, Any] = {"commit": "abc", "packages": {}, "cpu": "one"}


def jobs(said: list[str], *, gib: float = 0.0, end: BaseException | None = None) -> Any:
    """Return three jobs of two turns each; the first may end with an exception."""

    def turns(name: str) -> Turns:
        try:
            for number in range(2):
                said.append(f"{name}{number}")
                yield
                if name == "a" and end is not None:
                    raise end
            return name != "b"
        finally:
            said.append(f"{name} ends")

    return [Job(lambda name=name: turns(name), gib) for name in "abc"]


def test_two_jobs_take_turns_and_a_third_follows() -> None:
    said: list[str] = []
    assert list(in_turn(jobs(said), most=2, gib=1.0)) == [True, False, True]
    assert " ".join(said) == "a0 b0 a1 b1 a ends b ends c0 c1 c ends"


@pytest.mark.parametrize(("most", "gib"), [(1, 0.0), (2, 0.6), (2, math.inf)])
def test_jobs_that_do_not_fit_together_are_alone(most: int, gib: float) -> None:
    said: list[str] = []
    list(in_turn(jobs(said, gib=gib), most=most, gib=1.0))
    assert " ".join(said) == "a0 a1 a ends b0 b1 b ends c0 c1 c ends"


def test_an_error_ends_all_jobs() -> None:
    said: list[str] = []
    error = ScalingError("a", found="b", expected="c", fix="d")
    with pytest.raises(ScalingError):
        list(in_turn(jobs(said, end=error), most=2, gib=1.0))
    assert said == ["a0", "b0", "a ends", "b ends"]


def test_after_a_stop_each_job_saves_and_none_begins() -> None:
    said: list[str] = []
    with pytest.raises(Stopped):
        list(in_turn(jobs(said, end=Stopped(15)), most=2, gib=1.0))
    assert said == ["a0", "b0", "a ends", "b1", "b ends"]


def plan(folders: Folders) -> SetPlan:
    study = load_study("tiny", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


def test_in_turn_the_archive_is_the_same_also_after_a_stop(
    tiny: Folders, another: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, both = plan(another), plan(tiny)
    assert len(both.groups) > 1
    assert train_set(alone, TrainingContext(alone.folder, alone.training, PROVENANCE))
    context = TrainingContext(
        both.folder,
        both.training,
        PROVENANCE,
        groups_in_turn=2,
        stop=tiny.root / "stop",
    )
    real, steps = group_module.group_turns, []

    def counted(*arguments: Any, **named: Any) -> Turns:
        turns = real(*arguments, **named)
        while True:
            try:
                next(turns)
            except StopIteration as end:
                return bool(end.value)
            steps.append(arguments[0].name)
            if len(steps) == 700:
                (tiny.root / "stop").touch()
            yield

    monkeypatch.setattr(group_module, "group_turns", counted)
    with pytest.raises(Stopped):
        train_set(both, context)
    assert steps[:4] == [both.groups[0].name, both.groups[1].name] * 2
    assert len(list((both.folder / "checkpoints").glob("*.npz"))) == 2
    (tiny.root / "stop").unlink()
    assert train_set(plan(tiny), context)
    assert digest_file(both.archive) == digest_file(alone.archive)


def test_groups_that_do_not_fit_together_train_alone(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = plan(tiny)
    gib = 1.5 * memory(both.groups[0], both.training)
    monkeypatch.setattr(
        "value_scaling.sweep.run.one_process.available_memory", lambda processes: gib
    )
    begun: list[str] = []

    def turns(group: Any, *arguments: Any, **named: Any) -> Turns:
        begun.append(group.name)
        yield
        begun.append(group.name)
        return False

    monkeypatch.setattr("value_scaling.sweep.run.one_process.part_turns", turns)
    context = TrainingContext(both.folder, both.training, PROVENANCE, groups_in_turn=2)
    assert not train_set(both, context)
    assert begun == [each.name for each in both.groups for _ in range(2)]
