"""`scaling import`: from logs to an archive, a report and a study to fit."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_logs import (
    NAME,
    frame,
    rounded,
    write_csv,
    write_evaluations,
    write_monitor,
    write_parquet,
    write_tensorboard,
)
from planted_study import make_runs, make_study, study_text, write_archive
from planted_wandb import write_wandb

from value_scaling.records import Runs
from value_scaling.store.archives import read
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.fresh import RETURNS
from value_scaling.store.studies.load import load_study

POINTS = 40
STUDY = make_study(environments=2)
RUNS = rounded(make_runs(STUDY, "sweep", points=POINTS, seeds=3))
CONFIG = "--config", "utd=gradient_steps"

FORMATS: dict[str, tuple[Callable[[Path, Runs], None], tuple[str, ...]]] = {
    "csv": (write_csv, CONFIG),
    "parquet": (write_parquet, CONFIG),
    "wandb": (write_wandb, CONFIG),
    "tensorboard": (write_tensorboard, CONFIG),
    "monitor": (write_monitor, ("--name", NAME.replace("{env}", "{}"))),
    "evaluations": (write_evaluations, ("--name", NAME)),
}


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "data" / "zip").mkdir(parents=True)
    return Folders.at(tmp_path)


def logs(tmp_path: Path, kind: str, runs: Runs = RUNS) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    FORMATS[kind][0](folder, runs)
    return folder


def archive(tmp_path: Path, name: str = "planted_sweep") -> Path:
    return tmp_path / "data" / "zip" / f"{name}.zip"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_planted_study_gives_the_same_fits_through_an_importer(
    tmp_path: Path, kind: str, scaling
) -> None:
    """The same study file, the same runs: every number and interval is the same."""
    studies = tmp_path / "data" / "studies"
    studies.mkdir()
    text = study_text(STUDY).replace('metric = "returns"', f'metric = "{RETURNS}"')
    (studies / "planted.toml").write_text(text)
    done = scaling(
        "import", "planted", logs(tmp_path, kind), "--from", kind, *FORMATS[kind][1]
    )
    assert (done.code, done.err) == (0, "")
    assert f"Found {3 * len(RUNS.curves)} runs: used {3 * len(RUNS.curves)}" in done.out
    assert "planted.toml (kept)" in done.out
    imported = scaling("fit", "planted", "--json")
    other = tmp_path / "other"
    (other / "data" / "studies").mkdir(parents=True)
    (other / "data" / "studies" / "planted.toml").write_text(study_text(STUDY))
    write_archive(other, RUNS, STUDY)
    direct = scaling("fit", "planted", "--json", root=other)
    assert imported.code == direct.code == 0
    assert json.loads(imported.out) == json.loads(direct.out)


def test_the_study_file_that_is_written(tmp_path: Path, folders, scaling) -> None:
    source = logs(tmp_path, "csv")
    done = scaling(
        "import", "mine", source, "--from", "csv", *CONFIG, "--model-size", 1e5
    )
    assert done.code == 0, done.err
    text = (tmp_path / "data" / "studies" / "mine.toml").read_text()
    table = tomllib.loads(text)
    assert table["sweep_utds"] == [1, 2, 4, 8]
    assert table["model_size"] == 1e5
    assert "delta" not in table
    assert "# δ, FLOPs worth one environment step, delta: NOT KNOWN" in text
    first, _ = table["environments"]
    assert first["batch_sizes"] == [64, 128, 256, 512]
    assert first["learning_rates"] == [2e-4, 4e-4, 8e-4]
    # The best run ends at 2000, where the planted study puts 1000: 1.25 times that.
    assert first["max_return_sweep"] == 2500
    assert table["sweep_levels"][-1] == 800
    study = load_study("mine", folders)
    runs = read_runs(archive(tmp_path, "mine_sweep"), study, "sweep")
    assert not runs.missing
    for found, planted in zip(runs.curves, RUNS.curves, strict=True):
        assert found.setting == planted.setting
        np.testing.assert_array_equal(found.steps, planted.steps)
        np.testing.assert_array_equal(found.returns, planted.returns)
    assert scaling("fit", "mine").code == 0


def test_the_report_is_kept_beside_the_archive(tmp_path: Path, scaling) -> None:
    source = logs(tmp_path, "csv")
    scaling("import", "mine", source, "--from", "csv", *CONFIG)
    report = json.loads((tmp_path / "data/zip/mine_sweep.import.json").read_text())
    assert report["from"] == "csv"
    assert report["options"]["config"] == {"utd": "gradient_steps"}
    assert len(report["runs"]) == report["used"] == 3 * len(RUNS.curves)
    assert report["origins"]["utd"] == {"key gradient_steps": report["used"]}
    assert {each["seeds"] for each in report["settings"]} == {3}


def test_a_dry_run_writes_nothing(tmp_path: Path, scaling) -> None:
    source = logs(tmp_path, "csv")
    before = sorted(tmp_path.rglob("*"))
    words = ("import", "mine", source, "--from", "csv", *CONFIG, "--dry-run")
    done = scaling(*words)
    assert done.code == 0
    assert "Nothing was written" in done.out
    assert json.loads(scaling(*words, "--json").out)["used"] == 3 * len(RUNS.curves)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_shows_what_would_be_refused(
    tmp_path: Path, scaling, refused
) -> None:
    """One run is there twice, one ends early."""
    table = frame(RUNS)
    first = table.iloc[:POINTS]
    table = table.drop(index=range(2 * POINTS, 3 * POINTS - 20))
    (tmp_path / "logs").mkdir()
    table.to_csv(tmp_path / "logs" / "a.csv")
    first.assign(**{"return": 1.0}).to_csv(tmp_path / "logs" / "b.csv")
    words = ("import", "mine", tmp_path / "logs", "--from", "csv", *CONFIG)
    done = scaling(*words, "--dry-run")
    assert done.code == 0
    assert "runs with one setting and seed: 2 (logs/a: " in done.out
    message = refused(*words)
    assert "runs with one setting and seed" in message
    assert not archive(tmp_path, "mine_sweep").exists()


def test_a_second_import(tmp_path: Path, scaling, refused) -> None:
    """The same runs change nothing; others are refused unless they are to replace."""
    source = logs(tmp_path, "csv")
    words = ("import", "mine", source, "--from", "csv", *CONFIG)
    assert scaling(*words).code == 0
    content = archive(tmp_path, "mine_sweep").read_bytes()
    assert scaling(*words).code == 0
    assert archive(tmp_path, "mine_sweep").read_bytes() == content
    fewer = (*words, "--only", "utd=1,2,4")
    assert "an archive with other content" in refused(*fewer)
    study = tmp_path / "data" / "studies" / "mine.toml"
    assert tomllib.loads(study.read_text())["sweep_utds"] == [1, 2, 4, 8]
    done = scaling(*fewer, "--replace")
    assert done.code == 0
    assert "written again, as it was not edited" in done.out
    assert tomllib.loads(study.read_text())["sweep_utds"] == [1, 2, 4]


def test_runs_of_one_cell_of_a_sweep_are_a_set_of_their_own(
    tmp_path: Path, scaling
) -> None:
    words = ("import", "mine", logs(tmp_path, "csv"), "--from", "csv", *CONFIG)
    scaling(*words)
    assert "No D_J(utd) and utd*(F)" in scaling("fit", "mine").out
    cell = ("--set", "baseline", "--only", "batch_size=128,learning_rate=4e-4")
    assert "8 settings: 8 with 3 seeds" in scaling(*words, *cell).out
    out = scaling("fit", "mine").out
    assert "No D_J(utd)" not in out
    assert "D_J(utd) = D_min" in out


def test_edits_of_the_study_file_are_kept(tmp_path: Path, scaling) -> None:
    source = logs(tmp_path, "csv")
    words = ("import", "mine", source, "--from", "csv", *CONFIG)
    scaling(*words)
    study = tmp_path / "data" / "studies" / "mine.toml"
    study.write_text(study.read_text().replace('title = "mine"', 'title = "Mine"'))
    edited = study.read_bytes()
    done = scaling(*words, "--only", "utd=1,2,4", "--replace")
    assert done.code == 0
    assert "mine.toml (kept)" in done.out
    assert study.read_bytes() == edited


def test_another_set_is_added(tmp_path: Path, folders, scaling) -> None:
    source = logs(tmp_path, "csv")
    scaling("import", "mine", source, "--from", "csv", *CONFIG)
    ours = tmp_path / "ours"
    ours.mkdir()
    write_csv(ours, rounded(make_runs(STUDY, "ours", points=POINTS, seeds=3)))
    done = scaling("import", "mine", ours, "--from", "csv", *CONFIG, "--set", "ours")
    assert done.code == 0, done.err
    assert "added [archives.ours]" in done.out
    assert set(load_study("mine", folders).archives) == {"sweep", "ours"}
    assert archive(tmp_path, "mine_ours").exists()


def test_sizes_are_a_grid_of_the_study_file(tmp_path: Path, folders, scaling) -> None:
    table = frame(RUNS)
    both = [
        table.assign(params=n, **{"return": table["return"] + shift})
        for n, shift in ((1000, 0.0), (4000, 1.5))
    ]
    (tmp_path / "logs").mkdir()
    pd.concat(both).to_csv(tmp_path / "logs" / "a.csv", index=False)
    config = "utd=gradient_steps,model_size=params"
    words = ("import", "mine", tmp_path / "logs", "--from", "csv", "--config", config)
    assert scaling(*words).code == 0
    study = load_study("mine", folders)
    assert study.environments[0].other_grids == {"model_size": (1000, 4000)}
    runs = read_runs(archive(tmp_path, "mine_sweep"), study, "sweep")
    assert len(runs.curves) == 2 * len(RUNS.curves)
    assert not runs.missing


def test_more_than_an_archive_may_have(
    tmp_path: Path, refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "SETTINGS", 5)
    source = logs(tmp_path, "csv")
    message = refused("import", "mine", source, "--from", "csv", *CONFIG)
    assert "expected at most 5 in one archive" in message
    assert not (tmp_path / "data" / "studies" / "mine.toml").exists()


def test_a_sweep_without_a_grid_is_warned_of(tmp_path: Path, scaling) -> None:
    source = tmp_path / "logs"
    source.mkdir()
    write_csv(source, rounded(make_runs(STUDY, "baseline", points=POINTS, seeds=3)))
    words = ("import", "mine", source, "--from", "csv", *CONFIG)
    assert "Import such runs with `--set baseline`" in scaling(*words, "--dry-run").out
    done = scaling(*words, "--set", "baseline")
    assert "Warning" not in done.out
    assert "D_J(utd) = D_min" in scaling("fit", "mine").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gym", "logs", "--from", "csv"), "the name of a bundled study"),
        (("my study", "logs", "--from", "csv"), "a name of your own"),
        (("mine", "nowhere", "--from", "csv"), "no such file or folder"),
        (("mine", "logs", "--from", "csv"), "no utd (keys:"),
        (("mine", "logs", "--from", "monitor"), "no *monitor.csv in it or below"),
        (("mine", "logs", "--from", "csv", "--config", "utd"), "NAME=VALUE"),
        (("mine", "logs", "--from", "csv", "--config", "utd=a,utd=b"), "'utd' twice"),
        (("mine", "logs", "--from", "csv", "--only", "utd"), "NAME=VALUE,VALUE"),
        (("mine", "logs", "--from", "csv", "--spelling", "utd=1"), "NAME:TEXT=VALUE"),
        (
            ("mine", "logs", "--from", "csv", "--every", "0"),
            "a whole number, 1 or more",
        ),
        (("mine", "logs", "--from", "csv", "--name", "x{utd"), "a brace without"),
        (
            ("mine", "logs", "--from", "csv", *CONFIG, "--only", "utd=3"),
            "runs, none of which is used",
        ),
        (
            ("mine", "logs", "--from", "csv", *CONFIG, "--delta", "1e9"),
            "no model_size",
        ),
        (
            ("mine", "logs", "--from", "csv", *CONFIG, "--delta", "1e9", "--dry-run"),
            "no model_size",
        ),
    ],
)
def test_mistakes_are_one_message(
    tmp_path: Path, words: tuple[str, ...], said: str, refused, monkeypatch
) -> None:
    logs(tmp_path, "csv")
    monkeypatch.chdir(tmp_path)
    assert said in refused("import", *words)
    assert not (tmp_path / "data" / "studies" / "mine.toml").exists()
    assert not [*(tmp_path / "data").rglob("*mine*")]
