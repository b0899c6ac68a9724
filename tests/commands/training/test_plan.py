"""`scaling plan`: the same numbers as a table and as JSON."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from value_scaling.sweep.cost import costs

SETS = ("sweep", "ours", "baseline")


def cost(groups: Any, training: Any, *, available: float) -> costs.Cost:
    """Count the runs without a trial of their speed."""
    return costs.count(groups, training) + costs.Cost(core_hours=2.0, gpu_steps=500)


def test_a_plan_as_table_and_as_json(
    tmp_path: Path, scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "cost", cost)
    (tmp_path / "data").mkdir()
    words = ("plan", "classic", "--seeds", "1", "--tasks", "HalfCheetah-v4")
    words += ("--utds", "1", "--executor", "one")
    outcome = scaling(*words, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert [each["set"] for each in found["sets"]] == list(SETS)
    assert found["sets"][0]["before_fit"] is False
    for each in found["sets"]:
        assert each["runs"] == each["missing_settings"] == each["settings"] > 0
        assert each["environment_steps"] > 0
    total = sum(each["environment_steps"] for each in found["sets"])
    assert found["together"]["environment_steps"] == total
    assert found["processes"] == 1
    assert found["together"]["core_hours"] == 6
    table = scaling(*words).out
    for each in found["sets"]:
        count = f"{each['missing_settings']} of {each['settings']}"
        assert re.search(rf"{each['set']} +{count} +{each['runs']} ", table)
    assert "2.0 hours" in table
    assert "and 500 environment steps a second" in table
    assert "before the fit of the sweep, B and lr are from the middle" in table
    assert "Together: " in table
