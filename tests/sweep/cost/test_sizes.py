"""Groups that do not fit into memory are trained in parts, with the same results."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from value_scaling.records import ScalingError, Setting
from value_scaling.records.training import Training
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.cost import estimate, sizes
from value_scaling.sweep.plan import sets
from value_scaling.sweep.plan.missing import GroupPlan
from value_scaling.sweep.plan.sets import SetPlan, plan_set, train_set
from value_scaling.sweep.run import train
from value_scaling.sweep.run.train import TrainingContext


def plan(folders: Folders) -> SetPlan:
    study = load_study("tiny", folders)
    return plan_set(study, "sweep", load_training(study, folders), folders)


def group(rates: int, *, size: int) -> GroupPlan:
    """A group of `rates` learning rates that shares its program with one of `size`."""
    settings = tuple(Setting("Pendulum-v1", 1.0, 8, 10.0**-n) for n in range(rates))
    return GroupPlan("tiny", "sweep", settings, 2, 2 * size, 1000)


@pytest.fixture
def training(tiny: Folders) -> Training:
    return plan(tiny).training


@pytest.mark.parametrize(
    ("rates", "size", "room", "wanted", "capacity"),
    [
        (5, 5, 5.0, [5], 10),
        (5, 5, 4.9, [3, 2], 6),
        (5, 5, 2.0, [2, 2, 1], 4),
        (5, 5, 1.0, [1] * 5, 2),
        (5, 5, 0.1, [1] * 5, 2),  # one setting is never cut
        (3, 5, 2.0, [2, 1], 4),  # what is left of five: the program is the same
        (2, 5, 2.0, [2], 4),
    ],
)
def test_parts_are_of_one_size_and_lose_nothing(
    training: Training,
    rates: int,
    size: int,
    room: float,
    wanted: list[int],
    capacity: int,
) -> None:
    whole = group(rates, size=size)
    one = sizes.memory(group(1, size=1), training)
    assert sizes.memory(whole, training) == pytest.approx(size * one)
    found = sizes.parts(whole, training, room * one * 1.0001)
    assert [len(part.settings) for part in found] == wanted
    assert {part.capacity for part in found} == {capacity}
    assert tuple(s for part in found for s in part.settings) == whole.settings


def test_in_parts_the_archive_is_the_same(
    tiny: Folders, another: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = plan(another), plan(tiny)
    provenance = {"commit": "abc", "packages": {}, "cpu": "one"}
    assert train_set(whole, TrainingContext(whole.folder, whole.training, provenance))
    gib = sizes.memory(cut.groups[0], cut.training) / 2
    monkeypatch.setattr(train, "room", lambda processes: gib)
    trained: list[int] = []

    def one(part: GroupPlan, *others: object, **named: object) -> bool:
        trained.append(len(part.settings))
        return real(part, *others, **named)  # type: ignore[arg-type]

    real = train.train_group
    monkeypatch.setattr(train, "train_group", one)
    assert train_set(cut, TrainingContext(cut.folder, cut.training, provenance))
    assert trained == [1, 1, 1, 1]
    assert digest_file(cut.archive) == digest_file(whole.archive)


def test_one_setting_that_does_not_fit_is_refused(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(tiny)
    gib = sizes.memory(planned.groups[0], planned.training)
    large = replace(planned.groups[-1], longest=50 * planned.groups[-1].longest)
    both = replace(planned, groups=(planned.groups[0], large))
    for module in (sets, train):
        monkeypatch.setattr(module, "room", lambda processes: gib)
    with pytest.raises(ScalingError, match="EXECUTOR=one"):
        train_set(both, TrainingContext(planned.folder, planned.training, {}))
    assert not list(planned.folder.rglob("*.npz"))  # not even of what would fit
    monkeypatch.setattr(sets, "room", lambda processes: math.inf)
    with pytest.raises(ScalingError, match="EXECUTOR=one"):  # as a node of Ray hears it
        train_set(
            replace(planned, groups=(large,)),
            TrainingContext(planned.folder, planned.training, {}),
        )


def test_room_is_shared_by_the_processes_of_a_host() -> None:
    whole = sizes.room(1) + sizes.PROCESS_GIB
    assert sizes.room(2) + sizes.PROCESS_GIB == pytest.approx(whole / 2)
    assert 0 < sizes.host_room(1) * 2**30 < sizes.host_memory()
    assert sizes.host_room(10_000) == 0  # not enough for the processes themselves


@pytest.mark.parametrize(("memory", "cores"), [(32, 16), (16, 8), (64, 4), (2, 1)])
def test_processes_and_their_groups_fit_together(
    memory: int, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "host_memory", lambda: memory * 2.0**30)
    each = sizes.host_room(cores) + sizes.PROCESS_GIB
    assert cores * each <= 0.8 * memory + 1e-9


@pytest.mark.parametrize(
    ("text", "limit"), [("1000000\n", 1e6), ("max\n", None), (f"{10**18}", None)]
)
def test_a_containers_limit_counts(
    tmp_path: Path, text: str, limit: float | None
) -> None:
    path = tmp_path / "memory.max"
    whole = sizes.host_memory((path,))
    path.write_text(text)
    assert sizes.host_memory((path,)) == (limit or whole)


def test_a_plan_does_not_allocate_what_it_plans(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = replace(training.tasks[0], steps=1_000_000)
    large = replace(training, tasks=(task,), replay=1_000_000, seeds=2)
    whole = replace(group(2, size=2), longest=1_000_000)
    assert sizes.memory(whole, large) > 0.1
    monkeypatch.setattr(estimate, "PROBE_GIB", 0.1)
    programs: dict = {}
    speed = estimate.calibrate([whole], large, programs)
    (program,) = programs
    assert program.capacity == 2
    assert program.slots < 10_000
    assert speed.step > 0  # an update is a difference of two times, which may vanish
