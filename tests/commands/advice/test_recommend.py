"""`scaling recommend` with a level, limits and durations."""

import json
from pathlib import Path

import pytest
from planted_study import write_checkout

SECONDS = ("--step-seconds", "1e-3", "--update-seconds", "2e-3")


@pytest.fixture
def fitted(tmp_path: Path, scaling) -> None:
    write_checkout(tmp_path, sets=("sweep", "ours"), points=60, seeds=5)
    assert scaling("fit", "planted").code == 0


@pytest.mark.usefixtures("few_replicates", "fitted")
def test_limits_are_met_or_the_nearest_setting_is_named(scaling) -> None:
    asked = ("recommend", "planted", "--level", "600")
    free = scaling(*asked, "--json")
    best = json.loads(free.out)["plans"][-1]
    assert best["env"] == "pooled"
    data = best["data"]["value"]
    tight = scaling(*asked, "--max-steps", 0.95 * data, *SECONDS).out
    assert "the limit on environment steps moves UTD from the cheapest" in tight
    assert "hours" in tight
    assert "Hours: unknown" not in tight
    none = scaling(*asked, "--max-steps", 10).out
    assert "J = 600 cannot be reached within the limits at any UTD that was run" in none
    assert "times the limit 10" in none
    assert "nan" not in tight + none
    both = scaling(*asked, "--max-steps", 2 * data, "--json")
    assert json.loads(both.out)["plans"][-1]["meets_limits"]


@pytest.mark.usefixtures("few_replicates", "fitted")
def test_a_budget_beyond_the_runs_is_extrapolated(scaling) -> None:
    told = scaling("recommend", "planted", "--budget", "1e18").out
    assert "Fits along the budget at F = 1e+18: UTD* = " in told
    assert "F: extrapolated by a factor of " in told
    assert "no held-out check reaches as far" in told


@pytest.mark.usefixtures("few_replicates", "fitted")
def test_mistakes(refused) -> None:
    for words, found in (
        (("--level", "900"), "found level 900; expected 300 to 800"),
        (("--max-hours", "3"), "--step-seconds and --update-seconds"),
        (("--step-seconds", "1"), "one duration"),
        (("--budget", "-1"), "a positive number of FLOPs"),
        (("--measure",), "training"),
    ):
        assert found in refused("recommend", "planted", *words)
