"""Budgets and optimal σ: closed forms, batch sizes, levels held out, edges."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import FITTED_UTDS, make_crossings, make_study

from value_scaling.records import (
    PUBLISHED,
    Budget,
    Choices,
    DataEfficiency,
    FittedLaw,
    HeldOut,
    PowerLaw,
    PublishedFits,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data.published import published_data_efficiency
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.optima import fits_along_budget, optima

DEFAULT = Choices()
ALPHAS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55)
"""One per level; D_min = 0, so that σ* = α·δ/(k·(1 − α)) with k = 10·N·B."""
UNITS = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) * 1e5
BATCH = 100
MIDDLE = 2.0
"""σ* for α = 1/2, by the choice of δ."""


def study_of(**changes: object) -> Study:
    delta = 10 * 1e5 * BATCH * MIDDLE
    return make_study(
        **{"environments": 1, "model_size": 1e5, "delta": delta} | changes
    )


def efficiency(
    study: Study,
    *,
    batch: int = BATCH,
    batch_exponent: float = 0.0,
    spread: float = 0.05,
) -> DataEfficiency:
    """Return D_J(σ) = unit_J·σ^(-α_J), run with B = batch·σ^exponent."""
    levels = len(study.fitted_levels)
    given = {}
    for env in study.environment_names:
        for utd in FITTED_UTDS:
            batch_size = round(batch * utd**batch_exponent)
            steps = [
                unit * utd**-alpha for unit, alpha in zip(UNITS, ALPHAS, strict=True)
            ]
            setting = Setting(env, utd, batch_size, 1e-3)
            given[setting] = steps[:levels]
    crossings = make_crossings(study, "ours", given)
    rng = np.random.default_rng(0)
    noise = np.exp(rng.normal(scale=spread, size=(len(given), 50, 1)))
    drawn = (crossings.steps[:, None] * noise).astype(np.int32)
    return data_efficiency(replace(crossings, replicates=drawn), study, DEFAULT)


def run(found: DataEfficiency, study: Study, choices: Choices = DEFAULT) -> Budget:
    return budget(found, study, choices, fitted_batch=None)


def test_closed_form() -> None:
    study = study_of()
    found = run(efficiency(study), study)
    alpha = np.array(ALPHAS)
    star = MIDDLE * alpha / (1 - alpha)
    data = UNITS * star**-alpha
    compute = 10 * 1e5 * BATCH * star * data
    np.testing.assert_allclose(found.utd_star.value, star, rtol=1e-5)
    np.testing.assert_allclose(found.data_star.value, data, rtol=1e-5)
    np.testing.assert_allclose(found.compute_star.value, compute, rtol=1e-5)
    total = compute + study.delta * data
    np.testing.assert_allclose(found.budget.value, total, rtol=1e-5)
    assert not found.at_edge.any()
    np.testing.assert_array_equal(found.fitted, [True] * 4 + [False] * 2)
    for law, y, x in (
        (found.utd_law, star, total),
        (found.data_law, data, total),
        (found.compute_law, compute, total),
        (found.exchange_law, data, compute),
    ):
        slope, constant = np.polyfit(np.log(x[:4]), np.log(y[:4]), 1)
        assert law.value.exponent == pytest.approx(slope, rel=1e-3)
        assert law.value.scale == pytest.approx(np.exp(constant), rel=3e-3)


def test_the_batch_size_enters_the_optimum() -> None:
    """B = 10^12·σ^(-1/4) is so large that its whole numbers follow the law closely.

    N is smaller by the same factor: σ*^(3/4) = α·δ/(k·(3/4 − α)).
    """
    study = study_of(model_size=1e-5)
    found = run(efficiency(study, batch=10**12, batch_exponent=-0.25), study)
    alpha = np.array(ALPHAS)
    star = (MIDDLE * alpha / (0.75 - alpha)) ** (1 / 0.75)
    inside = star < FITTED_UTDS[-1]
    assert inside[:5].all()
    np.testing.assert_allclose(found.utd_star.value[inside], star[inside], rtol=1e-5)
    np.testing.assert_allclose(found.batch.value.exponent, -0.25, rtol=1e-9)
    # The sizes that ran are the same in every draw.
    assert len(found.batch.replicates.scale) == 50
    assert np.ptp(found.batch.replicates.exponent) == 0


def test_used_and_fitted_batch_sizes() -> None:
    study = study_of()
    given = efficiency(study)  # ran with B = 100
    law = PowerLaw(np.array(100.0), np.array(-0.25))
    few = FittedLaw(law, PowerLaw(np.array([90.0, 100, 110]), np.full(3, -0.25)))
    used = budget(given, study, DEFAULT, fitted_batch=few)
    assert used.batch.value.exponent == pytest.approx(0)
    fitted = budget(given, study, Choices(batch_in_compute="fitted"), fitted_batch=few)
    assert fitted.batch.value == law
    # 50 replicates of the data use the 3 of the batch size repeatedly.
    np.testing.assert_array_equal(
        fitted.batch.replicates.scale, [90, 100, 110] * 16 + [90, 100]
    )
    sigma, data = fitted.run_utds, fitted.run_data
    np.testing.assert_allclose(
        fitted.run_compute, 10 * 1e5 * (100 * sigma**-0.25) * sigma * data
    )
    np.testing.assert_allclose(used.run_compute, 10 * 1e5 * 100 * sigma * data)
    np.testing.assert_array_equal(used.run_data, given.pooled.value.T)
    np.testing.assert_allclose(used.frontier_data, given.law.value(used.utds))
    np.testing.assert_allclose(
        used.frontier_compute, 10 * 1e5 * 100 * used.utds * used.frontier_data
    )
    wide = fitted.utd_star.high - fitted.utd_star.low
    # A fit known only by its coefficients adds no spread.
    bare = budget(
        given,
        study,
        Choices(batch_in_compute="fitted"),
        fitted_batch=FittedLaw.without_interval(law),
    )
    np.testing.assert_allclose(bare.utd_star.value, fitted.utd_star.value)
    assert (bare.utd_star.high - bare.utd_star.low).sum() < wide.sum()
    with pytest.raises(ScalingError, match=r"planted ours.*no sweep.*C_J"):
        budget(given, study, PUBLISHED, fitted_batch=None)


def test_a_grid_of_a_hundred_points_as_published() -> None:
    study = study_of()
    given = efficiency(study)
    fine = run(given, study)
    coarse = run(given, study, Choices(optimum="grid"))
    grid = np.geomspace(FITTED_UTDS[0], FITTED_UTDS[-1], 100)
    np.testing.assert_array_equal(coarse.utds, grid)
    assert np.isin(coarse.utd_star.value, grid).all()
    step = grid[1] / grid[0]
    ratio = coarse.utd_star.value / fine.utd_star.value
    assert (np.abs(np.log(ratio)) <= np.log(step) * 0.5001).all()
    assert (coarse.budget.value >= fine.budget.value).all()


def rows(found: Budget, level: str) -> dict[str, HeldOut]:
    return {c.quantity: c for c in found.heldout if c.label == level}


def test_held_out_levels_are_unseen_by_the_fit() -> None:
    study = study_of()
    given = efficiency(study)
    before = run(given, study)

    def dearer(law: PowerLaw) -> PowerLaw:
        factor = np.array([1, 1, 1, 1, 3, 3.0])
        return PowerLaw(law.scale * factor, law.exponent * factor**0.3, law.asymptote)

    law = FittedLaw(dearer(given.law.value), dearer(given.law.replicates))
    after = run(replace(given, law=law), study)
    for name in ("utd_law", "data_law", "compute_law", "exchange_law"):
        one, other = getattr(before, name), getattr(after, name)
        assert one.value.exponent == other.value.exponent  # to the bit
        assert one.value.scale == other.value.scale
        np.testing.assert_array_equal(
            one.replicates.exponent, other.replicates.exponent
        )
    for level in ("J = 700", "J = 800"):
        one, other = rows(before, level), rows(after, level)
        assert set(one) == {"utd_star", "budget_data", "budget_compute"}
        assert one["utd_star"].actual != other["utd_star"].actual
        assert one["utd_star"].error.value != other["utd_star"].error.value
    # The prediction is the law at the budget of the level, actual is its optimum.
    check, top = rows(before, "J = 800")["utd_star"], before.budget.value[-1]
    assert check.predicted == pytest.approx(float(before.utd_law.value(top)))
    assert check.actual == before.utd_star.value[-1]
    assert len(before.heldout) == 6


def test_no_change_keeps_the_optimum_of_the_highest_fitted_level() -> None:
    """The same σ* divides the budget in the same way.

    Its predictions of data and compute therefore add up to the budget.
    """
    study = study_of()
    found = run(efficiency(study, spread=0.03), study)
    assert not found.at_edge[3]
    for j, level in ((4, "J = 700"), (5, "J = 800")):
        naive = {name: c.naive[0] for name, c in rows(found, level).items()}
        assert naive["utd_star"].predicted == found.utd_star.value[3]
        total = (
            naive["budget_compute"].predicted
            + study.delta * naive["budget_data"].predicted
        )
        assert total == pytest.approx(float(found.budget.value[j]))
        for each in naive.values():
            assert each.error.low < each.error.high
    assert {each.count for each in found.against_naive} == {2}


@pytest.mark.parametrize(("factor", "at"), [(1e-3, 0), (1e3, -1)])
def test_an_optimum_at_the_edge_is_flagged(factor: float, at: int) -> None:
    plain = study_of()
    study = replace(plain, delta=plain.delta * factor)
    for choices in (DEFAULT, Choices(optimum="grid")):
        found = run(efficiency(plain), study, choices)
        np.testing.assert_allclose(found.utd_star.value, FITTED_UTDS[at], rtol=1e-6)
        assert found.at_edge.all()
    assert not run(efficiency(plain), plain).at_edge.any()


def test_intervals_hold_the_values() -> None:
    study = study_of()
    found = run(efficiency(study, spread=0.03), study)
    for values in (found.utd_star, found.data_star, found.compute_star, found.budget):
        assert (values.low < values.value).all()
        assert (values.value < values.high).all()
    for law in (found.utd_law, found.data_law, found.compute_law):
        assert law.exponent.low < law.value.exponent < law.exponent.high


def test_a_level_without_a_law_is_left_out_of_the_fit() -> None:
    study = study_of()
    given = efficiency(study)
    gone = np.array([1, np.nan, 1, 1, 1, np.nan])

    def partly(law: PowerLaw) -> PowerLaw:
        return PowerLaw(law.scale * gone, law.exponent * gone, law.asymptote * gone)

    law = FittedLaw(partly(given.law.value), partly(given.law.replicates))
    # Three optima are too few unless those at the edge are counted, as published.
    assert np.isnan(run(replace(given, law=law), study).utd_law.value.exponent)
    found = run(replace(given, law=law), study, Choices(edge_optima="counted"))
    np.testing.assert_array_equal(np.isnan(found.utd_star.value), np.isnan(gone))
    assert not found.at_edge.any()
    three = [0, 2, 3]
    slope = np.polyfit(
        np.log(found.budget.value[three]), np.log(found.utd_star.value[three]), 1
    )[0]
    assert found.utd_law.value.exponent == pytest.approx(slope)
    top = rows(found, "J = 800")["utd_star"]
    assert np.isnan(top.error.value)
    assert not top.covered


def test_too_few_levels_for_a_law() -> None:
    two = study_of(fitted_levels=(300.0, 800.0))
    given = efficiency(two)
    with pytest.raises(ScalingError, match=r"2 fitted levels, 2 of them.*hold out"):
        run(given, two)
    whole = replace(two, held_out_levels=0)
    assert "and a fit needs 4" in run(efficiency(whole), whole).unidentified
    found = run(efficiency(whole), whole, Choices(edge_optima="counted"))
    assert found.heldout == ()
    assert found.fitted.all()
    # A line through two points.
    np.testing.assert_allclose(
        found.utd_law.value(found.budget.value), found.utd_star.value
    )


def test_one_environment_among_several_is_no_different() -> None:
    several = study_of(environments=3)
    one, more = (run(efficiency(s, spread=0.01), s) for s in (study_of(), several))
    np.testing.assert_allclose(more.utd_star.value, one.utd_star.value, rtol=1e-5)


def test_budgets_that_all_but_coincide_do_not_warn() -> None:
    """The fit to them is steeper than floating-point numbers allow, without a crash."""
    study = study_of()
    given = efficiency(study)

    alpha = np.array(ALPHAS)
    star = MIDDLE * alpha / (1 - alpha)
    of_unit = star**-alpha * (10 * 1e5 * BATCH * star + study.delta)

    def alike(law: PowerLaw) -> PowerLaw:
        unit = 1e14 / of_unit * (1 + 1e-4 * np.arange(6))
        shape = law.scale.shape
        return PowerLaw(np.broadcast_to(unit, shape), np.broadcast_to(-alpha, shape))

    law = FittedLaw(alike(given.law.value), alike(given.law.replicates))
    found = run(replace(given, law=law), study, Choices(edge_optima="counted"))
    np.testing.assert_allclose(found.budget.value, 1e14, rtol=1e-3)
    assert abs(float(found.utd_law.value.exponent)) > 1e3
    assert len(found.heldout) == 6
    found = run(replace(given, law=law), study)
    assert found.utd_law.status_of() == "not identifiable"
    assert found.unidentified == (
        "the budgets of the optima to fit on span a factor of 1.00, and a fit needs 1.5"
    )


def test_published_coefficients_in_the_place_of_runs() -> None:
    study = study_of(fitted_levels=(300.0, 500.0, 600.0, 800.0))
    # (σ/b)^(-α) = b^α·σ^(-α); b grows, so that budgets do.
    table = tuple((a, b, 0.0) for a, b in zip(ALPHAS, (1, 4, 9, 16.0), strict=False))
    fits = PublishedFits(
        "s", data_scale=1e5, data_coefficients=table, data_utds=FITTED_UTDS
    )
    study = replace(study, published=fits)
    given = published_data_efficiency(study, "ours", PUBLISHED)
    law = FittedLaw.without_interval(PowerLaw(np.array(100.0), np.array(0.0)))
    for choices in (DEFAULT, PUBLISHED):
        found = budget(given, study, choices, fitted_batch=law)
        alpha = np.array(ALPHAS[:4])
        star = MIDDLE * alpha / (1 - alpha)
        np.testing.assert_allclose(found.utd_star.value, star, rtol=0.02)
        assert np.isnan(found.utd_star.low).all()
        assert np.isnan(found.utd_law.exponent.low)
        assert np.isnan(found.run_data).all()
        for check in found.heldout:
            # Two optima are too few for the default choices.
            assert np.isfinite(check.error.value) == (choices == PUBLISHED)
            assert np.isnan(check.error.low)
    with pytest.raises(ScalingError, match="no sweep"):
        budget(given, study, DEFAULT, fitted_batch=None)


def test_optima_give_the_exponent_of_the_record() -> None:
    study = study_of()
    given = efficiency(study)
    whole = run(given, study)
    found = optima(given, study, DEFAULT, fitted_batch=None)
    lines = fits_along_budget(given, study, DEFAULT, found)
    assert lines.exponent("utd") == float(whole.utd_law.value.exponent)
    assert np.isfinite(lines.exponent("utd"))
    np.testing.assert_array_equal(found.point.utd, whole.utd_star.value)
