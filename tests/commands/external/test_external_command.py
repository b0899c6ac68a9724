"""`scaling external`, on planted tables and on the published ones."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.planted_external import write_table

from value_scaling.commands.external.running import load_external, make_external
from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.studies.external import load_external_study
from value_scaling.workflow.pipeline import EXTERNAL

Command = Callable[..., Any]
STEPS = np.arange(11) * 5_000_192
TRUE = {"utd": -0.6, "width": -0.4, "batch_size": 0.2}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTERNAL.options, "replicates", 60)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A checkout with planted tables of FlashSAC."""
    study = load_external_study("flashsac")
    folder = tmp_path / "data" / "zip"
    folder.mkdir(parents=True)
    for axis, own in study.axes.items():
        for at, table in enumerate(own):
            ratio = table.value / own[0].value
            data = 12_000_000 * (1 if TRUE[axis] > 0 else 3) * ratio ** TRUE[axis]
            write_table(
                folder / table.file,
                dict.fromkeys(study.tasks, data),
                seed=at,
                steps=STEPS,
            )
    return folder


def test_planted_exponents_are_printed(tables: Path, scaling: Command) -> None:
    outcome = scaling("external", "flashsac", "--json")
    assert outcome.code == 0, outcome.err
    found = json.loads(outcome.out)
    for axis, truth in TRUE.items():
        own = found["axes"][axis]
        (everything,) = [each for each in own["pooled"] if each["group"] == "all"]
        mean = everything["mean"]
        assert mean["low"] <= truth <= mean["high"], axis
        # A seed that occurs twice counts once, with its first values.
        assert all(task["seeds"] == [5] * 4 for task in own["tasks"])
        assert mean["value"] == pytest.approx(truth, abs=0.06)
    text = scaling("external", "flashsac").out
    assert "4 of 4 tasks are fitted" in text
    assert "smallest batch_size" in text


def test_an_axis_with_a_missing_table_is_left_out(
    tables: Path, scaling: Command, refused: Command
) -> None:
    (tables / "flashsac_batch_4k.csv").unlink()
    found = json.loads(scaling("external", "flashsac", "--json").out)
    assert [*found["axes"]] == ["utd", "width"]
    for path in tables.glob("*1*.csv"):
        path.unlink()
    line = refused("external", "flashsac")
    assert "flashsac_utd05.csv" in line and "make data" in line
    assert "one of flashsac, simba, simbav2" in refused("external", "mine")


def test_records_are_current_or_refused(tables: Path, tmp_path: Path) -> None:
    folders = Folders.at(tmp_path)
    with pytest.raises(ScalingError, match="no such file"):
        load_external(folders)
    study = load_external_study("flashsac")
    record = make_external(folders, study)
    ((again, loaded),) = load_external(folders)
    assert again == study
    assert loaded.axes["utd"].pooled[0].mean.value == (
        record.axes["utd"].pooled[0].mean.value
    )
    assert load_external(Folders.at(tmp_path, runs="fresh")) == ()
    (tables / "flashsac_utd1.csv").write_bytes(
        (tables / "flashsac_utd4.csv").read_bytes()
    )
    with pytest.raises(ScalingError, match="stale"):
        load_external(folders)


def test_a_task_of_another_study_is_refused(tables: Path, refused: Command) -> None:
    path = tables / "flashsac_utd1.csv"
    path.write_text(path.read_text().replace("Isaac_Velocity-Flat", "Isaac_Flight"))
    assert "Isaac-Flight-G1-v0" in refused("external", "flashsac").replace("_", "-")


def test_published_tables_have_57_tasks(thirdparty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "zip"
    folder.mkdir(parents=True)
    study = load_external_study("simba")
    for table in study.axes["utd"]:
        shutil.copy(thirdparty / "SimbaV2_utd" / table.file, folder)
    axis = make_external(Folders.at(tmp_path), study).axes["utd"]
    assert len(axis.tasks) == 57
    # Slope −0.11 [−0.17, −0.06] of an independent analysis, over all tasks.
    everything = axis.group("all")
    assert everything is not None
    assert everything.mean.low < -0.11 < everything.mean.high < 0
    # Seeds that occur twice, under the same or exchanged numbers, count once.
    seeds = {task.task: task.seeds.tolist() for task in axis.tasks}
    assert seeds["dog-run"] == [5, 15, 10, 5]
    assert seeds["h1-run-v0"] == [5, 10, 5, 5]
