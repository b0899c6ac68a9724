"""The second stage of the authors' Gym runs, from their own normalised data."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.records.compute import compute_flops
from value_scaling.stats.power_law import PowerLaw, fit_line, fit_offset
from value_scaling.workflow.data.cheapest import cheapest


@pytest.fixture(scope="module")
def stage2(reference: Path) -> dict[str, Any]:
    return json.loads((reference / "stage2_gym_ours.json").read_text())


@pytest.fixture(scope="module")
def published_law(stage2: dict[str, Any]) -> PowerLaw:
    """c + (σ/b)^-a in normalised units, [levels]."""
    a, b, c = np.array(stage2["committed_avg_fits_abc"]).T
    return PowerLaw(b**a, -a, c)


def test_data_laws(stage2: dict[str, Any], published_law: PowerLaw) -> None:
    utds = np.array(stage2["utds"])
    data = np.array(stage2["mean_normalized_times"]).T
    law = fit_offset(utds, data, nonnegative=False)
    np.testing.assert_allclose(law.alpha, published_law.alpha, rtol=1e-5)
    np.testing.assert_allclose(law.beta, published_law.beta, rtol=1e-5)
    np.testing.assert_allclose(law.asymptote, published_law.asymptote, rtol=1e-5)
    ours, theirs = (
        ((fit(utds) - data) ** 2).sum(axis=1) for fit in (law, published_law)
    )
    assert (ours <= theirs * (1 + 1e-12)).all()


def test_data_laws_of_each_environment(stage2: dict[str, Any]) -> None:
    utds = stage2["utds"]
    for env, fits in stage2["per_env_fits_varpro"].items():
        table = stage2["D_J_env"][env]
        data = np.array([table[str(utd)] for utd in utds]).T / stage2["env_median"][env]
        law = fit_offset(np.array(utds), data, nonnegative=False)
        for field, ours in (
            ("a", law.alpha),
            ("b", law.beta),
            ("c", law.asymptote),
            ("k", law.scale),
        ):
            np.testing.assert_allclose(ours, [fit[field] for fit in fits], rtol=1e-5)


@pytest.mark.parametrize("batches", ["committed_B", "rerun_B"])
def test_optima_and_their_law(
    stage2: dict[str, Any], published_law: PowerLaw, batches: str
) -> None:
    stored = stage2[batches]
    utds = np.array(stage2["utds"])
    unit = stage2["median_of_medians"]
    data = PowerLaw(
        unit * published_law.scale,
        published_law.exponent,
        unit * published_law.asymptote,
    )
    batch = fit_line(utds, np.array(stored["B_mean_at_utds"]))

    def optima(continuous: bool) -> Any:
        return cheapest(
            data,
            batch,
            model_size=stored["model_size"],
            delta=stored["delta"],
            low=utds[0],
            high=utds[-1],
            continuous=continuous,
        )

    grid = optima(False)
    np.testing.assert_allclose(grid.utd, stored["sigma_star"], rtol=1e-12)
    np.testing.assert_allclose(grid.compute, stored["C_star"], rtol=1e-9)
    np.testing.assert_allclose(grid.data, stored["D_star"], rtol=1e-9)
    np.testing.assert_allclose(grid.budget, stored["F_star"], rtol=1e-9)
    assert not grid.at_edge.any()

    law = fit_line(grid.budget[:-2], grid.utd[:-2])
    assert law.exponent == pytest.approx(stored["sigma_fit"]["slope"], rel=1e-9)
    assert law.scale == pytest.approx(stored["sigma_fit"]["coef"], rel=1e-7)
    np.testing.assert_allclose(law(grid.budget), stored["sigma_pred"], rtol=1e-9)

    # Stored to the tolerance of scipy's bounded search; ours is never dearer.
    fine = optima(True)
    theirs = np.array(stored["sigma_star_continuous"])[:, None]
    np.testing.assert_allclose(fine.utd[:, None], theirs, rtol=1e-4)
    needed = data.paired(theirs)
    cost = compute_flops(theirs, needed, batch(theirs), model_size=stored["model_size"])
    assert (
        fine.budget[:, None] <= (cost + stored["delta"] * needed) * (1 + 1e-12)
    ).all()
