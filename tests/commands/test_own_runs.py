"""Runs of one's own with something wrong in them: it is said, and the rest is done."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_study import (
    make_runs,
    make_study,
    study_text,
    with_metrics,
    write_archive,
    write_checkout,
)

from value_scaling.records import Setting, Study
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.files.record_files import read_inputs
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import HYPERPARAMETERS, WARNINGS

POINTS = 60


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_checkout(tmp_path, points=POINTS)


def archive(root: Path, set_name: str) -> Path:
    return root / "data" / "zip" / f"planted_{set_name}.zip"


def flat(text: str) -> str:
    return " ".join(text.split())


def slope(text: str) -> float:
    found = re.search(r"B\*\(utd\) ~ utd\^(\S+)", text)
    assert found
    return float(found[1])


def test_negative_returns_give_the_laws_of_shifted_ones(
    tmp_path: Path, study: Study, scaling
) -> None:
    """The same runs, 1600 lower: with min_return = -1600 the same numbers."""
    below = tuple(
        replace(
            task,
            max_return_sweep=task.max_return_sweep - 1600,
            max_return_fitted=task.max_return_fitted - 1600,
            min_return=-1600.0,
        )
        for task in study.environments
    )
    other = tmp_path / "below"
    write_checkout(other, replace(study, environments=below), points=POINTS)
    found = [scaling("fit", "planted", root=root) for root in (tmp_path, other)]
    assert found[0].code == found[1].code == 0
    assert "D_J(utd) = D_min" in found[0].out
    assert found[0].out == found[1].out


def test_negative_returns_without_a_minimum(tmp_path: Path, scaling) -> None:
    """The study file is refused, or the runs that reach nothing are named."""
    study = make_study()
    tasks = tuple(
        replace(task, max_return_sweep=-100.0, max_return_fitted=0.0, min_return=-9e3)
        for task in study.environments
    )
    write_checkout(tmp_path, replace(study, environments=tasks), points=POINTS)
    path = tmp_path / "data" / "studies" / "planted.toml"
    path.write_text(path.read_text().replace("min_return = -9000.0\n", ""))
    outcome = scaling("fit", "planted")
    assert outcome.code == 2
    assert "for negative returns, state min_return as well" in outcome.err
    path.write_text(path.read_text().replace("= -100.0", "= 1").replace("= 0.0", "= 1"))
    outcome = scaling("fit", "planted")
    assert "never rises above min_return: 144 of 144" in flat(outcome.out + outcome.err)


# An archive that is not where the study file says.


def test_a_typo_in_one_archives_name(tmp_path: Path, study: Study, scaling) -> None:
    archive(tmp_path, "sweep").rename(archive(tmp_path, "swep"))
    outcome = scaling("fit", "planted")
    assert outcome.code == 0
    said = flat(outcome.out)
    assert "sweep planted_sweep.zip, which the study file names, is not there" in said
    assert "no such file, but planted_swep.zip" in said
    assert "correct `file` of [archives.sweep]" in said
    # And the fits of the others are there.
    assert "D_J(utd) = D_min" in said


def test_a_link_to_nothing(tmp_path: Path, study: Study, scaling, refused) -> None:
    path = archive(tmp_path, "ours")
    path.unlink()
    path.symlink_to("elsewhere.zip")
    assert "a link to elsewhere.zip, which is not there" in flat(
        scaling("fit", "planted").out
    )
    message = refused("preprocess", "planted", "ours")
    assert "a link to elsewhere.zip" in message


def test_the_only_archive_under_another_name(tmp_path: Path, scaling, refused) -> None:
    write_checkout(tmp_path, sets=("sweep",), points=POINTS)
    assert scaling("fit", "planted").code == 0
    archive(tmp_path, "sweep").rename(tmp_path / "data" / "zip" / "Planted_Sweep.ZIP")
    for command in (("fit", "planted"), ("recommend", "planted", "--utd", "2")):
        message = refused(*command)
        assert "planted_sweep.zip" in message
        assert "but Planted_Sweep.ZIP" in message
        assert "stale" not in message


def test_an_archive_that_went_away_after_the_fit(
    tmp_path: Path, study: Study, scaling, refused
) -> None:
    assert scaling("fit", "planted").code == 0
    archive(tmp_path, "baseline").rename(tmp_path / "data" / "zip" / "away.zip")
    outcome = scaling("recommend", "planted", "--utd", "2")
    assert outcome.code == 2
    assert "  B = " in outcome.out  # which the baseline does not concern
    assert "planted_baseline.zip: found no such file" in outcome.err
    assert "stale" not in outcome.err
    assert scaling("fit", "planted").code == 0  # goes on without it
    assert scaling("recommend", "planted", "--utd", "2").code == 0


# One stage fails.


def test_a_failing_second_stage_loses_nothing(tmp_path: Path, scaling) -> None:
    study = write_checkout(tmp_path, points=POINTS)
    two = [c.setting for c in make_runs(study, "ours").curves if c.setting.utd < 2]
    write_archive(tmp_path, make_runs(study, "ours", points=POINTS, only=two))
    outcome = scaling("fit", "planted")
    assert outcome.code == 2
    for said in ("B*(utd) ~ utd^", "lr*(utd) ~ utd^", "baseline, J = 800, from runs"):
        assert said in outcome.out
    assert "ours these runs gave no fit of D_J" in flat(outcome.out)
    (message,) = outcome.err.strip().splitlines()
    assert "planted ours: found runs at 2 UTD ratios" in message
    project = Project.at(tmp_path)
    assert project.load(project.study("planted"), HYPERPARAMETERS).proposals
    told = scaling("recommend", "planted", "--utd", "4")
    assert told.code == 2
    assert "  B = " in told.out
    assert "data_efficiency" in told.err


def test_a_failing_first_stage_loses_nothing(tmp_path: Path, scaling) -> None:
    study = write_checkout(tmp_path, points=POINTS)
    one = [c.setting for c in make_runs(study, "sweep").curves if c.setting.utd == 2]
    write_archive(tmp_path, make_runs(study, "sweep", points=POINTS, only=one))
    outcome = scaling("fit", "planted")
    assert outcome.code == 2
    assert "ours, J = 800, from runs" in outcome.out
    assert "utd*(F) = " in outcome.out
    assert "planted sweep: found runs at 1 UTD ratio" in outcome.err
    told = scaling("recommend", "planted", "--utd", "4")
    assert told.code == 2
    assert "Environment steps to J = 800" in told.out


def test_a_damaged_archive_among_good_ones(
    tmp_path: Path, study: Study, scaling
) -> None:
    archive(tmp_path, "ours").write_bytes(b"no zip")
    outcome = scaling("fit", "planted")
    assert outcome.code == 2
    assert "B*(utd) ~ utd^" in outcome.out
    assert "baseline, J = 800, from runs" in outcome.out
    (message,) = outcome.err.strip().splitlines()
    assert "planted_ours.zip" in message


def test_recommend_without_a_sweep(tmp_path: Path, scaling) -> None:
    write_checkout(tmp_path, sets=("ours",), points=POINTS)
    assert scaling("fit", "planted").code == 0
    outcome = scaling("recommend", "planted", "--utd", "4")
    assert (outcome.code, outcome.err) == (0, "")
    assert "B*, lr*: unknown, since there are no runs of a sweep" in outcome.out
    assert "Environment steps to J = 800" in outcome.out


# Sweeps that would be taken for others.


def test_a_run_cut_short(tmp_path: Path, scaling) -> None:
    study = write_checkout(tmp_path, sets=("sweep",), points=POINTS, seeds=5)
    whole = slope(scaling("fit", "planted").out)
    runs = make_runs(study, "sweep", points=POINTS, seeds=5)
    victims = {Setting("Synthetic0-v0", 1.0, 256, rate) for rate in (4e-4, 8e-4)}
    curves = tuple(
        replace(c, steps=c.steps[:2], returns=c.returns[:2])
        if c.setting in victims
        else c
        for c in runs.curves
    )
    write_archive(tmp_path, replace(runs, curves=curves))
    outcome = scaling("fit", "planted")
    assert outcome.code == 0
    said = flat(outcome.out)
    assert "runs that end before 50% of the data that a competitor needs" in said
    assert "Synthetic0-v0 (UTD 1, B 256, lr 0.0004; UTD 1, B 256, lr 0.0008)" in said
    assert abs(slope(outcome.out) - whole) < 0.04


@pytest.mark.parametrize(
    "extra",
    [
        Setting("Synthetic0-v0", 8.0, 96, 8e-4),
        Setting("Synthetic0-v0", 3.0, 128, 8e-4),
        Setting("Synthetic0-v0", 8.0, 128, 7e-4),
    ],
)
def test_an_undeclared_setting(tmp_path: Path, extra: Setting, scaling) -> None:
    """A batch size, a σ, a learning rate that the study file does not list."""
    study = write_checkout(tmp_path, sets=("sweep",), points=POINTS, seeds=5)
    whole = slope(scaling("fit", "planted").out)
    own = [c.setting for c in make_runs(study, "sweep").curves]
    fast = make_runs(study, "sweep", points=POINTS, seeds=5, only=[*own, extra])
    curves = tuple(
        replace(c, steps=np.ceil(c.steps / 3)) if c.setting == extra else c
        for c in fast.curves
    )
    write_archive(tmp_path, replace(fast, curves=curves))
    outcome = scaling("fit", "planted")
    assert outcome.code == 0
    said = flat(outcome.out)
    assert "that the study file does not declare: 1" in said
    assert (
        f"UTD {extra.utd:g}, B {extra.batch_size}, lr {extra.learning_rate:g}" in said
    )
    assert slope(outcome.out) == whole


def test_one_value_is_no_fit(tmp_path: Path, scaling) -> None:
    study = make_study(environments=2)
    single = tuple(replace(e, learning_rates=(4e-4,)) for e in study.environments)
    write_checkout(
        tmp_path, replace(study, environments=single), points=POINTS, seeds=5
    )
    outcome = scaling("fit", "planted")
    assert outcome.code == 0
    assert "lr*(utd): one value on this axis (0.0004): nothing to fit" in outcome.out
    assert "lr*(utd) ~" not in outcome.out
    assert "learning_rate, " not in outcome.out
    assert (
        "environments with one value of lr, where there is nothing to fit: 2 of 2"
        in flat(outcome.out)
    )
    told = scaling("recommend", "planted", "--utd", "4", "16").out
    tried, run = r"0\.0004 \(the one value that was tried\)", r"B = \d+, lr = 0\.0004"
    assert len(re.findall(rf"  {tried}  +{run}(?:\n|  )", told)) == 4
    project = Project.at(tmp_path)
    first = project.load(project.study("planted"), HYPERPARAMETERS)
    assert {p.learning_rate for p in first.proposals} == {4e-4}
    assert {p.learning_rate for p in first.separate_proposals} == {4e-4}
    assert not first.learning_rate.heldout


def test_one_value_in_one_environment(tmp_path: Path, scaling) -> None:
    study = make_study(environments=3)
    first, *others = study.environments
    single = (replace(first, learning_rates=(4e-4,)), *others)
    write_checkout(
        tmp_path,
        replace(study, environments=single),
        sets=("sweep",),
        points=POINTS,
        seeds=5,
    )
    outcome = scaling("fit", "planted")
    assert "lr*(utd) ~ utd^" in outcome.out
    line = next(x for x in outcome.out.splitlines() if "one value on this axis" in x)
    assert line.startswith("Synthetic0-v0 ")
    assert line.endswith("  one value on this axis (0.0004): nothing to fit")
    assert "they pull the shared slope towards zero" in flat(outcome.out)
    told = scaling("recommend", "planted", "--utd", "16").out
    assert re.search(
        r"Synthetic0-v0 .*the one value.*lr = 0.0004(?:$|  )", told, re.MULTILINE
    )


def test_small_batches_stay_small(tmp_path: Path, scaling) -> None:
    """A grid of 2 to 8: multiples of 16 lie outside of it, and of what a fit may find,
    half a step beyond it."""
    study = make_study(environments=1)
    tiny = tuple(replace(e, batch_sizes=(2, 4, 8)) for e in study.environments)
    write_checkout(
        tmp_path,
        replace(study, environments=tiny),
        sets=("sweep",),
        points=POINTS,
        longest=lambda setting: 1e7,
    )
    assert scaling("fit", "planted").code == 0
    told = scaling("recommend", "planted", "--utd", "2").out
    (size,) = re.findall(r"  B = (\d+)", told)
    assert 2 <= int(size) <= 8 * 2**0.5
    project = Project.at(tmp_path)
    first = project.load(project.study("planted"), HYPERPARAMETERS)
    assert all(p.batch_size_rounded <= 10 for p in first.proposals)


# What programs read.


def test_fit_as_json(tmp_path: Path, study: Study, scaling) -> None:
    archive(tmp_path, "baseline").unlink()
    text = flat(scaling("fit", "planted").out)
    outcome = scaling("fit", "planted", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert found["study"] == "planted"
    exponent = found["batch_size"]["exponent"]
    assert exponent["low"] < exponent["value"] < exponent["high"]
    assert f"B*(utd) ~ utd^{exponent['value']:.3g} [" in text
    assert found["batch_size"]["status"] == "fitted"
    assert len(found["batch_size"]["environments"]) == 3
    levels = found["data"]["ours"]["levels"]
    assert [each["level"] for each in levels] == [300, 400, 500, 600, 700, 800]
    assert {each["status"] for each in levels} == {"fitted"}
    assert found["budget"]["ours"]["exponent"]["value"] is not None
    kinds = [warning["kind"] for warning in found["warnings"]]
    assert kinds[0] == "absent archive"
    assert "few seeds" in kinds
    assert found["failures"] == []
    for warning in found["warnings"]:
        assert flat(warning["found"].split(";")[0])[:40] in text


def test_fit_as_json_says_what_failed(tmp_path: Path, study: Study, scaling) -> None:
    archive(tmp_path, "ours").write_bytes(b"no zip")
    outcome = scaling("fit", "planted", "--json")
    assert outcome.code == 2
    found = json.loads(outcome.out)
    (failure,) = found["failures"]
    assert "planted_ours.zip" in failure
    assert failure in outcome.err
    assert set(found["data"]) == {"baseline"}


def test_recommend_as_json(tmp_path: Path, study: Study, scaling) -> None:
    scaling("fit", "planted")
    outcome = scaling("recommend", "planted", "--utd", "4", "16", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    cells = found["recommendation"]
    assert len(cells) == 6
    assert [cell["extrapolated"] for cell in cells] == [False] * 3 + [True] * 3
    for cell in cells:
        assert cell["run"]["batch_size"] % 16 == 0
        size = cell["batch_size"]
        assert size["low"] < size["value"] < size["high"]
    data = [d for d in found["expected_data"] if d["set"] == "ours"]
    assert len(data) == 2 * 6
    assert "edge of the grid" in {warning["kind"] for warning in found["warnings"]}


# An archive that is replaced while it is read.


def test_the_record_names_the_archive_that_was_read(
    tmp_path: Path, study: Study, scaling, monkeypatch: pytest.MonkeyPatch
) -> None:
    from value_scaling.workflow import preprocess

    path, other = archive(tmp_path, "ours"), tmp_path / "other.zip"
    write_archive(tmp_path, make_runs(study, "ours", points=41))
    path.rename(other)
    write_archive(tmp_path, make_runs(study, "ours", points=POINTS))
    before = digest_file(path)
    real = preprocess.preprocess

    def meanwhile(*arguments: object, **options: object) -> object:
        shutil.copyfile(other, path)
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(preprocess, "preprocess", meanwhile)
        assert scaling("preprocess", "planted", "ours").code == 0
    record = tmp_path / "data" / "derived" / "planted" / "default" / "ours.npz"
    assert read_inputs(record)["data/zip/planted_ours.zip"] == before
    assert digest_file(path) != before
    outcome = scaling("data-efficiency", "planted")
    assert outcome.code == 2
    assert "data/zip/planted_ours.zip has changed since" in outcome.err


def test_diagnostics_are_of_one_archive(
    tmp_path: Path, refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each metric is a reading of its own; all must find the same archive."""
    study = with_metrics(make_study(environments=1))
    write_checkout(tmp_path, study, sets=("sweep",), points=40)
    real, count = Project.runs, iter(range(10))

    def meanwhile(self: Project, *arguments: object, **options: object) -> object:
        if next(count) == 2:
            write_archive(tmp_path, make_runs(study, "sweep", points=41), study)
        return real(self, *arguments, **options)

    monkeypatch.setattr(Project, "runs", meanwhile)
    message = refused("diagnostics", "planted")
    assert "a different archive than a moment ago" in message


