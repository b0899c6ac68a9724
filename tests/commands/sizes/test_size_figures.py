"""Figures, page, report card and graph of the build of a planted study of σ and N."""

import json
from pathlib import Path

import pytest
from planted_sizes import GRID, STUDY, pack

from value_scaling.commands.build.graph import graph
from value_scaling.commands.sizes.loading import load_size_results
from value_scaling.records import ScalingError
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import MODEL_SIZE

LOADED = (
    "value_scaling.commands.sizes.size_figures",
    "value_scaling.commands.sizes.model_size",
    "value_scaling.commands.sizes.loading",
    "value_scaling.commands.build.graph",
)


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in LOADED:
        monkeypatch.setattr(f"{module}.load_size_study", {"planted": STUDY}.__getitem__)
    for module in LOADED[2:]:
        monkeypatch.setattr(f"{module}.list_size_studies", lambda: ("planted",))
    monkeypatch.setitem(MODEL_SIZE.options, "replicates", 4)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    found = Folders.at(tmp_path)
    found.archives.mkdir(parents=True)
    pack(found.archives / "grid.zip", GRID)
    return found


def test_figures_page_and_card_follow_from_the_record(
    folders: Folders, scaling
) -> None:
    with pytest.raises(ScalingError, match="scaling model-size planted"):
        load_size_results(folders)
    assert scaling("model-size", "planted").code == 0
    outcome = scaling("size-figures", "planted")
    assert outcome.code == 0, outcome.err
    page = Path(outcome.out.strip()).read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == page.count("<figcaption") > 3
    names = {path.name for path in folders.figures.iterdir()}
    assert {"figure2.pdf", "figure2.png", "planted_iso_data.pdf"} <= names
    expected = folders.expected / "model_size" / "planted.toml"
    expected.parent.mkdir(parents=True)
    expected.write_text(
        '[[number]]\nstudy = "planted"\nwhat = "D"\nkey = "data.group"\n'
        'tolerance = { relative = 0.5 }\nkind = "rerun"\nsource = "planted"\n'
        'values = { "walk, UTD 1, N 619208" = 1 }\nvariant = "default"\n'
    )
    shown = scaling("verify", "planted", "--json")
    assert shown.code == 1, shown.err
    (row,) = json.loads(shown.out)["rows"]
    assert (row["study"], row["verdict"]) == ("planted", "outside")
    assert row["cells"][0]["ours"] > 1e4


def test_the_record_is_stale_after_a_new_archive(folders: Folders, scaling) -> None:
    assert scaling("model-size", "planted").code == 0
    pack(folders.archives / "grid.zip", dict(list(GRID.items())[:-1]))
    with pytest.raises(ScalingError, match=r"grid\.zip has changed"):
        load_size_results(folders, ["planted"])


def test_the_build_makes_the_record_before_the_figures(folders: Folders) -> None:
    found = graph(Project.at(folders.root))
    assert found["studies"]["planted"] == {
        "sets": ["grid.zip"], "absent": [], "records": ["planted.model-size"],
    }  # fmt: skip
    record, figures = (
        found["stages"][f"planted.{name}"] for name in ("model-size", "figures")
    )
    assert record["outputs"] == ["data/derived/planted/model_size.npz"]
    assert {"data/zip/grid.zip", *record["outputs"]} <= set(figures["inputs"])
    assert "data/zip/grid.zip" in record["inputs"]
    assert "data/zip/grid.zip" in found["watched"]
    assert record["outputs"][0] in found["joint"]["generated"]["each"]["planted"]


def test_without_archives_nothing_is_made(tmp_path: Path, folders: Folders) -> None:
    (folders.archives / "grid.zip").unlink()
    found = graph(Project.at(tmp_path))
    assert found["studies"]["planted"]["sets"] == []
    assert found["studies"]["planted"]["absent"] == ["grid.zip"]
    assert not [name for name in found["stages"] if name.startswith("planted")]
    assert load_size_results(folders) == ()
    with pytest.raises(ScalingError, match=r"one or more of grid\.zip"):
        load_size_results(folders, ["planted"])
    fresh = graph(Project.at(tmp_path, runs="fresh"))
    assert "planted" not in fresh["studies"]
