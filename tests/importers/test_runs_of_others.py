"""Public runs of others, if available: every row and every array is accounted for."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from value_scaling.importers.gather import gather
from value_scaling.importers.options import Rules
from value_scaling.importers.report import Report
from value_scaling.importers.sources.registry import SOURCES
from value_scaling.records import Runs, ScalingError


def read(kind: str, *sources: Path, **rules: Any) -> tuple[Runs, Report]:
    source, chosen = SOURCES[kind], Rules(**rules)
    return gather(
        (run for each in sources for run in source.read(str(each), chosen)),
        chosen,
        study="others",
        set_name="sweep",
        resumed=source.resumed,
        is_table=source.is_table,
    )


ONE = {"batch_size": "256", "learning_rate": "1e-4"}


def test_simbav2(thirdparty: Path) -> None:
    """57 tasks at four σ; three files hold rows twice, many of which differ."""
    files = sorted((thirdparty / "SimbaV2_utd").glob("simbaV2_*.csv"))
    rules = {"pattern": "simbaV2_utd{utd}", "fixed": ONE, "metric": "avg_return"}
    _, report = read("csv", *files, **rules)
    with pytest.raises(ScalingError, match="one value for each step"):
        report.check()
    assert report.counted("refused") == 105
    runs, report = read("csv", *files, **rules, resumed="last")
    report.check()
    assert report.used == len(report.decisions) == 1425
    assert {curve.setting.utd for curve in runs.curves} == {1, 2, 4, 8}
    assert len(runs.curves) == 4 * 57
    table = pd.read_csv(files[0])
    rows = table[
        (table.env_name == "Ant_v4")
        & (table.seed == 4000)
        & (table.metric == "avg_return")
    ].set_index("env_step")["value"]
    (curve,) = (
        each
        for each in runs.curves
        if (each.setting.env, each.setting.utd) == ("Ant_v4", 1)
    )
    assert curve.steps.tolist() == [100_000.0 * n for n in range(11)]
    column = curve.returns[:, curve.seeds - 1]
    np.testing.assert_array_equal(column, rows.loc[curve.steps].to_numpy())


def test_flashsac(thirdparty: Path) -> None:
    """The spellings 05 and 4k are not guessed: 4k may mean 4000 or 4096."""
    folder = thirdparty / "FlashSAC_scaling"
    fixed = {"batch_size": "2048", "learning_rate": "3e-4"}
    rules = {"pattern": "utd{utd}", "fixed": fixed, "unmatched": "drop"}
    _, report = read("csv", *sorted(folder.glob("utd*.csv")), **rules)
    assert report.counted("dropped") == 20
    assert "--spelling utd:05=VALUE" in report.decisions[0].why
    spelled = rules | {"spellings": {("utd", "05"): "0.5"}}
    runs, report = read("csv", *sorted(folder.glob("utd*.csv")), **spelled)
    assert (report.used, report.counted("dropped")) == (80, 0)
    assert {curve.setting.utd for curve in runs.curves} == {0.5, 1, 4, 8}


BRO = (
    "w{width}p{model_size}/utd_{utd}/{env}/return/bs_{batch_size}_lr_{learning_rate}_{}"
)


def test_archives_of_the_follow_up(followup: Path) -> None:
    """Every array of returns, with N and the width from its folder."""
    path = followup / "fitted_bs.zip"
    runs, report = read("arrays", path, pattern=BRO)
    report.check()
    with zipfile.ZipFile(path) as archive:
        names = [
            name
            for name in archive.namelist()
            if "/return/" in name and name.endswith(".npy")
        ]
        total = 0
        for name in names:
            with archive.open(name) as file:
                total += np.load(file, allow_pickle=False).shape[1] - 1
    assert len(runs.curves) == len(names) == 71
    assert report.used == total
    found = {
        curve.setting.values["model_size"]
        for curve in runs.curves
        if (curve.setting.env, curve.setting.width) == ("h1-pole-v0", 1024)
    }
    assert found == {8_767_688}


def test_sizes_that_are_not_stated_are_refused_as_duplicates(followup: Path) -> None:
    path = followup / "fitted_bs.zip"
    _, report = read("arrays", path, pattern=BRO.replace("model_size", "x"))
    with pytest.raises(ScalingError, match="one setting and seed"):
        report.check()


def test_seeds_that_an_archive_holds_twice(followup: Path) -> None:
    """rr15_l: nine DMC tasks hold five seeds twice."""
    rules: dict[str, Any] = {
        "pattern": "rr{utd}_{size}/{env}",
        "fixed": {"batch_size": "1024", "learning_rate": "3e-4"},
        "only": {"size": ("l",), "utd": ("15",)},
        "row_steps": (25_000, 25_000),
    }
    path = followup / "dmc_bro_ablations.zip"
    _, report = read("arrays", path, **rules)
    with pytest.raises(ScalingError, match="the same curve as in"):
        report.check()
    runs, report = read("arrays", path, **rules, duplicates="first")
    report.check()
    halved = {curve.setting.env for curve in runs.curves if curve.seeds == 5}
    assert {
        *("acrobot-swingup", "cheetah-run", "finger-turn", "fish-swim", "hopper-hop"),
        *("humanoid-run", "humanoid-walk", "quadruped-run", "walker-run"),
    } <= halved
    (dog,) = (curve for curve in runs.curves if curve.setting.env == "dog-run")
    assert dog.seeds == 10
    assert dog.steps.tolist() == [25_000.0 * n for n in range(1, 41)]
