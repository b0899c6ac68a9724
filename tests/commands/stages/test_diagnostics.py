"""`scaling diagnostics`, and the stage in `scaling fit`."""

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from planted_study import (
    METRIC,
    METRICS,
    make_runs,
    make_study,
    with_metrics,
    write_archive,
    write_checkout,
)

from value_scaling.records import Setting, Study
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import DIAGNOSTICS

RECORD = "data/derived/planted/diagnostics.npz"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_checkout(
        tmp_path, with_metrics(make_study(environments=2)), sets=["sweep"], points=60
    )


def test_the_planted_trends_are_found_and_said(
    tmp_path: Path, study: Study, scaling
) -> None:
    outcome = scaling("diagnostics", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    project = Project.at(tmp_path)
    found = project.load(project.study("planted"), DIAGNOSTICS)
    assert set(found.measures) == {
        "overfitting", "validation_overfitting", "parameter_norm"
    }  # fmt: skip
    over, norm = found.measures["overfitting"], found.measures["parameter_norm"]
    np.testing.assert_allclose(over.trend.slopes, [0.3, 0.1, 0.0], atol=1e-9)
    # The norm's unit is its median over the settings, 1.4 of the planted one.
    np.testing.assert_allclose(norm.trend.slopes * 1.4, [0.2, 0, 0.1], atol=1e-9)
    lines = outcome.out.splitlines()
    assert re.split("  +", lines[1]) == ["measure", "UTD", "B", "lr", "above zero"]
    assert lines[2].split()[:2] == ["overfitting", "0.3"]
    assert lines[2].endswith("90 of 96 settings")
    assert "settings" not in lines[4]


@pytest.mark.parametrize("measured", [True, False])
def test_undeclared_settings_are_in_no_trend(
    tmp_path: Path, study: Study, scaling, measured: bool
) -> None:
    """Whether what was logged beside their returns is in the archive or not."""
    scaling("diagnostics", "planted")
    project = Project.at(tmp_path)
    read = project.study("planted")
    before = project.load(read, DIAGNOSTICS)
    own = [curve.setting for curve in make_runs(study, "sweep").curves]
    extra = Setting("Synthetic0-v0", 3.0, 128, 4e-4)
    runs = make_runs(study, "sweep", points=60, only=[*own, extra])
    path = write_archive(tmp_path, runs, study)
    if not measured:
        with zipfile.ZipFile(path) as full:
            members = {name: full.read(name) for name in full.namelist()}
        with zipfile.ZipFile(path, "w") as part:
            for name, content in members.items():
                lone = "utd_3/" in name and f"/{METRIC}/" not in name
                if not (lone or name.endswith("manifest.json")):
                    part.writestr(name, content)
    outcome = scaling("diagnostics", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    found = project.load(read, DIAGNOSTICS)
    assert found.settings == before.settings
    for name, measure in found.measures.items():
        np.testing.assert_array_equal(
            measure.trend.slopes, before.measures[name].trend.slopes
        )


def test_fit_makes_it_too_and_a_second_run_changes_no_byte(
    tmp_path: Path, study: Study, scaling
) -> None:
    assert "parameter norm" in scaling("fit", "planted").out
    before = (tmp_path / RECORD).read_bytes()
    scaling("diagnostics", "planted")
    assert (tmp_path / RECORD).read_bytes() == before


def test_without_metrics_there_is_none(tmp_path: Path, scaling, refused) -> None:
    write_checkout(tmp_path, points=60, sets=["sweep"])
    assert "parameter norm" not in scaling("fit", "planted").out
    assert not (tmp_path / RECORD).exists()
    assert "found no `metrics`" in refused("diagnostics", "planted")


def test_metrics_that_make_no_measure_are_refused(tmp_path: Path, refused) -> None:
    study = with_metrics(make_study(environments=1), METRICS[:1])
    write_checkout(tmp_path, study, sets=["sweep"], points=60)
    said = refused("diagnostics", "planted")
    assert "found training.critic_loss; expected metrics that make a measure" in said


def test_a_stated_metric_that_the_archive_lacks_is_refused(
    tmp_path: Path, study: Study, refused
) -> None:
    write_archive(tmp_path, make_runs(study, "sweep", points=60))
    said = refused("diagnostics", "planted")
    assert "expected the metric folder training.critic_loss" in said
    assert "correct `metrics` in the study file" in said


def test_a_changed_archive_makes_the_record_stale(
    tmp_path: Path, study: Study, scaling
) -> None:
    scaling("diagnostics", "planted")
    write_archive(tmp_path, make_runs(study, "sweep", seeds=5, points=60), study)
    project = Project.at(tmp_path)
    with pytest.raises(Exception, match=r"stale record .*planted_sweep.zip"):
        project.load(project.study("planted"), DIAGNOSTICS)