def test_warnings_are_a_record(tmp_path: Path, study: Study, scaling, refused) -> None:
    assert scaling("fit", "planted").code == 0
    told = scaling("warnings", "planted")
    assert told.code == 0
    assert told.out.startswith("planted: Warnings (")
    project = Project.at(tmp_path)
    found = project.load(project.study("planted"), WARNINGS)
    assert f"Warnings ({len(found.warnings)}):" in told.out
    text = study_text(replace(study, delta=2e9))
    (tmp_path / "data" / "studies" / "planted.toml").write_text(text)
    assert "stale" in refused("recommend", "planted", "--utd", "2")


def test_fitted_runs_that_lack_cells(tmp_path: Path, scaling) -> None:
    """Warnings of NumPy are errors in these tests: a user sees none either."""
    study = write_checkout(tmp_path, sets=("sweep",), points=POINTS, seeds=6)
    some = [
        c.setting
        for c in make_runs(study, "ours").curves
        if c.setting.env != "Synthetic2-v0" or c.setting.utd < 4
    ]
    write_archive(tmp_path, make_runs(study, "ours", points=40, seeds=6, only=some))
    outcome = scaling("fit", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    said = flat(outcome.out)
    levels = "J = 300, 400, 500, 600, 700, 800"
    assert f"{levels} over 2 of 3 environments, without Synthetic2-v0" in said
    assert "Synthetic2-v0 (UTD 4, 8, from J = 300)" in said
