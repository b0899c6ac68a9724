"""The numbers of Python are those of the command line, to the bit."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from planted_study import frame_of

import value_scaling as vs
from value_scaling.__main__ import main
from value_scaling.store.project import Project

pytestmark = pytest.mark.usefixtures("twenty_draws")

SETS = ("sweep", "ours", "baseline")


@pytest.fixture(scope="module")
def saved(bundled: Callable[[], Path]) -> Path:
    """A checkout with the bundled study, for fits with few replicates."""
    return bundled()


@pytest.fixture(scope="module")
def told(saved: Path, twenty_draws: None, command_line: Callable[..., str]) -> str:
    """What `scaling fit classic --json` prints; it also saves every record."""
    return command_line("fit", "classic", "--json", root=saved)


def test_a_saved_study_has_the_numbers_of_the_command(told: str, saved: Path) -> None:
    assert vs.load("classic", saved).to_json() + "\n" == told


def test_a_frame_has_the_numbers_of_the_command(told: str, saved: Path) -> None:
    project = Project.at(saved)
    study = project.study("classic")
    frames = [frame_of(project.runs(study, name)) for name in SETS]
    ordered = [frame.sort_values(["step", "value"]) for frame in frames]
    fit = vs.fit(ordered[0], ours=ordered[1], baseline=ordered[2], study=study)
    assert fit.to_json() + "\n" == told
    assert fit.failures == ()


def test_archives_have_the_numbers_of_the_command(told: str, saved: Path) -> None:
    paths = [saved / "data" / "zip" / f"classic_{name}.zip" for name in SETS]
    study = vs.load("classic", saved).study
    assert vs.fit_archive(*paths, study=study).to_json() + "\n" == told


@pytest.mark.usefixtures("told")
def test_a_recommendation_is_that_of_the_command(
    saved: Path, command_line: Callable[..., str]
) -> None:
    words = ("recommend", "classic", "--utd", "3", "16", "--json")
    advice = json.loads(command_line(*words, root=saved))
    assert vs.load("classic", saved).recommend([3, 16]) == advice


@pytest.mark.usefixtures("told")
def test_limits_give_the_numbers_of_the_command(
    saved: Path, command_line: Callable[..., str]
) -> None:
    words = ("--level", "300", "--max-steps", "5000", "--budget", "1e12")
    words = ("recommend", "classic", *words)
    seconds = ("--step-seconds", "0.001", "--update-seconds", "0.002")
    advice = json.loads(command_line(*words, *seconds, "--json", root=saved))
    fit = vs.load("classic", saved)
    assert advice == fit.recommend(
        level=300, max_steps=5000, budget=1e12, step_seconds=1e-3, update_seconds=2e-3
    )
    with pytest.raises(vs.ScalingError, match="max_hours"):
        fit.recommend(max_hours=-1)


def test_an_unsaved_study_is_fitted_and_nothing_is_written(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "data" / "zip").mkdir(parents=True)
    for name in ("classic_ours.zip", "classic_ours.hours.json"):
        archive = root / "data" / "zip" / name
        (tmp_path / "data" / "zip" / name).write_bytes(archive.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    fit = vs.load("classic", tmp_path)
    assert set(fit.data(level=300)["set"]) == {"ours"}
    assert any("baseline" in each for each in fit.warnings)
    fit.tables()
    assert sorted(tmp_path.rglob("*")) == before


def test_the_defaults_of_a_frame_are_those_of_an_import(
    planted: Callable[[str], pd.DataFrame],
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    (tmp_path / "data" / "zip").mkdir(parents=True)
    runs = planted("sweep")
    runs.to_parquet(tmp_path / "runs.parquet")
    words = ["--root", str(tmp_path)]
    source = ["mine", str(tmp_path / "runs.parquet"), "--from", "parquet"]
    assert main([*words, "import", *source]) == 0
    capsys.readouterr()
    assert main([*words, "fit", "mine", "--json"]) == 0
    printed = capsys.readouterr().out
    assert vs.fit(runs, study="mine").to_json() + "\n" == printed
