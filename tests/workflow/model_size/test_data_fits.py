"""Intervals of D(σ, N) and predictions of settings that were left out."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from planted_sizes import LAW, UTDS, WIDTHS, size_of

from value_scaling.records import Setting
from value_scaling.records.model_size.choices import VARIANTS
from value_scaling.stats.bootstrap import resample_counts
from value_scaling.workflow.model_size.crossings import Reached
from value_scaling.workflow.model_size.data_fits import checks, fit, mean_error

SEEDS = 8


def planted(rng: np.random.Generator, replicates: int, noise: float = 0.1) -> Reached:
    """Return data that are means over seeds, whose noise is resampled."""
    settings = tuple(
        Setting.of(
            "walk",
            {
                "utd": u,
                "batch_size": 64,
                "learning_rate": 1e-3,
                "model_size": size_of(w),
            },
        )
        for u in UTDS
        for w in WIDTHS
    )
    utds, sizes = np.array([[s.utd, s.values["model_size"]] for s in settings]).T
    seeds = LAW(utds, sizes) * np.exp(noise * rng.normal(size=(SEEDS, len(settings))))
    counts = np.stack(
        [resample_counts(rng, SEEDS, replicates) for _ in settings], axis=1
    )
    drawn = np.einsum("rsk,ks->rs", counts, seeds) / SEEDS
    return Reached(
        settings,
        np.full(len(settings), SEEDS),
        seeds.mean(axis=0)[:, None],
        drawn[..., None],
    )


def test_most_intervals_cover_the_planted_exponents() -> None:
    rng = np.random.default_rng(11)
    covered = np.zeros(2)
    for _ in range(40):
        law = fit(planted(rng, 100), VARIANTS["default"])
        for column, name in enumerate(("alpha", "beta")):
            found = law.of_field(name)
            covered[column] += found.low[0] < getattr(LAW, name) < found.high[0]
    assert (covered >= 34).all()  # of 40; percentile intervals of eight seeds


def test_the_authors_way_has_no_intervals() -> None:
    found = planted(np.random.default_rng(2), 10)
    law = fit(found, VARIANTS["published"])
    assert law.status_of(0) == "converged"
    assert np.isnan(law.of_field("alpha").low).all()
    error = mean_error(law, found)
    assert 0 < float(error.value) < 0.1
    assert np.isnan(error.low)
    records, _ = checks(found, {}, VARIANTS["published"])
    assert {each.kind for each in records} == {"largest utd", "largest size"}
    assert all(np.isnan(each.error.low) for each in records)


def test_settings_that_never_reach_the_level_are_no_checks() -> None:
    found = planted(np.random.default_rng(2), 10)
    found.data[found.utds == 8] = np.nan
    records, _ = checks(found, {}, VARIANTS["default"])
    assert {each.kind for each in records} == {"largest size"}


def test_a_law_predicts_what_it_has_not_seen() -> None:
    found = planted(np.random.default_rng(4), 50, noise=0.01)
    records, against = checks(found, {}, VARIANTS["default"])
    assert max(abs(float(each.error.value)) for each in records) < 0.05
    verdicts = {each.verdict for each in against if each.naive == "no change"}
    assert verdicts == {"fit better"}
    assert records[0].naive[0].predicted == pytest.approx(
        found.data[2 * len(WIDTHS), 0], rel=1e-12
    )
