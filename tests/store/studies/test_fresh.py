"""Paths of fresh runs and reading of their archives."""

from pathlib import Path

import pytest

from value_scaling.records import SETS, ScalingError
from value_scaling.store.folders import RUNS_VARIABLE, Folders
from value_scaling.store.project import Project
from value_scaling.store.studies.load import load_study
from value_scaling.workflow.pipeline import HYPERPARAMETERS


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RUNS_VARIABLE, raising=False)


def test_nothing_that_is_made_lies_where_the_published_lies(tmp_path: Path) -> None:
    plain, fresh = (Folders.at(tmp_path, runs=kind) for kind in ("published", "fresh"))
    for name in ("derived", "figures", "generated", "build"):
        assert tmp_path / "fresh" in getattr(fresh, name).parents
        assert tmp_path / "fresh" not in getattr(plain, name).parents
    for name in ("archives", "runs", "unfinished", "studies", "expected"):
        assert getattr(fresh, name) == getattr(plain, name)
    assert plain.finished("gym", "ours") == tmp_path / "data" / "runs" / "gym" / "ours"
    assert fresh.finished("gym", "ours").parent.name == "gym.fresh"
    for study in ("gym", "dmc", "classic"):
        files = {
            folders.archive(load_study(study, folders), name)
            for folders in (plain, fresh)
            for name in SETS
        }
        assert len(files) == 6


def test_the_variable_chooses_and_the_option_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not Folders.at(tmp_path).fresh
    monkeypatch.setenv(RUNS_VARIABLE, "fresh")
    assert Folders.at(tmp_path).fresh
    assert not Folders.at(tmp_path, runs="published").fresh
    monkeypatch.setenv(RUNS_VARIABLE, "frsh")
    with pytest.raises(ScalingError, match=r"\$VALUE_SCALING_RUNS: found 'frsh'"):
        Folders.at(tmp_path)


def test_traps_of_the_published_archives_are_not_those_of_fresh_ones(
    tmp_path: Path,
) -> None:
    plain, fresh = (
        load_study("dmc", Folders.at(tmp_path, runs=kind))
        for kind in ("published", "fresh")
    )
    rule = fresh.archive("sweep")
    assert plain.archive("sweep").steps is not None
    assert rule.steps is None
    assert rule.metric == "episode.return"
    assert not fresh.archive("ours").middle_only
    assert fresh.published is None
    assert fresh.facts == ()
    # What belongs to the algorithm and to the comparison stays.
    assert rule.reset_every == 2.5e6
    assert rule.crossing == "exceed"
    assert fresh.environments == plain.environments
    assert fresh.sweep_levels == plain.sweep_levels
    assert load_study("gym", Folders.at(tmp_path, runs="fresh")).archive(
        "sweep"
    ).reset_every is None  # fmt: skip


def test_a_missing_archive_says_how_to_make_it(tmp_path: Path) -> None:
    project = Project.at(tmp_path, runs="fresh")
    with pytest.raises(
        ScalingError, match=r"gym_sweep\.fresh\.zip.*--runs fresh train"
    ):
        project.runs(project.study("gym"), "sweep")
    with pytest.raises(ScalingError, match="make figures RUNS=fresh"):
        project.load(project.study("gym"), HYPERPARAMETERS)
