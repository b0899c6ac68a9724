"""The cheapest point of a frontier, with and without a closed form."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from value_scaling.records.compute import compute_flops
from value_scaling.stats.minimum import GRID_POINTS
from value_scaling.stats.power_law import PowerLaw
from value_scaling.workflow.data.cheapest import Optimum, cheapest

LOW, HIGH, SIZE = 0.25, 16.0, 1.5e5
CELL = (HIGH / LOW) ** (1 / (GRID_POINTS - 1))
"""Ratio of neighbouring σ of the authors' grid."""


def optimum(
    data: PowerLaw, batch: PowerLaw, delta: float, *, continuous: bool = True
) -> Optimum:
    return cheapest(
        data,
        batch,
        model_size=SIZE,
        delta=delta,
        low=LOW,
        high=HIGH,
        continuous=continuous,
    )


def budget(data: PowerLaw, batch: PowerLaw, delta: float) -> Callable[[float], float]:
    return lambda utd: float((10 * SIZE * batch(utd) * utd + delta) * data(utd))


def delta_for(utd_star: float, alpha: float, batch: PowerLaw) -> float:
    """Return the δ that puts the optimum of D = (β/σ)^α, B = b·σ^-m at a given σ.

    F = β^α (κ σ^(1-m-α) + δ σ^-α), κ = 10·N·b, is stationary at σ*^(1-m) = α δ / (κ
    (1-m-α)); with m = 0: σ* = α δ / (κ (1-α)).
    """
    m = -batch.exponent
    return 10 * SIZE * batch.scale * (1 - m - alpha) * utd_star ** (1 - m) / alpha


def test_compute_by_hand() -> None:
    # 10 FLOPs × 1000 parameters × 256 samples × 2 updates a step × 5 steps.
    assert compute_flops(2.0, 5.0, 256.0, model_size=1000) == 25_600_000


def test_constant_batch_in_closed_form() -> None:
    data, batch = PowerLaw(3e5, -0.4), PowerLaw(256.0, 0.0)
    delta = 4e9
    found = optimum(data, batch, delta)
    k = 10 * SIZE * 256
    expected = 0.4 * delta / (k * (1 - 0.4))
    assert found.utd == pytest.approx(expected, rel=1e-6)
    assert found.data == pytest.approx(data(expected), rel=1e-6)
    assert found.compute == pytest.approx(k * expected * data(expected), rel=1e-6)
    assert found.budget == pytest.approx(found.compute + delta * found.data)
    assert not found.at_edge


@given(
    st.floats(0.1, 0.5),
    st.floats(0, 0.4),
    st.floats(1e-3, 1e9),
    st.floats(LOW * 1.001, HIGH / 1.001),
)
@settings(deadline=None, max_examples=200)
def test_planted_optima(alpha: float, m: float, beta: float, utd_star: float) -> None:
    """Optima lie anywhere between the ends, including the last cells of the grid."""
    data, batch = PowerLaw(beta**alpha, -alpha), PowerLaw(300.0, -m)
    found = optimum(data, batch, delta_for(utd_star, alpha, batch))
    assert found.utd == pytest.approx(utd_star, rel=1e-5)
    assert not found.at_edge


@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize(("utd_star", "edge"), [(LOW / 4, LOW), (HIGH * 4, HIGH)])
def test_an_optimum_outside_the_range_is_flagged(
    utd_star: float, edge: float, continuous: bool
) -> None:
    data, batch = PowerLaw(3e5, -0.4), PowerLaw(256.0, -0.2)
    delta = delta_for(utd_star, 0.4, batch)
    found = optimum(data, batch, delta, continuous=continuous)
    assert found.at_edge
    assert found.utd == pytest.approx(edge, rel=1e-6)
    assert found.data == pytest.approx(data(edge), rel=1e-6)


@pytest.fixture
def frontiers() -> tuple[PowerLaw, PowerLaw]:
    """[replicates, levels] frontiers with offsets, a batch law for each replicate."""
    rng = np.random.default_rng(8)
    data = PowerLaw(
        10 ** rng.uniform(4, 6, (20, 5)),
        -rng.uniform(0.3, 1.2, (20, 5)),
        10 ** rng.uniform(3, 5.5, (20, 5)),
    )
    batch = PowerLaw(rng.uniform(200, 500, (20, 1)), -rng.uniform(0.1, 0.5, (20, 1)))
    return data, batch


def test_a_stack_against_scipy(frontiers: tuple[PowerLaw, PowerLaw]) -> None:
    data, batch = frontiers
    delta = 4e9
    found = optimum(data, batch, delta)
    assert found.utd.shape == (20, 5)
    for i, j in np.ndindex(20, 5):
        one = PowerLaw(data.scale[i, j], data.exponent[i, j], data.asymptote[i, j])
        size = PowerLaw(batch.scale[i, 0], batch.exponent[i, 0])
        cost = budget(one, size, delta)
        theirs = minimize_scalar(
            lambda log_utd, cost=cost: cost(np.exp(log_utd)),
            bounds=(np.log(LOW), np.log(HIGH)),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert found.budget[i, j] <= theirs.fun * (1 + 1e-12)
        assert found.budget[i, j] == pytest.approx(cost(found.utd[i, j]))
        assert np.log(found.utd[i, j]) == pytest.approx(theirs.x, abs=1e-5)


def test_the_grid_is_within_one_cell(frontiers: tuple[PowerLaw, PowerLaw]) -> None:
    data, batch = frontiers
    fine = optimum(data, batch, 4e9)
    coarse = optimum(data, batch, 4e9, continuous=False)
    grid = np.geomspace(LOW, HIGH, 100)
    assert np.isin(coarse.utd, grid).all()
    assert (np.abs(np.log(coarse.utd / fine.utd)) < np.log(CELL)).all()
    assert (fine.budget <= coarse.budget * (1 + 1e-12)).all()
    assert (coarse.budget < fine.budget * 1.001).all()


def test_of_two_valleys_the_deeper() -> None:
    """A batch law that falls steeper than 1/σ makes large σ cheap again."""
    data, batch = PowerLaw(1e5, -2.0, 1e5), PowerLaw(300.0, -1.6)
    for delta in (1e7, 1e8, 1e9, 1e10):
        utd = np.geomspace(LOW, HIGH, 20_001)
        everywhere = ((10 * SIZE * batch(utd) * utd + delta) * data(utd)).min()
        assert optimum(data, batch, delta).budget <= everywhere * (1 + 1e-9)


def test_an_unknown_frontier_stays_unknown() -> None:
    data = PowerLaw(np.array([3e5, np.nan]), np.array([-0.4, np.nan]), np.zeros(2))
    found = optimum(data, PowerLaw(256.0, -0.2), 4e9)
    for values in (found.utd, found.data, found.compute, found.budget):
        assert np.isfinite(values).tolist() == [True, False]
    assert not found.at_edge[1]
