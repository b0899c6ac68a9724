"""`scaling regret`, and the stage in `scaling fit`."""

import json
import re
from pathlib import Path

import pytest
from planted_study import make_study, write_checkout

from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import REGRET

RECORD = "data/derived/planted/regret.json"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    write_checkout(tmp_path, make_study(environments=2), sets=["sweep"], points=60)
    return tmp_path


def test_the_table_has_a_line_for_each_way(checkout: Path, scaling) -> None:
    outcome = scaling("regret", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "Extra data on held-out seeds (4 random splits):"
    assert lines[1].split()[-5:] == ["all", "levels", "J", "=", "800"]
    cells = [re.split("  +", line) for line in lines[2:7]]
    assert {row[0] for row in cells} == {"every UTD, with its runs"}
    names = [row[1] for row in cells]
    assert names == [
        "best cell of each UTD",
        "fitted, one slope",
        "fitted, a slope each",
        "published analysis",
        "constant, best at UTD = 2",
    ]
    assert outcome.out.isascii()
    again = (checkout / RECORD).read_bytes()
    scaling("regret", "planted")
    assert (checkout / RECORD).read_bytes() == again


def test_fit_has_it_in_the_terminal_and_in_json(checkout: Path, scaling) -> None:
    table = scaling("regret", "planted").out.strip()
    assert table in scaling("fit", "planted").out
    outcome = scaling("fit", "planted", "--json")
    document = json.loads(outcome.out)["regret"]
    project = Project.at(checkout)
    record = project.load(project.study("planted"), REGRET)
    assert document["status"] == "compared"
    assert len(document["ways"]) == len(record.rows)
    first = document["ways"][0]
    assert (first["chosen_for"], first["levels"], first["way"]) == (
        *("every", "all", "cell"),
    )
    assert first["data_ratio"]["value"] == float(record.rows[0].data.value)
    assert {ratio["over"] for ratio in document["ratios"]} == {
        *("constant", "published", "nearest")
    }


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_are_said_and_the_rest_goes_on(
    tmp_path: Path, scaling, seeds: int
) -> None:
    write_checkout(
        tmp_path, make_study(environments=2), sets=["sweep"], seeds=seeds, points=60
    )
    outcome = scaling("fit", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    assert "B*(utd) ~ utd^" in outcome.out
    assert "Extra data on held-out seeds: not known, as no setting has more than" in (
        outcome.out
    )
    document = json.loads(scaling("fit", "planted", "--json").out)
    assert document["regret"]["status"].startswith("none: no setting has more than")
    assert document["regret"]["ways"] == []


def test_without_a_sweep_there_is_none(tmp_path: Path, scaling, refused) -> None:
    write_checkout(tmp_path, make_study(environments=2), sets=["ours"], points=60)
    assert "planted_sweep.zip" in refused("regret", "planted")
    assert "held-out seeds" not in scaling("fit", "planted").out
