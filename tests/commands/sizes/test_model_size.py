"""`scaling model-size` on planted runs."""

import json
from pathlib import Path

import pytest
from planted_sizes import GRID, STUDY, pack

from value_scaling.store.folders import Folders
from value_scaling.workflow.pipeline import MODEL_SIZE


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "value_scaling.commands.sizes.model_size.load_size_study"
    monkeypatch.setattr(name, {STUDY.name: STUDY}.__getitem__)
    monkeypatch.setitem(MODEL_SIZE.options, "replicates", 5)


def test_the_fits_are_printed_and_saved(tmp_path: Path, scaling) -> None:
    archives = Folders.at(tmp_path).archives
    archives.mkdir(parents=True)
    pack(archives / STUDY.files[0], GRID)
    shown = scaling("model-size", STUDY.name)
    assert shown.code == 0, shown.err
    rows = [line for line in shown.out.splitlines() if "largest utd" in line]
    assert [row.split()[0] for row in rows] == ["group/walk"] * 2
    assert ["no change" in row for row in rows] == [True, False]
    outcome = scaling("model-size", STUDY.name, "--json")
    document = json.loads(outcome.out)
    assert Path(document["records"][0]).is_file()
    task = document["variants"]["default"]["group/walk"]
    assert len(task["law"]["alpha"]["value"]) == len(task["levels"]) == 20
    assert task["law"]["status"][9] == ["converged", "converged"]
    assert {each["kind"] for each in task["held_out"]} >= {"largest utd", "budget"}
    low, high = task["mean_error"]["low"], task["mean_error"]["high"]
    assert 0 < low < high < 0.5


def test_without_archives_the_message_names_them(refused) -> None:
    assert "one or more of grid.zip" in refused("model-size", STUDY.name)
