"""The table of axes: each row is correct, and a new row adds an axis."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from msgspec import Meta

from value_scaling.__main__ import main
from value_scaling.commands.text import documents
from value_scaling.commands.training.training_commands import training_command
from value_scaling.learning.training.runs import Run
from value_scaling.records import (
    Choices,
    Crossings,
    Curves,
    Runs,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.records.axes import AXES, FITTED, Axis, required
from value_scaling.records.compute import compute_flops
from value_scaling.records.stages.warnings import Place, StudyWarning, Warnings
from value_scaling.store.archives.layout import format_name, parse_name
from value_scaling.store.archives.read import read_runs
from value_scaling.store.archives.write import write_runs
from value_scaling.store.files.record_files import load_record, save_record
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import read_study
from value_scaling.store.studies.proposed import study_text
from value_scaling.sweep.plan.finished import setting_path
from value_scaling.sweep.plan.selection import Selection, choose
from value_scaling.sweep.plan.settings import stand_ins
from value_scaling.workflow.grid.sweep_table import sweep_table
from value_scaling.workflow.preprocess import preprocess
from value_scaling.workflow.warnings.cells import holes

TAU = Axis(
    "tau", "taus", "target rate", "tau", "τ", r"\tau", "tau_",
    Annotated[float, Meta(gt=0, le=1, description="a target rate above 0, at most 1")],
)  # fmt: skip
VALUES = {"utd": 2.0, "batch_size": 128, "learning_rate": 3e-4}
PLAIN = Setting("Ant-v4", 2.0, 128, 3e-4)
STUDY = """
title = "Own"
algorithm = "SAC"
sweep_utds = [1, 2]
sweep_levels = [100, 200]
fitted_levels = [100, 200, 300]
model_size = 1e5
delta = 1e9
held_out_levels = 1
baseline_utd = 2
proposal_utds = [1, 2]
[[environments]]
name = "Ant-v4"
max_return_sweep = 1000
max_return_fitted = 1000
batch_sizes = [128, 256]
learning_rates = [1e-4, 3e-4]
other_grids = {{ {grids} }}
skipped = [{{ {skipped} }}]
[archives.sweep]
file = "own_sweep.zip"
metric = "returns"
"""
TAUS = "tau = [0.005, 0.01]"
SKIPPED = "tau = 0.01, utd = 2"


@pytest.fixture
def tau(monkeypatch: pytest.MonkeyPatch) -> Iterator[Axis]:
    """Add a fifth axis as one more row of the table."""
    monkeypatch.setitem(AXES, "tau", TAU)
    yield TAU


def study_of(folder: Path, grids: str = TAUS, skipped: str = SKIPPED) -> Study:
    path = folder / "own.toml"
    path.write_text(STUDY.format(grids=grids, skipped=skipped))
    return read_study(path, Folders.at(folder))


def runs_of(study: Study) -> Runs:
    """Curves that rise faster with a larger target rate."""
    steps = np.arange(1.0, 21.0) * 1000
    curves = tuple(
        Curves(setting, steps, np.outer(steps, [1.0, 1.1]) * setting.values["tau"] * 4)
        for setting in sorted(study.grid)
    )
    return Runs(study.name, "sweep", curves)


def crossings_of(study: Study, runs: Runs) -> Crossings:
    return preprocess(runs, study, Choices(), replicates=3, seed=0)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("utd", 2), ("batch_size", 2), ("learning_rate", 1), ("model_size", 2)],
)
def test_the_compute_is_linear_in_each_axis_but_eta(name: str, factor: int) -> None:
    values = dict.fromkeys(AXES, 3.0) | {"data": 1e4}
    doubled = values | {name: 6.0}

    def compute(of: dict[str, float]) -> float:
        data, size = np.array(of["data"]), np.array(of["batch_size"])
        sigma = np.array(of["utd"])
        return float(compute_flops(sigma, data, size, model_size=of["model_size"]))

    assert compute(doubled) == compute(values) * factor


def test_the_fitted_axes_are_b_and_eta() -> None:
    assert [axis.symbol for axis in FITTED] == ["B", "η"]
    assert [axis.symbol for axis in required()] == ["σ", "B", "η"]
    assert [axis.latex_unit for axis in FITTED] == ["", " ($10^{-4}$)"]


def test_a_setting_without_optional_axes_is_named_as_ever() -> None:
    assert Setting.of("Ant-v4", VALUES) == PLAIN
    assert str(PLAIN) == "Ant-v4, UTD 2, B 128, lr 0.0003"
    told = "Setting(env='Ant-v4', utd=2.0, batch_size=128, learning_rate=0.0003)"
    assert repr(PLAIN) == told
    name = "top/utd_2/Ant-v4/returns/bs_128_lr_0.0003.npy"
    assert format_name("top", PLAIN, "returns") == name
    stream = "own/sweep/Ant-v4/2.0/128/0.0003/7/key"
    words = np.frombuffer(hashlib.sha256(stream.encode()).digest(), np.uint32)
    rng = np.random.default_rng(np.random.SeedSequence(words.tolist()))
    expected = rng.integers(0, 2**32, 2, dtype=np.uint32)
    found = Run("own", "sweep", PLAIN, 7).key()
    np.testing.assert_array_equal(found, expected)


def test_a_record_of_such_a_setting_has_no_word_of_other_axes(tmp_path: Path) -> None:
    path, one = tmp_path / "list.json", StudyWarning("", "", "", (), "", "")
    warned = replace(one, places=(Place.of(PLAIN),))
    save_record(path, Warnings("own", (warned,)), {})
    ((stored,),) = (
        each["places"] for each in json.loads(path.read_text())["record"]["warnings"]
    )
    assert stored == {"env": "Ant-v4", **VALUES, "level": None}
    assert load_record(path, Warnings).warnings == (warned,)
    (shown,) = documents.warnings(Warnings("own", (warned,)))["warnings"]
    assert shown["places"] == [stored]


@pytest.mark.parametrize("width", [512, None])
def test_n_names_a_folder_above_utd(width: int | None) -> None:
    setting = Setting.of("h1-crawl", VALUES | {"model_size": 2286792}, width)
    folder = "w512p2286792" if width else "p2286792"
    name = f"top/{folder}/utd_2/h1-crawl/return/bs_128_lr_0.0003.npy"
    assert format_name("top", setting, "return") == name
    read = parse_name(name, "archive").setting
    assert (read, read.width) == (setting, width)
    assert str(setting) == "h1-crawl, UTD 2, B 128, lr 0.0003, N 2286792"
    assert setting_path(Path("runs/own"), setting) != setting_path(
        Path("runs/own"), replace(setting, others=(), width=None)
    )


@pytest.mark.parametrize(
    "name",
    [
        "top/w512p0/utd_2/env/return/bs_128_lr_0.0003.npy",
        "top/w512/utd_2/env/return/bs_128_lr_0.0003.npy",
        "top/w5p1.5/utd_2/env/return/bs_128_lr_0.0003.npy",
        "top/utd_2/env/return/bs_128_lr_0.0003_tau_0.1.npy",
        f"top/p{10**20}/utd_2/env/return/bs_128_lr_0.0003.npy",
    ],
)
def test_a_name_with_a_wrong_axis_is_refused(name: str) -> None:
    with pytest.raises(ScalingError, match=r"expected (<top>|positive numbers)"):
        parse_name(name, "archive")


def test_one_more_row_is_an_axis_of_settings(tau: Axis) -> None:
    setting = Setting.of("Ant-v4", VALUES | {"tau": 0.005})
    assert setting.values == VALUES | {"tau": 0.005}
    assert str(setting) == "Ant-v4, UTD 2, B 128, lr 0.0003, tau 0.005"
    assert repr(setting).endswith("learning_rate=0.0003, tau=0.005)")
    assert setting != PLAIN
    assert sorted([setting, PLAIN]) == [PLAIN, setting]
    name = "top/utd_2/Ant-v4/returns/bs_128_lr_0.0003_tau_0.005.npy"
    assert format_name("top", setting, "returns") == name
    assert parse_name(name, "archive").setting == setting
    assert Place.of(setting).values == setting.values
    assert Place.of(setting).table() == setting.table() | {"level": None}
    alone, beside = (Run("own", "sweep", each, 0).key() for each in (PLAIN, setting))
    assert not np.array_equal(alone, beside)


def test_it_is_an_axis_of_the_grid_of_a_study(tau: Axis, tmp_path: Path) -> None:
    study = study_of(tmp_path)
    assert len(study.grid) == 2 * 2 * (2 + 1)
    assert {s.values["tau"] for s in study.grid if s.utd == 2} == {0.005}
    assert {s.values["tau"] for s in stand_ins(study)} == {0.01}


@pytest.mark.parametrize(
    ("grids", "skipped", "message"),
    [
        ("tau = [0.01, 0.005]", "utd = 2", r"other_grids\.tau\.1.*ascending"),
        ("tau = [0.01, 2.5]", "utd = 2", r"tau\.1.*2\.5.*a target rate above 0"),
        ("model_size = [2.5]", "utd = 2", r"model_size\.0.*2\.5.*whole number"),
        ("model_size = []", "utd = 2", r"model_size.*an empty list"),
        ("rho = [1]", "utd = 2", r"other_grids\.rho.*expected one of model_size, tau"),
        ("batch_size = [1]", "utd = 2", r"other_grids\.batch_size.*unknown axis"),
        (TAUS, "tau = 0.02", r"skipped\.0\.tau.*one of taus: 0\.005, 0\.01"),
        (TAUS, "model_size = 2", r"skipped\.0\.model_size.*an unknown key"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(
    grids: str, skipped: str, message: str, tau: Axis, tmp_path: Path
) -> None:
    with pytest.raises(ScalingError, match=message):
        study_of(tmp_path, grids, skipped)


def test_it_is_an_axis_of_archives_and_crossings(tau: Axis, tmp_path: Path) -> None:
    study = study_of(tmp_path)
    runs = runs_of(study)
    path = tmp_path / "own_sweep.zip"
    units = {"units": {"step": "steps", "returns": "return"}}
    manifest: dict[str, Any] = units | {"packages": {}, "commit": "abc"}
    assert write_runs(path, {"returns": runs}, manifest=manifest)
    read = read_runs(path, study, "sweep")
    assert [each.setting for each in read.curves] == sorted(study.grid)
    assert read.missing == ()
    crossings = crossings_of(study, read)
    by_tau = {
        value: {
            float(steps[0])
            for setting, steps in zip(crossings.settings, crossings.steps, strict=True)
            if setting.values["tau"] == value
        }
        for value in (0.005, 0.01)
    }
    assert by_tau == {0.005: {5000.0}, 0.01: {3000.0}}
    record = tmp_path / "sweep.npz"
    save_record(record, crossings, {})
    assert load_record(record, Crossings).settings == crossings.settings
    fewer = replace(crossings, missing=(crossings.settings[0],))
    (warning,) = holes(fewer, study)
    assert warning.places[0].values == crossings.settings[0].values


def test_a_grid_of_b_and_eta_refuses_two_runs_of_one_cell(
    tau: Axis, tmp_path: Path
) -> None:
    study = study_of(tmp_path)
    crossings = crossings_of(study, runs_of(study))
    deciding = np.array(study.deciding_levels)
    with pytest.raises(ScalingError, match=r"several values of tau.*one value"):
        sweep_table(crossings, study.environment_names, deciding)


def test_it_is_an_axis_of_study_files_of_imported_runs(
    tau: Axis, tmp_path: Path
) -> None:
    study = study_of(tmp_path, skipped="tau = 0.01, utd = 2, batch_size = 256")
    stated = {
        "sweep_levels": [*study.fitted_levels],
        "environments": [{"name": "Ant-v4", "max_return_sweep": 1000.0}],
    }
    text = study_text(runs_of(study), source="logs", stated=stated)
    assert "# 2 of the 16 cells were not found." in text
    path = tmp_path / "imported.toml"
    path.write_text(text)
    found = read_study(path, Folders.at(tmp_path)).grid
    assert {*found} > {*study.grid}
    assert len(found) == 16


def test_it_is_an_axis_of_selections(tau: Axis, tmp_path: Path) -> None:
    study = study_of(tmp_path)
    part = Selection(values={"tau": (0.01,), "utd": ()})
    chosen = choose(study.grid, part, study, "sweep")
    assert len(chosen) == 4
    assert {setting.values["tau"] for setting in chosen} == {0.01}
    with pytest.raises(ScalingError, match=r"--taus.*found 0\.02; expected.*0\.005"):
        choose(study.grid, Selection(values={"tau": (0.02,)}), study, "sweep")
    none = Selection(values={"tau": (0.01,), "utd": (2.0,)})
    with pytest.raises(ScalingError, match=r"no setting.*--taus among 0\.005, 0\.01"):
        choose(study.grid, none, study, "sweep")


def test_it_is_an_option_of_the_command_line(
    tau: Axis, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = training_command("plan")
    words = ["own", "--taus", "0.01,0.005", "--utds", "2"]
    given = plan.make_context("plan", words).params
    assert (given["taus"], given["utds"]) == ((0.01, 0.005), (2.0,))
    assert given["model_sizes"] == ()
    with pytest.raises(ScalingError, match=r"--taus.*a target rate above 0"):
        plan.make_context("plan", ["own", "--taus", "3"])
    assert main(["plan", "--help"]) == 0
    assert "Target rates (all)." in capsys.readouterr().out
