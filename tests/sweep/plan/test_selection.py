"""A part of a study: requested by name, and kept when more of it is trained."""

from pathlib import Path
from typing import Any

import pytest

from value_scaling.records import ScalingError, Study
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.studies.fresh import RETURNS
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training
from value_scaling.sweep.plan.digests import digest
from value_scaling.sweep.plan.selection import Selection, check, choose
from value_scaling.sweep.plan.sets import SetPlan, plan_set
from value_scaling.sweep.plan.settings import stand_ins
from value_scaling.sweep.run.context import TrainingContext
from value_scaling.sweep.run.one_process import train_set

PROVENANCE: dict[str, Any] = {"commit": "abc", "packages": {}, "cpu": "one"}
LOW = Selection(values={"utd": (1.0,)})


@pytest.fixture
def study(tiny: Folders) -> Study:
    return load_study("tiny", tiny)


def plan(folders: Folders, part: Selection | None = None) -> SetPlan:
    study = load_study("tiny", folders)
    training = load_training(study, folders)
    return plan_set(study, "sweep", training, folders, part=part)


def train(planned: SetPlan) -> bool:
    return train_set(
        planned,
        TrainingContext(planned.folder, planned.training, PROVENANCE),
        quiet=True,
    )


def settings(folders: Folders) -> set[float]:
    project = Project(folders)
    curves = project.runs(project.study("tiny"), "sweep").curves
    return {curve.setting.utd for curve in curves}


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Selection(tasks=("Ant-v4",)), "--tasks.*found Ant-v4.*Pendulum-v1"),
        (
            Selection(values={"utd": (3.0,)}),
            "--utds.*found 3; expected one or more of 1, 2",
        ),
        (Selection(seeds=0), "--seeds: found 0"),
    ],
)
def test_what_the_study_has_not_is_refused(
    part: Selection, message: str, study: Study
) -> None:
    with pytest.raises(ScalingError, match=message):
        check(part, study)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            Selection(values={"batch_size": (8, 9)}),
            "--batch-sizes.*found 9; expected one or more of 8",
        ),
        (
            Selection(values={"learning_rate": (1e-3, 1.0)}),
            r"--learning-rates.*found 1;.*0\.002",
        ),
    ],
)
def test_what_the_grid_has_not_is_refused(
    part: Selection, message: str, tiny: Folders
) -> None:
    with pytest.raises(ScalingError, match=message):
        plan(tiny, part)


def test_a_part_without_a_setting_is_refused(study: Study) -> None:
    with pytest.raises(ScalingError, match=r"tiny, set ours: found no setting.*0\.002"):
        choose(study.grid, Selection(values={"learning_rate": (1.0,)}), study, "ours")


def test_a_setting_of_a_part_is_the_same_setting(tiny: Folders) -> None:
    whole, part = plan(tiny), plan(tiny, LOW)
    assert {each.utd for each in part.settings} == {1.0}
    assert part.groups[0].runs == whole.groups[0].runs
    for setting in part.settings:
        assert digest(setting, part.training) == digest(setting, whole.training)


def test_what_was_trained_is_kept_when_more_or_less_is_asked_for(
    tiny: Folders, another: Folders
) -> None:
    assert train(plan(tiny, LOW))
    assert settings(tiny) == {1.0}
    wider = plan(tiny)
    assert len(wider.groups) == 1
    assert train(wider)
    assert settings(tiny) == {1.0, 2.0}
    again = plan(tiny, LOW)
    assert again.groups == ()
    assert train(again)
    assert settings(tiny) == {1.0, 2.0}

    assert train(plan(another))
    project, other = Project(tiny), Project(another)
    for one, two in zip(
        project.runs(project.study("tiny"), "sweep").curves,
        other.runs(other.study("tiny"), "sweep").curves,
        strict=True,
    ):
        assert one.setting == two.setting
        assert one.returns.tobytes() == two.returns.tobytes()


def test_another_number_of_seeds_says_so(tiny: Folders) -> None:
    assert train(plan(tiny, LOW))
    with pytest.raises(ScalingError, match=r"found runs of 2 seeds; expected 1"):
        plan(tiny, Selection(values={"utd": (1.0,)}, seeds=1))


def test_fresh_runs_lie_beside_the_others(tiny: Folders) -> None:
    fresh = Folders.at(tiny.root, runs="fresh")
    assert train(plan(tiny))
    published = tiny.archive(load_study("tiny", tiny), "sweep")
    before = published.read_bytes()
    planned = plan(fresh, LOW)
    assert len(planned.groups) == 1
    assert planned.folder == tiny.root / "data" / "runs" / "tiny.fresh" / "sweep"
    assert train(planned)
    archive = tiny.root / "data" / "zip" / "tiny_sweep.fresh.zip"
    assert fresh.archive(load_study("tiny", fresh), "sweep") == archive
    assert settings(fresh) == {1.0}
    assert settings(tiny) == {1.0, 2.0}
    assert published.read_bytes() == before


def test_before_a_fit_the_middle_of_the_grid_stands_in(study: Study) -> None:
    found = stand_ins(study)
    assert {each.utd for each in found} == set(study.trained_utds)
    assert {(each.batch_size, each.learning_rate) for each in found} == {(8, 2e-3)}


def test_what_is_trained_is_what_fresh_archives_are_read_as() -> None:
    from value_scaling.learning.training.curves import RETURNS as LOGGED
    from value_scaling.learning.training.diagnostics import METRICS
    from value_scaling.records import diagnostic_metrics

    assert RETURNS == LOGGED
    assert set(diagnostic_metrics()) <= set(METRICS)


def test_authors_archives_are_never_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from value_scaling.commands.training.request import Request, open_project

    monkeypatch.delenv("VALUE_SCALING_RUNS", raising=False)
    (tmp_path / "data").mkdir()
    named = Request(root=tmp_path, study="gym")
    project, study = open_project(named)
    assert project.folders.fresh
    assert study.archive("baseline").file == "gym_baseline.fresh.zip"
    with pytest.raises(ScalingError, match="never overwritten"):
        open_project(Request(root=tmp_path, study="gym", runs="published"))
    project, _ = open_project(Request(root=tmp_path, study="classic"))
    assert not project.folders.fresh

    monkeypatch.setenv("VALUE_SCALING_RUNS", "published")  # as make does
    with pytest.raises(ScalingError, match="make full-replication"):
        open_project(named)
