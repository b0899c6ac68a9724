"""Every stage of a user's own study, from archives to what the terminal says."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_study import (
    BATCH,
    DATA,
    RATE,
    make_runs,
    make_study,
    pace,
    write_archive,
    write_checkout,
)

from value_scaling.records import (
    VARIANTS,
    BestValues,
    Budgets,
    ChoiceEffects,
    Crossings,
    DataEfficiencies,
    Hyperparameters,
    Study,
)
from value_scaling.records.stages.sensitivity import Sensitivity
from value_scaling.store.files.record_files import load_record
from value_scaling.store.folders import Folders
from value_scaling.store.project import Project
from value_scaling.store.studies.load import read_study
from value_scaling.workflow.pipeline import (
    BUDGET,
    CHOICES,
    CROSSINGS,
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
    SENSITIVITY,
)

SETS = ("sweep", "ours", "baseline")
STAGES = ("sweep", "ours", "baseline", "hyperparameters", "data_efficiency", "budget")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_checkout(tmp_path, points=60)


def derived(root: Path) -> set[str]:
    folder = root / "data" / "derived"
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def expected(
    *stages: str, choices: bool = False, fit: bool = False, varied: bool = False
) -> set[str]:
    found = {
        f"planted/{variant}/{stage}.npz"
        for variant in ("default", "published")
        for stage in stages
    }
    found |= {"planted/choices.json"} if choices else set()
    found |= {"planted/sensitivity.npz"} if varied else set()
    found |= {"planted/warnings.json"} if fit else set()
    if fit and "sweep" in stages:
        found |= {"planted/regret.json"}
    with_laws = fit and {"ours", "baseline"} & set(stages)
    return found | ({"planted/law_choice.json"} if with_laws else set())


def test_the_study_file_says_what_the_record_does(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "data" / "studies" / "planted.toml"
    read = read_study(path, Folders.at(tmp_path))
    assert read.digest
    assert read == make_study(digest=read.digest)


def test_stage_by_stage(tmp_path: Path, study: Study, scaling) -> None:
    for set_name in SETS:
        outcome = scaling("preprocess", "planted", set_name)
        assert (outcome.code, outcome.err) == (0, "")
    assert derived(tmp_path) == expected(*SETS)
    for command in ("hyperparameters", "data-efficiency", "choices", "sensitivity"):
        outcome = scaling(command, "planted")
        assert (outcome.code, outcome.err) == (0, "")
    assert "planted: sweep: the batch size exponent is negative in" in outcome.out
    assert derived(tmp_path) == expected(*STAGES, choices=True, varied=True)

    project = Project.at(tmp_path)
    # The study comes from its file; its digest is part of every record's inputs.
    study = project.study("planted")
    for variant, choices in VARIANTS.items():
        crossings = project.load(study, CROSSINGS["sweep"], variant)
        assert isinstance(crossings, Crossings)
        assert crossings.replicates.shape == (3 * 4 * 4 * 3, 40, 4)
        first = project.load(study, HYPERPARAMETERS, variant)
        assert isinstance(first, Hyperparameters)
        assert (first.study, first.replicates) == ("planted", 40)
        assert first.choices == choices
        second = project.load(study, DATA_EFFICIENCY, variant)
        assert isinstance(second, DataEfficiencies)
        assert list(second.sets) == ["ours", "baseline"]
        third = project.load(study, BUDGET, variant)
        assert isinstance(third, Budgets)
        assert list(third.sets) == ["ours", "baseline"]
    assert isinstance(project.load(study, CHOICES), ChoiceEffects)
    varied = project.load(study, SENSITIVITY)
    assert isinstance(varied, Sensitivity)
    assert list(varied.sets) == ["ours", "baseline"]
    default = project.load(study, BUDGET).sets["ours"].utd_law.exponent
    own = varied.sets["ours"].deltas
    np.testing.assert_array_equal(own.exponent.value[20], default.value)


def close(values: BestValues, slope: float) -> bool:
    shared = values.shared.exponent
    return bool(shared.low[0] < slope < shared.high[0])


def test_fit_finds_the_planted_laws_and_says_them(
    tmp_path: Path, study: Study, scaling
) -> None:
    outcome = scaling("fit", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    assert derived(tmp_path) == expected(*STAGES, fit=True)
    project = Project.at(tmp_path)
    study = project.study("planted")
    first = project.load(study, HYPERPARAMETERS)
    assert close(first.batch_size, float(BATCH.exponent))
    assert close(first.learning_rate, float(RATE.exponent))
    ours = project.load(study, DATA_EFFICIENCY).sets["ours"]
    exponent = ours.law.exponent
    assert (exponent.low < DATA.exponent).all()
    assert (DATA.exponent < exponent.high).all()

    text = outcome.out
    assert "Synthetic: planted laws, no real runs (none (synthetic))" in text
    slope = first.batch_size.shared.value.exponent[0]
    assert f"B*(utd) ~ utd^{slope:.3g} [" in text
    for name in study.environment_names:
        assert text.count(name) >= 2
    for words in (
        "lr*(utd) ~ utd^",
        "D_J(utd) = D_min + (beta/utd)^alpha, ours, J = 800, from runs",
        "baseline, J = 800, from runs",
        "utd*(F) = ",
        "batch_size, largest utd",
        "data, environment",
        "utd_star, level",
    ):
        assert words in text
    assert "nan" not in text
    assert "fewer than 5 seeds" in text  # the synthetic runs have four


def test_a_second_run_changes_no_byte(tmp_path: Path, study: Study, scaling) -> None:
    def content() -> dict[str, tuple[bytes, int]]:
        return {
            name: (path.read_bytes(), path.stat().st_mtime_ns)
            for name in derived(tmp_path)
            if (path := tmp_path / "data" / "derived" / name)
        }

    for command in ("fit", "choices", "sensitivity"):
        scaling(command, "planted")
    before = content()
    for command in ("fit", "choices", "sensitivity"):
        assert scaling(command, "planted").code == 0
    assert content() == before


def test_recommend(tmp_path: Path, study: Study, scaling) -> None:
    scaling("fit", "planted")
    outcome = scaling("recommend", "planted", "--utd", 4, 16)
    assert (outcome.code, outcome.err) == (0, "")
    project = Project.at(tmp_path)
    first = project.load(project.study("planted"), HYPERPARAMETERS)
    row = r" *(\d+)  (Synthetic\d-v0) .*  B = (\d+), lr = (\S+)(.*)"
    found = [m for line in outcome.out.splitlines() if (m := re.fullmatch(row, line))]
    assert len(found) == 6
    for match in found:
        utd = float(match[1])
        # Swept 1 … 8.
        assert ("extrapolated: swept 1 to 8" in match[5]) == (utd == 16)
        e = first.batch_size.environments.index(match[2])
        size = float(first.batch_size.shared.value(utd)[e])
        rate = float(first.learning_rate.shared.value(utd)[e])
        assert abs(int(match[3]) - size) <= 9  # a multiple of 16 (of the integer)
        assert int(match[3]) % 16 == 0
        assert float(match[4]) == pytest.approx(rate, rel=0.005)
    assert (
        "Environment steps to J = 800, pooled over environments (ours)" in outcome.out
    )
    assert re.search(r" 16  pooled +\d+ \[.*extrapolated: ran 0.5 to 8", outcome.out)
    assert "UTD 16, B*: extrapolated by a factor of 2 beyond 1 to 8; held-out" in (
        outcome.out
    )
    assert "nan" not in outcome.out


@pytest.mark.parametrize("sets", [("sweep",), ("ours",), ("baseline",)])
def test_one_set_is_a_study(
    tmp_path: Path, sets: tuple[str, ...], scaling, refused
) -> None:
    write_checkout(tmp_path, sets=sets, points=60)
    for command in ("fit", "choices", "sensitivity"):
        outcome = scaling(command, "planted")
        assert (outcome.code, outcome.err) == (0, "")
    assert "nan" not in outcome.out
    project = Project.at(tmp_path)
    study = project.study("planted")
    if sets == ("sweep",):
        assert derived(tmp_path) == expected(
            "sweep", "hyperparameters", choices=True, fit=True, varied=True
        )
        assert scaling("recommend", "planted", "--utd", 2).code == 0
        message = refused("data-efficiency", "planted")
        assert "planted_ours.zip or planted_baseline.zip" in message
        return
    stages = (*sets, "data_efficiency", "budget")
    assert derived(tmp_path) == expected(*stages, choices=True, fit=True, varied=True)
    assert list(project.load(study, DATA_EFFICIENCY).sets) == list(sets)
    # B(σ) as it was run; as published there is no sweep to take it from.
    assert list(project.load(study, BUDGET).sets) == list(sets)
    assert project.load(study, BUDGET, "published").sets == {}
    message = refused("hyperparameters", "planted")
    assert "planted_sweep.zip" in message
    assert "scaling fit" not in message  # it would not help


def test_one_seed_has_values_and_no_intervals(tmp_path: Path, scaling) -> None:
    write_checkout(tmp_path, seeds=1, points=60)
    outcome = scaling("fit", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.count("settings with fewer than 5 seeds: 15 of 15") == 2
    assert "settings with fewer than 5 seeds: 144 of 144" in outcome.out
    laws, _ = outcome.out.split("Warnings (")
    text = "\n".join(laws.splitlines()[1:])  # without the heading
    assert re.search(r"\[[^i]", text) is None  # never an interval of no width
    assert text.count("interval unknown") > 20
    assert "covers" not in text
    assert "interval unknown" in scaling("recommend", "planted", "--utd", 2).out


def test_enough_seeds_are_not_mentioned(tmp_path: Path, scaling) -> None:
    write_checkout(tmp_path, sets=("ours",), seeds=5, points=40)
    assert "seeds" not in scaling("fit", "planted").out


def test_settings_missing_from_the_grid_are_told(tmp_path: Path, scaling) -> None:
    study = write_checkout(tmp_path, sets=("sweep",), points=40)
    runs = make_runs(study, "sweep", points=40)
    gone = runs.curves[5].setting
    some = [c.setting for c in runs.curves if c.setting != gone]
    write_archive(tmp_path, make_runs(study, "sweep", points=40, only=some))
    outcome = scaling("fit", "planted")
    assert outcome.code == 0
    assert re.search(
        r"sweep +cells of the grid that are not in the archive: 1", outcome.out
    )
    where = f"UTD {gone.utd:g}, B {gone.batch_size}, lr {gone.learning_rate:g}"
    assert f"{gone.env} ({where})" in " ".join(outcome.out.split())
    project = Project.at(tmp_path)
    crossings = project.load(project.study("planted"), CROSSINGS["sweep"])
    assert crossings.missing == (gone,)


def test_the_variants_differ_where_the_stored_test_does(
    tmp_path: Path, scaling
) -> None:
    """Returns that stay on whole levels: ≥ J comes before > J."""
    study = make_study()
    rule = study.archives["ours"]
    folder = tmp_path / "data" / "derived" / "planted"
    for crossing in ("reach", "exceed"):
        study.archives["ours"] = replace(rule, crossing=crossing)
        write_checkout(tmp_path, study, sets=())
        runs = make_runs(study, "ours", points=60, seeds=1)
        stairs = tuple(
            replace(c, returns=np.floor(c.returns / 400) * 400) for c in runs.curves
        )
        write_archive(tmp_path, replace(runs, curves=stairs))
        assert scaling("preprocess", "planted", "ours").code == 0
        ours, stored = (
            load_record(folder / variant / "ours.npz", Crossings).steps
            for variant in ("default", "published")
        )
        if crossing == "reach":
            np.testing.assert_array_equal(stored, ours)
        else:
            assert (stored > ours).all()


def test_a_level_that_one_environment_never_reaches(tmp_path: Path, scaling) -> None:
    """The highest level is pooled over the others, and every output says so."""
    study = write_checkout(tmp_path, sets=("sweep", "ours"), points=60, seeds=5)

    def longest(setting) -> float:
        share = 0.6 if setting.env == "Synthetic1-v0" else 1.3
        return share * pace(setting)

    write_archive(
        tmp_path, make_runs(study, "ours", points=60, seeds=5, longest=longest)
    )
    outcome = scaling("fit", "planted")
    assert (outcome.code, outcome.err) == (0, "")
    assert "ours, J = 800, from runs" in outcome.out
    pool = "2 of 3 environments, without Synthetic1-v0"
    assert f"pooled over {pool}, at J = " in outcome.out
    assert "D_min = nan" not in outcome.out
    told = scaling("recommend", "planted", "--utd", 2).out
    assert "nan" not in told
    assert f"pooled over {pool} (ours)" in told
    fits = json.loads(scaling("fit", "planted", "--json").out)
    top = fits["data"]["ours"]["levels"][-1]
    assert top["environments"] == ["Synthetic0-v0", "Synthetic2-v0"]
    other = [each["of_other_environments"] for each in fits["budget"]["ours"]["optima"]]
    assert any(other)
    assert not all(other)
    for command in ("choices", "sensitivity"):
        assert scaling(command, "planted").code == 0


def test_a_report_of_named_studies_leaves_the_files_of_others(
    tmp_path: Path, study: Study, scaling
) -> None:
    for command in ("fit", "choices", "sensitivity"):
        assert scaling(command, "planted").code == 0
    other = tmp_path / "paper" / "generated" / "other_laws.tex"
    other.parent.mkdir(parents=True)
    other.write_text("of another study")
    assert scaling("paper", "planted").code == 0
    assert other.exists()
    assert (other.parent / "planted_laws.tex").exists()
    assert scaling("paper").code == 0
    assert not other.exists()  # it belongs to no study that is here
