"""The graph of the build with runs that others made."""

from pathlib import Path

import pytest
from tests.planted_external import write_table

from value_scaling.commands.build.graph import graph
from value_scaling.store.project import Project
from value_scaling.store.studies.external import load_external_study


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "data" / "zip").mkdir(parents=True)
    return Project.at(tmp_path)


def test_without_tables_the_build_has_no_stage_for_them(project: Project) -> None:
    found = graph(project)
    assert found["others"] == []
    for name in ("overview", "generated"):
        assert not [p for p in found["joint"][name]["inputs"] if p.endswith(".csv")]
    watched = set(found["watched"])
    assert {"data/zip/simba_utd1.csv", "data/zip/flashsac_batch_0.5k.csv"} <= watched


def test_each_study_with_tables_has_a_stage_that_the_report_reads(
    project: Project,
) -> None:
    study = load_external_study("flashsac")
    for table in study.axes["utd"]:
        path = project.folders.archives / table.file
        write_table(path, {}, seed=0, steps=[])
    found = graph(project)
    assert found["others"] == ["flashsac.external"]
    stage = found["stages"]["flashsac.external"]
    assert stage["command"] == ["-m", "value_scaling", "external", "flashsac"]
    assert stage["outputs"] == ["data/derived/flashsac/external.npz"]
    for part in ("/stats/external/coarse.py", "/importers/gather.py", "flashsac.toml"):
        assert [path for path in stage["inputs"] if path.endswith(part)], part
    for name in ("overview", "generated"):
        inputs = found["joint"][name]["inputs"]
        assert {*stage["outputs"], "data/zip/flashsac_utd8.csv"} <= {*inputs}
    fresh = Project.at(project.folders.root, runs="fresh")
    assert graph(fresh)["others"] == []
