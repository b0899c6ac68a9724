"""The stage of σ and N on planted runs, and on the authors' figures."""

import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from planted_sizes import (
    ARCHIVE,
    GROUP,
    LAW,
    STUDY,
    WIDTHS,
    Given,
    array,
    member,
    pack,
    size_of,
)

from value_scaling.records.model_size.choices import VARIANTS
from value_scaling.records.model_size.record import FittedDataLaw, ModelSizes
from value_scaling.store.studies.model_size import load_size_study
from value_scaling.workflow.model_size.stage import make


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> ModelSizes:
    folder = tmp_path_factory.mktemp("sizes")
    grid = {member(u, w): array(u, w) for u in (1, 2, 4, 8) for w in WIDTHS}
    grid |= {
        member(1, w, 512): array(1, w) * 0.9 + 0.1 * array(3, w) for w in (256, 512)
    }
    pack(folder / "grid.zip", grid)
    between = {member(3, w): array(3, w) for w in (368, 720)}
    pack(folder / "between.zip", between)
    beyond = {member(16, 512): array(16, 512), member(2, 4096): array(2, 4096)}
    pack(folder / "beyond.zip", beyond)
    archives = (
        ARCHIVE,
        replace(ARCHIVE, file="between.zip", role="interpolated"),
        replace(ARCHIVE, file="beyond.zip", role="extrapolated"),
        replace(ARCHIVE, file="absent.zip", role="extrapolated"),
    )
    study = replace(STUDY, groups=(replace(GROUP, archives=archives),))
    return make(Given(study, folder), replicates=60, seed=0)


def test_the_planted_law_is_found(planted: ModelSizes) -> None:
    task = planted.variants["default"]["group/walk"]
    middle = 9  # D rises with the level, so the exponents are the same at all levels
    assert task.law.status_of(middle) == "converged"
    assert float(task.error.value) < 0.1
    scale = task.levels[middle] / 500
    data = task.law.value[middle](2.0, size_of(512))
    assert data == pytest.approx(scale * float(LAW(2.0, size_of(512))), rel=0.1)


def test_each_kind_of_setting_is_predicted_and_compared(planted: ModelSizes) -> None:
    task = planted.variants["default"]["group/walk"]
    kinds = {check.kind for check in task.heldout if check.quantity == "data"}
    assert kinds == {
        "interpolated", "larger size", "larger utd", "largest utd", "largest size",
    }  # fmt: skip
    inside = [c for c in task.heldout if c.kind == "interpolated"]
    assert len(inside) == 2
    assert all(abs(check.error.value) < 0.2 for check in inside)
    assert all(check.error.low < check.error.high for check in inside)
    naive = {each.naive for each in task.against_naive if each.quantity == "data"}
    assert naive == {"no change", "pure power law"}


def test_an_optimum_outside_the_runs_is_censored_by_default(
    planted: ModelSizes,
) -> None:
    ours, theirs = (planted.variants[v]["group/walk"].optima for v in VARIANTS)
    assert not (ours.counted & ~ours.inside).any()
    assert np.isnan(ours.utd.value[~ours.counted]).all()
    assert theirs.counted.sum() >= ours.counted.sum()
    assert theirs.counted[~theirs.inside].any()


def test_the_same_seed_gives_the_same_record(tmp_path: Path) -> None:
    grid = {member(u, w): array(u, w) for u in (1, 2, 4) for w in WIDTHS[:3]}
    pack(tmp_path / "grid.zip", grid)
    made = [make(Given(STUDY, tmp_path), replicates=5, seed=seed) for seed in (1, 1, 2)]
    laws = [r.variants["default"]["group/walk"].law.replicates.alpha for r in made]
    np.testing.assert_array_equal(*laws[:2])
    assert (laws[0] != laws[2])[np.isfinite(laws[0])].any()
    assert make(Given(STUDY, tmp_path / "none"), replicates=5, seed=1).variants == {
        "default": {},
        "published": {},
    }


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> ModelSizes:
    """What follows from the authors' figures, without any archive."""
    folder = tmp_path_factory.mktemp("nothing")
    return make(Given(load_size_study("followup"), folder), replicates=0, seed=0)


def test_figures_7_and_8_follow_from_the_fits_of_figure_16(
    figures: ModelSizes, reference: Path
) -> None:
    """Values computed by the authors' code from the same fits."""
    columns = {"utd": "opt_utd", "size": "opt_critic_params", "budget": "opt_budget"}
    columns |= {"data": "data_efficiency", "compute": "compute"}
    path = reference / "followup" / "budget_bro_from_figure16_fits.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 80
    for row in rows:
        found = figures.published_optima[row["env_name"]]
        for name, column in columns.items():
            ours = getattr(found, name).value[int(row["threshold_idx"])]
            assert ours == pytest.approx(float(row[column]), rel=1e-4)


def test_errors_of_the_authors_fits_are_the_published_ones(figures: ModelSizes) -> None:
    batches = figures.published_batches["published"].values()
    rule = np.concatenate([each.errors for each in batches])
    line = np.concatenate([each.log_linear_errors for each in batches])
    assert len(rule) == 68
    assert rule.mean() == pytest.approx(0.4899, abs=2e-4)
    assert line.mean() == pytest.approx(0.5507, abs=1e-4)
    errors = figures.figure_errors["published"]
    assert errors.data["fitted"].value == pytest.approx(0.100, abs=5e-4)


def test_most_draws_at_a_limit_mean_not_identifiable() -> None:
    utd, size = np.array([1.0, 2, 4, 8] * 3), np.repeat([1e6, 4e6, 1.6e7], 4)
    one = LAW[None]
    draws = type(LAW)(*(np.full((10, 1), float(v)) for v in (2e4, 6e4, 6.0, 4e8, 0.7)))
    found = FittedDataLaw.of(one, draws, utd, size)
    assert found.status_of(0) == "not identifiable"
    assert found.at_bound.tolist() == [[1.0, 0.0]]
