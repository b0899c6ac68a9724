"""`scaling diagnostics`, and the stage in `scaling fit`."""

from pathlib import Path

import numpy as np
import pytest
from planted_study import (
    METRICS,
    make_runs,
    make_study,
    with_metrics,
    write_archive,
    write_checkout,
)

from value_scaling.records import Study
from value_scaling.store.project import Project

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
    found = project.diagnostics(project.study("planted"))
    assert set(found.measures) == {
        "overfitting", "validation_overfitting", "parameter_norm"
    }  # fmt: skip
    over, norm = found.measures["overfitting"], found.measures["parameter_norm"]
    np.testing.assert_allclose(over.trend.slopes, [0.3, 0.1, 0.0], atol=1e-9)
    # The norm's unit is its median over the settings, 1.4 of the planted one.
    np.testing.assert_allclose(norm.trend.slopes * 1.4, [0.2, 0, 0.1], atol=1e-9)
    lines = outcome.out.splitlines()
    assert lines[1].split()[:3] == ["overfitting", "UTD", "0.3"]
    assert lines[1].endswith("above zero in 90 of 96 settings")
    assert "above zero" not in lines[3]


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
        project.diagnostics(project.study("planted"))
