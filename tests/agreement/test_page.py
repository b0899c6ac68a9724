"""Results and page of planted curves, and the committed page."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.agreement.conftest import planted

from agreement import figure, page
from agreement.curves import Side
from agreement.results import results
from agreement.rows import OURS, PEER, Plan, Row
from value_scaling.report.documents.parts import with_parts
from value_scaling.store.files.outputs import draw


@pytest.fixture(scope="module")
def small() -> Plan:
    table = {
        "task": "Task-v1",
        "algorithm": "sac",
        "steps": 4000,
        "log_start": 100,
        "log_every": 100,
        "utd": 1,
        "batch_size": 64,
        "learning_rate": 1e-3,
    }
    rows = (
        Row(name="same", peer="sbx", **table),
        Row(name="slower", peer="sbx", **table),
        Row(name="partial", peer="sbx", **table),
        Row(name="absent", peer="sbx", **table),
        Row(name="alone", peer="none", **{**table, "utd": 0.5}),
        Row(name="flat", peer="none", **table),
        Row(name="theirs", peer="archive", archive="gym/sweep", variant="v", **table),
    )
    return Plan(10, rows)


def find(row: Row, side: str) -> Side | None:
    mine = side == OURS
    match row.name:
        case "same":
            return planted(half=1200, seed=mine)
        case "slower":
            return planted(half=1800 if mine else 1000, seed=mine)
        case "partial":
            return planted(half=1200, seed=mine, seeds=3 if mine else 7)
        case "alone" if mine:
            return planted(half=1200, seed=0, seeds=2)
        case "flat" if mine:
            return planted(half=1200, seed=0, seeds=2, top=0)
        case "theirs":
            return planted(half=1200, seed=mine, seeds=8)
    return None


def test_each_row_has_its_verdict(small: Plan) -> None:
    found = results(small, find)
    parts = page.parts(found)
    lines = parts["agreement"].splitlines()[2:]
    assert [line.split(" | ")[1] for line in lines] == [
        "agrees",
        "differs: data",
        "not run yet",
        "not run yet",
        "learned; no independent curve",
        "not learned; no independent curve",
    ]
    assert [line.split(" | ")[2] for line in lines] == [
        "10, 10",
        "10, 10",
        "3, 7",
        "0, 0",
        "2, 0",
        "2, 0",
    ]
    assert lines[4].startswith("| SAC, Task-v1, σ = 0.5, SBX |")
    assert (
        "Of 4 rows, 2 have been run, and 1 of these agree" in parts["agreement count"]
    )
    assert "4 intervals" in parts["agreement count"]
    assert "exclude zero" in parts["agreement count"]
    assert "SAC, Task-v1, SBX: v" in parts["agreement variants"]


def test_numbers_in_the_table_are_those_of_the_results(small: Plan) -> None:
    found = results(small, find)
    row = found["rows"][1]
    line = page.parts(found)["agreement"].splitlines()[3]
    assert f"{row['log_data']['value']:.2f} [" in line
    assert f"| {row['log_data']['half_width']:.2f} |" in line
    assert line.endswith(f"| {row['final']['half_width']:,.0f} |")
    assert row["log_data"]["value"] == pytest.approx(np.log(1.8), abs=0.2)


def test_results_are_the_same_again_and_are_json(small: Plan) -> None:
    first, second = (json.dumps(results(small, find), allow_nan=False) for _ in "ab")
    assert first == second


def test_rows_of_archives_that_are_not_here_stay(small: Plan) -> None:
    before = results(small, find)

    def without(row: Row, side: str) -> Side | None:
        return None if row.peer == "archive" and side == PEER else find(row, side)

    assert results(small, without, before) == before
    after = results(small, without)
    assert not after["rows"][-1]["compared"]


def test_the_figure_has_a_panel_for_each_compared_row(small: Plan) -> None:
    found = results(small, find)
    drawn = figure.draw(found)
    assert [axes.get_title() for axes in drawn.axes] == [
        "SAC, Task-v1, SBX",
        "SAC, Task-v1, SBX",
        "SAC, Task-v1, SBX:\nv",
    ]
    (ours, peer) = drawn.axes[1].lines[:2]
    assert ours.get_ydata() == pytest.approx(found["rows"][1]["curves"][OURS]["mean"])
    assert peer.get_ydata() == pytest.approx(found["rows"][1]["curves"][PEER]["mean"])
    assert draw(drawn, "png")[:4] == b"\x89PNG"


def test_a_page_without_any_runs_can_be_made(small: Plan) -> None:
    found = results(small, lambda row, side: None)
    assert "0 have been run" in page.parts(found)["agreement count"]
    assert draw(figure.draw(found), "png")


def test_the_committed_page_is_that_of_the_committed_results(root: Path) -> None:
    found = json.loads((root / "docs" / "agreement.json").read_text())
    text = (root / "docs" / "agreement.md").read_text(encoding="utf-8")
    assert with_parts(text, page.parts(found), where="docs/agreement.md") == text
