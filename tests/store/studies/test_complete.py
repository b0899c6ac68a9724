"""A study file may leave everything out: defaults, and what its archives hold."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from planted_study import make_runs, make_study, write_archive

from value_scaling.records import ScalingError, Setting, Study
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import list_studies, load_study

FULL = make_study(name="mine", environments=2)
SWEEP_ONLY = {
    "environments": FULL.environments,
    "sweep_utds": FULL.sweep_utds,
    "archives": {"sweep": FULL.archives["sweep"]},
}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "data" / "studies").mkdir(parents=True)
    write_archive(tmp_path, make_runs(FULL, "sweep", points=40, seeds=2))
    return Folders.at(tmp_path)


def load(folders: Folders, text: str = "") -> Study:
    (folders.studies / "mine.toml").write_text(text)
    return load_study("mine", folders)


def test_an_empty_file_gets_everything_from_the_archive(folders: Folders) -> None:
    study = load(folders)
    assert (study.title, study.algorithm) == ("mine", "not stated")
    assert study.sweep_utds == FULL.sweep_utds
    assert study.archives == SWEEP_ONLY["archives"]
    assert (study.baseline_utd, study.proposal_utds) == (2, (0.5, 1, 2, 4, 8, 16))
    assert study.sweep_levels == study.fitted_levels
    assert study.sweep_levels[-1] == 800
    for env, wanted in zip(study.environments, FULL.environments, strict=True):
        assert env.name == wanted.name
        assert env.grids == wanted.grids
        assert env.max_return_sweep == env.max_return_fitted == 2500
    assert study.model_size == 1
    assert study.delta == 10 * 2 * 128
    assert study.compute_unit == "FLOPs/N"
    assert {"archives", "grids", "levels", "max_returns", "delta"} <= {*study.defaults}


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ('title = "Two words"', "title", "Two words"),
        ("sweep_levels = [300, 400, 500]", "fitted_levels", (300, 400, 500)),
        ("sweep_levels = [300, 400, 500]", "held_out_levels", 1),
        ("baseline_utd = 4", "baseline_utd", 4),
        ("model_size = 2e5", "delta", 10 * 2e5 * 2 * 128),
        ("model_size = 2e5\ndelta = 7", "delta", 7),
        ("sweep_utds = [1, 2, 4]", "proposal_utds", (0.5, 1, 2, 4, 8)),
    ],
)
def test_what_is_stated_is_kept(
    text: str, field: str, value: object, folders: Folders
) -> None:
    study = load(folders, text)
    assert getattr(study, field) == value
    stated = text.split(" = ")[0]
    assert stated not in study.defaults


def test_one_environment_of_two_may_have_a_normaliser(folders: Folders) -> None:
    study = load(
        folders,
        'environments = [{ name = "Synthetic0-v0", max_return_fitted = 2000 }, '
        '{ name = "Synthetic1-v0", batch_sizes = [64, 128] }]',
    )
    first, second = study.environments
    assert first.max_return_sweep == first.max_return_fitted == 2000
    assert second.max_return_sweep > 2000
    assert second.batch_sizes == (64, 128)
    assert second.learning_rates == FULL.environments[1].learning_rates


def test_other_runs_are_another_study(folders: Folders) -> None:
    """What an archive decides is part of the digest, so records become stale."""
    before = load(folders)
    higher = tuple(
        replace(curve, returns=2 * curve.returns)
        for curve in make_runs(FULL, "sweep", points=40, seeds=2).curves
    )
    runs = replace(make_runs(FULL, "sweep"), curves=higher)
    write_archive(folders.root, runs)
    after = load(folders)
    assert after.environments[0].max_return_sweep == 5000
    assert after.digest != before.digest


def test_a_set_that_is_added_leaves_the_records_of_the_sweep(folders: Folders) -> None:
    before = load(folders)
    write_archive(folders.root, make_runs(FULL, "ours", points=40, seeds=2))
    after = load(folders)
    assert [*after.archives] == ["sweep", "ours"]
    assert after.digest == before.digest


def test_fitted_runs_alone(folders: Folders) -> None:
    (folders.archives / "mine_sweep.zip").unlink()
    write_archive(folders.root, make_runs(FULL, "ours", points=40, seeds=2))
    study = load(folders)
    assert [*study.archives] == ["ours"]
    assert study.sweep_utds == (0.5, 1, 2, 4, 8)


def test_negative_returns_count_from_their_start(folders: Folders) -> None:
    runs = make_runs(FULL, "sweep", points=40, seeds=2)
    lower = (replace(c, returns=c.returns - 3000) for c in runs.curves)
    write_archive(folders.root, replace(runs, curves=tuple(lower)))
    study = load(folders)
    assert all(-3000 <= each.min_return < -2500 for each in study.environments)
    assert "min_returns" in study.defaults


def test_an_axis_that_only_some_studies_have_is_found(folders: Folders) -> None:
    only = [
        Setting("Synthetic0-v0", utd, 64, 2e-4, (("model_size", size),))
        for utd in (1.0, 2.0)
        for size in (1000, 4000)
    ]
    write_archive(folders.root, make_runs(FULL, "sweep", seeds=2, only=only))
    (environment,) = load(folders).environments
    assert environment.other_grids == {"model_size": (1000, 4000)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("delta = 1e9", "delta: found .*no model_size"),
        ("detla = 1e9", "detla.*unknown key"),
        ("sweep_levels = 5", "sweep_levels.*a list"),
        ('defaults = { a = "b" }', "defaults.*computed"),
        ('archives.sweep.metric = "score"', "mine_sweep.zip.*returns.*expected score"),
        ("held_out_levels = 40", "held_out_levels.*two levels or more"),
    ],
)
def test_what_is_stated_is_checked(text: str, words: str, folders: Folders) -> None:
    with pytest.raises(ScalingError, match=words) as caught:
        load(folders, text)
    assert "mine.toml" in str(caught.value)


def test_without_an_archive_the_file_must_say_everything(folders: Folders) -> None:
    (folders.archives / "mine_sweep.zip").unlink()
    with pytest.raises(ScalingError, match=r"neither .*sweep_utds.* mine_sweep\.zip"):
        load(folders)


def test_bundled_studies_leave_nothing_out(root: Path) -> None:
    folders = Folders.at(root)
    for name in list_studies(folders):
        study = load_study(name, folders)
        assert study.defaults == {}
        path = root / "code" / "value_scaling" / "studies" / f"{name}.toml"
        assert study.digest == hashlib.sha256(path.read_bytes()).hexdigest()
