"""`scaling recommend` and `vs.load_sizes` for studies of σ and N."""

import json
from pathlib import Path

import numpy as np
import pytest
from planted_sizes import GRID, LAW, STUDY, pack, size_of

import value_scaling as vs
from value_scaling.commands.build.graph import graph
from value_scaling.records import Curves, Runs, Setting
from value_scaling.store.archives.write import write_runs
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import MODEL_SIZE

OWN = f"""
title = "Own sizes"
algorithm = "SAC"
sweep_utds = [1, 2, 4, 8]
sweep_levels = [100, 200]
fitted_levels = [100, 500]
model_size = 1e5
delta = 1e6
baseline_utd = 1
proposal_utds = [1, 2]
held_out_levels = 0

[[environments]]
name = "walk"
min_return = -100
max_return_sweep = 100
max_return_fitted = 100
batch_sizes = [16, 64]
learning_rates = [1e-3]
other_grids = {{ model_size = {[size_of(w) for w in (16, 32, 64)]} }}

[archives.sweep]
file = "own_sweep.zip"
metric = "episode.return"
"""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODEL_SIZE.options, "replicates", 5)


@pytest.fixture
def followup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scaling) -> None:
    """The planted study in the place of the package's."""
    for module in ("sizes.model_size", "advice.sizes"):
        name = f"value_scaling.commands.{module}.load_size_study"
        monkeypatch.setattr(name, {STUDY.name: STUDY}.__getitem__)
    name = "value_scaling.commands.advice.sizes.list_size_studies"
    monkeypatch.setattr(name, lambda: (STUDY.name,))
    archives = Folders.at(tmp_path).archives
    archives.mkdir(parents=True)
    pack(archives / STUDY.files[0], GRID)
    assert scaling("model-size", STUDY.name).code == 0


@pytest.mark.usefixtures("followup")
def test_the_answer_has_n_in_words_json_and_python(tmp_path: Path, scaling) -> None:
    asked = ("recommend", STUDY.name, "--level", "500", "--budget", "1e18")
    shown = scaling(*asked)
    assert shown.code == 0, shown.err
    assert "N = " in shown.out
    assert "width = " in shown.out
    assert "J = 500 is within the limits" in shown.out
    assert "Fits along the budget at F = 1e18" in shown.out.replace("1e+18", "1e18")
    assert "nan" not in shown.out
    document = json.loads(scaling(*asked, "--json").out)
    plan = document["plans"][0]
    assert plan["model_size_is_best"]
    assert plan["model_size"]["value"] >= size_of(256)
    assert document["along_the_budget"][0]["task"] == "group/walk"
    fit = vs.load_sizes(STUDY.name, root=tmp_path)
    assert fit.recommend(level=500, budget=1e18) == document
    both = fit.recommend([2, 4], size_of(512), level=500)["plans"]
    assert [each["utd"]["value"] for each in both] == [2, 4]
    assert {each["model_size"]["value"] for each in both} == {size_of(512)}


@pytest.mark.usefixtures("followup")
def test_several_utds_and_sizes_are_all_answered(scaling, refused) -> None:
    sizes = [str(size_of(512)), str(size_of(1024))]
    words = ("recommend", STUDY.name, "--utd", "2", "4", "--model-size", *sizes)
    document = json.loads(scaling(*words, "--json").out)
    assert len(document["plans"]) == 4
    assert "neither of them for a study with several N" in refused(
        "recommend", STUDY.name, "--next", "3"
    )
    assert "one duration" in refused("recommend", STUDY.name, "--step-seconds", "1")


def test_own_runs_with_several_sizes_are_fitted(tmp_path: Path, scaling) -> None:
    """Returns rise from -100 linearly, so the normalised J = 500 is reached at D."""
    folders = Folders.at(tmp_path)
    folders.studies.mkdir(parents=True)
    (folders.studies / "own.toml").write_text(OWN)
    rng = np.random.default_rng(0)
    steps = 2000.0 * np.arange(1, 400)
    curves = []
    for utd in (1, 2, 4, 8):
        for width in (16, 32, 64):
            for batch in (16, 64):
                data = LAW(utd, 40 * size_of(width)) * (1 if batch == 64 else 1.3)
                data = data * np.exp(0.03 * rng.normal(size=4))
                values = {"utd": utd, "batch_size": batch, "learning_rate": 1e-3}
                setting = Setting.of(
                    "walk", values | {"model_size": size_of(width)}, width
                )
                curves.append(Curves(setting, steps, 100 * steps[:, None] / data - 100))
    unit = {"units": {"step": "step", "episode.return": "return"}}
    folders.archives.mkdir(parents=True)
    write_runs(
        folders.archives / "own_sweep.zip",
        {"episode.return": Runs("own", "sweep", tuple(curves))},
        manifest=unit | {"packages": {}, "commit": "abc"},
    )
    made = graph(Project.at(tmp_path))
    own = {name: rule for name, rule in made["stages"].items() if "own" in name}
    assert made["studies"]["own"]["records"] == ["own.model-size"]
    assert list(own) == ["own.model-size", "own.figures"]
    assert "data/zip/own_sweep.zip" in own["own.model-size"]["inputs"]
    assert set(own["own.model-size"]["outputs"]) < set(own["own.figures"]["inputs"])
    assert "own" not in made["joint"]["generated"]["each"]
    for command in ("recommend", "size-figures"):
        missing = scaling(command, "own")
        assert missing.code == 2
        assert "run `scaling model-size own`" in missing.err
    shown = scaling("model-size", "own", "--json")
    assert shown.code == 0, shown.err
    task = json.loads(shown.out)["variants"]["default"]["own/walk"]
    assert task["levels"][-1] == 500
    for words in (("verify", "own"), ("paper", "own")):
        refused = scaling(*words)
        assert refused.code == 2
        assert "`scaling model-size own` prints its fits" in refused.err
    drawn = scaling("size-figures", "own")
    assert drawn.code == 0, drawn.err
    page = Path(drawn.out.strip()).read_text(encoding="utf-8")
    assert page.count("<img") > 3
    assert "report card" not in page.lower()
    names = {path.name for path in folders.figures.iterdir()}
    assert {"own_overview.pdf", "own_iso_data.png", "own_report.html"} <= names
    assert all(name.startswith("own_") for name in names)
    answer = scaling("recommend", "own", "--json")
    (plan,) = json.loads(answer.out)["plans"]
    assert plan["level"] == 500
    truth = float(LAW(plan["utd"]["value"], 40 * plan["model_size"]["value"]))
    assert plan["data"]["value"] == pytest.approx(truth, rel=0.1)
    assert plan["run"]["learning_rate"] == 1e-3
    exported = scaling("export", "own", "--to", "csv", "--output", tmp_path / "out")
    assert exported.code == 0, exported.err
    table = (tmp_path / "out" / "crossings.csv").read_text()
    assert "model_size" in table.splitlines()[0]
    assert not (tmp_path / "out" / "laws.csv").exists()
    record = tmp_path / own["own.model-size"]["outputs"][0]
    assert record.exists()
    assert "authors'" not in scaling("model-size", "own").out


def test_one_n_is_refused(tmp_path: Path, refused) -> None:
    folders = Folders.at(tmp_path)
    folders.studies.mkdir(parents=True)
    lines = [line for line in OWN.splitlines() if "other_grids" not in line]
    (folders.studies / "own.toml").write_text("\n".join(lines))
    assert "runs of one N" in refused("recommend", "own", "--model-size", "1000")
    with pytest.raises(vs.ScalingError, match="no grid with several N"):
        vs.load_sizes("own", root=tmp_path)
