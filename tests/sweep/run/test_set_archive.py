"""`train` adds to archives; nothing in an archive is ever lost or replaced."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from planted_sweep import NEW, OLD, members, plan, train

from value_scaling.records import ScalingError
from value_scaling.store.archives.hours import load_hours
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.provenance import read_provenance
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.host.processors import Processor
from value_scaling.sweep.plan.sets import SetPlan
from value_scaling.sweep.run import local, one_process, set_archive
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.set_archive import write_archive


def manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("manifest.json")]
        found: dict[str, Any] = json.loads(archive.read(name))
        return found


def edit(folders: Folders, old: str, new: str, *, name: str = "tiny") -> None:
    path = folders.studies / f"{name}.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def forget(folders: Folders) -> None:
    """Remove data/runs, as in a fresh clone, which has only the archives."""
    if folders.runs.exists():
        folders.runs.rename(folders.root / "elsewhere")


@pytest.mark.parametrize("cloned", [False, True])
def test_a_smaller_grid_keeps_what_the_archive_has(cloned: bool, tiny: Folders) -> None:
    first = plan(tiny)
    assert train(first)
    before, hours = members(first.archive), load_hours(first.archive)
    edit(tiny, "[1e-3, 2e-3]", "[1e-3]")
    if cloned:
        forget(tiny)
    second = plan(tiny)
    assert second.groups == ()
    assert train(second)
    assert members(second.archive) == before
    assert load_hours(second.archive) == hours
    # Only the settings of the grid are read; the others come back with the grid.
    study = load_study("tiny", tiny)
    runs = read_runs(second.archive, study, "sweep")
    assert {curves.setting for curves in runs.curves} == set(study.grid)
    made = read_provenance(study, tiny)
    assert made is not None
    assert made.sets[0].settings == 2
    edit(tiny, "[1e-3]", "[1e-3, 2e-3]")
    assert len(read_runs(second.archive, load_study("tiny", tiny), "sweep").curves) == 4
    assert plan(tiny).groups == ()


@pytest.mark.parametrize("cloned", [False, True])
def test_an_environment_that_left_the_study_stays(cloned: bool, tiny: Folders) -> None:
    first = plan(tiny)
    train(first)
    before = members(first.archive)
    for path in (tiny.studies / "tiny.toml", tiny.studies / "training" / "tiny.toml"):
        path.write_text(path.read_text().replace("Pendulum-v1", "Acrobat-v1"))
    if cloned:
        forget(tiny)
    second = plan(tiny)
    assert train(second)
    after = members(second.archive)
    assert before.items() <= after.items()
    assert len(after) == 2 * len(before)
    study = load_study("tiny", tiny)
    runs = read_runs(second.archive, study, "sweep")
    assert {curves.setting for curves in runs.curves} == set(study.grid)
    assert read_provenance(study, tiny) is not None


@pytest.mark.parametrize("cloned", [False, True])
def test_fitted_runs_stay_when_the_fit_moves(cloned: bool, tiny: Folders) -> None:
    first = plan(tiny, "ours", batch_size=8)
    assert train(first)
    before = members(first.archive)
    if cloned:
        forget(tiny)
    second = plan(tiny, "ours", batch_size=16)
    assert len(second.groups) == 2
    half = [second.groups[0].settings[0]]
    assert not train(second, half)
    assert members(second.archive) == before
    assert before.items() < members(second.partial).items()
    assert train(plan(tiny, "ours", batch_size=16))
    after = members(second.archive)
    assert before.items() < after.items()
    assert len(after) == 2 * len(before)
    assert not second.partial.exists()
    study = load_study("tiny", tiny)
    runs = read_runs(second.archive, study, "ours")
    assert {curves.setting.batch_size for curves in runs.curves} == {16}
    # The fit moves back: nothing is trained again.
    back = plan(tiny, "ours", batch_size=8)
    assert back.groups == ()
    assert train(back)
    assert members(back.archive) == after
    runs = read_runs(back.archive, study, "ours")
    assert {curves.setting.batch_size for curves in runs.curves} == {8}


def test_what_is_in_an_archive_is_not_replaced(tiny: Folders) -> None:
    """Settings of the archive stay when equal ones were made on another machine."""
    first = plan(tiny)
    assert train(first, value=1.0)
    content = first.archive.read_bytes()
    train(first, first.settings, value=2.0)
    assert first.archive.read_bytes() == content


@pytest.mark.parametrize("grid", ["[1e-3, 2e-3]", "[4e-3]"])
@pytest.mark.parametrize("cloned", [False, True])
def test_runs_of_other_training_settings_are_not_mixed_in(
    grid: str, cloned: bool, tiny: Folders
) -> None:
    """This holds even if no setting of the archive is requested."""
    first = plan(tiny)
    train(first)
    content = first.archive.read_bytes()
    edit(tiny, "[1e-3, 2e-3]", grid)
    path = tiny.studies / "training" / "tiny.toml"
    path.write_text(path.read_text().replace("hidden = [4]", "hidden = [5]"))
    if cloned:
        forget(tiny)
    with pytest.raises(ScalingError, match=r"other training settings.*new archive"):
        plan(tiny)
    with pytest.raises(ScalingError, match=r"other training settings.*new archive"):
        write_archive(replace(first, training=load_training(first.study, tiny)))
    assert first.archive.read_bytes() == content


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("folder", ["archives", "unfinished"])
def test_an_archive_belongs_to_one_study(
    folder: str, late: bool, tiny: Folders
) -> None:
    """A study was renamed or copied; late: it was planned before the file existed."""
    tiny_file, other_file = (
        tiny.studies / f"{name}.toml" for name in ("tiny", "other")
    )
    training = tiny.studies / "training"
    (training / "other.toml").write_text((training / "tiny.toml").read_text())
    tiny_file.rename(other_file)
    theirs = plan(tiny, name="other")
    other_file.rename(tiny_file)
    first = plan(tiny)
    some = None if folder == "archives" else first.settings[:1]
    train(first, some)
    path = first.archive if some is None else first.partial
    content = path.read_bytes()
    tiny_file.rename(other_file)
    with pytest.raises(ScalingError, match=r"'tiny', set 'sweep'.*`file`"):
        if late:
            train(theirs)
        else:
            plan(tiny, name="other")
    assert path.read_bytes() == content
    assert list(tiny.root.rglob("*.zip")) == [path]


def test_an_archive_of_others_that_comes_late_is_not_overwritten(tiny: Folders) -> None:
    first = plan(tiny)
    first.archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(first.archive, "w") as archive:
        archive.writestr("a/utd_1/Pendulum-v1/returns/bs_8_lr_1.npy", b"")
    content = first.archive.read_bytes()
    with pytest.raises(ScalingError, match="did not write"):
        train(first)
    assert first.archive.read_bytes() == content


def test_a_grid_that_grows_leaves_the_archive_until_it_is_whole(tiny: Folders) -> None:
    first = plan(tiny)
    train(first)
    content, before = first.archive.read_bytes(), members(first.archive)
    edit(tiny, "[1e-3, 2e-3]", "[1e-3, 2e-3, 4e-3]")
    forget(tiny)
    second = plan(tiny)
    assert not train(second, second.groups[0].settings)
    assert second.archive.read_bytes() == content
    assert before.items() < members(second.partial).items()
    assert train(plan(tiny))
    assert before.items() < members(second.archive).items()
    assert len(members(second.archive)) == 6 * 11


def test_in_one_go_or_in_steps_the_archive_is_the_same(
    tiny: Folders, another: Folders
) -> None:
    """This also holds with two sets of packages, which each setting then names."""
    for folders, stepwise in ((tiny, False), (another, True)):
        planned = plan(folders)
        last, *rest = planned.settings
        if stepwise:
            for setting in rest:
                train(planned, [setting], packages=NEW)
                if setting == rest[0]:
                    forget(folders)
                planned = plan(folders)
            train(planned, [last], packages=OLD)
        else:
            train(planned, [last], packages=OLD)
            train(planned, rest, packages=NEW)
    assert plan(tiny).archive.read_bytes() == plan(another).archive.read_bytes()
    found = manifest(plan(tiny).archive)
    assert found["packages"] == [OLD, NEW]
    assert [n["packages"]["jax"] for n in found["settings"].values()] == [
        OLD["jax"],
        *[NEW["jax"]] * 3,
    ]


def test_an_archive_with_nothing_new_is_not_touched(tiny: Folders) -> None:
    """Neither the compression library nor other entries of its manifest matter."""
    first = plan(tiny)
    train(first)
    found, content = manifest(first.archive), members(first.archive)
    found["note"] = "by hand"
    with zipfile.ZipFile(first.archive, "w", zipfile.ZIP_STORED) as archive:
        for name, value in content.items():
            archive.writestr(name, value)
        archive.writestr("tiny_sweep/manifest.json", json.dumps(found))
    before = first.archive.read_bytes()
    forget(tiny)
    assert train(plan(tiny))
    assert first.archive.read_bytes() == before
    edit(tiny, "[1e-3, 2e-3]", "[1e-3, 2e-3, 4e-3]")
    assert train(plan(tiny))
    assert manifest(first.archive)["note"] == "by hand"


@pytest.mark.parametrize("folder", ["archives", "unfinished"])
@pytest.mark.parametrize("damage", ["half", "flip", "folder"])
def test_a_damaged_archive_says_what_is_safe_to_do(
    folder: str, damage: str, tiny: Folders
) -> None:
    first = plan(tiny)
    train(first, None if folder == "archives" else first.settings[:3])
    path = first.archive if folder == "archives" else first.partial
    content = path.read_bytes()
    path.unlink()
    if damage == "half":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        middle = len(content) // 2
        flipped = bytes([content[middle] ^ 255])
        path.write_bytes(content[:middle] + flipped + content[middle + 1 :])
    else:
        path.mkdir()
    with pytest.raises(ScalingError, match=r"move it away.*data/runs") as problem:
        plan(tiny)
    assert "make data" not in str(problem.value)
    path.rename(tiny.root / "away")
    train(plan(tiny), [])
    assert path.read_bytes() == content


def test_the_archive_is_written_in_a_tenth_of_the_time(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing takes 0.01 s for each finished group, and training a group takes 2 s."""
    clock, written, groups = [0.0], [0.0], [0]
    monkeypatch.setattr(set_archive.time, "monotonic", lambda: clock[0])

    def write(planned: SetPlan) -> bool:
        written[0] += 0.01 * groups[0]
        clock[0] += 0.01 * groups[0]
        return False

    monkeypatch.setattr(set_archive, "write_archive", write)
    packer = set_archive.ArchiveWriter(plan(tiny))
    for number in range(1, 1001):
        groups[0] = number
        clock[0] += 2.0
        packer.write_if_due()
    assert 0 < written[0] <= clock[0] / 10


def test_processes_leave_the_archive_to_their_parent(
    tiny: Folders, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    def write(planned: SetPlan) -> bool:
        raise AssertionError("a worker wrote the archive")

    for module in (set_archive, one_process, local):
        monkeypatch.setattr(module, "write_archive", write)
    monkeypatch.setattr(local, "configure", lambda cache: None)
    planned = plan(tiny)
    provenance = {"commit": "abc", "packages": {}, "cpu": "one"}
    context = TrainingContext(planned.folder, planned.training, provenance)
    monkeypatch.setattr(local.signal, "signal", lambda *given: None)
    local._work(planned, context, Processor(), cache)
    assert not plan(tiny).groups
