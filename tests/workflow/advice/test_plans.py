"""Recommendations on planted laws: intervals, limits, and limits that exclude all."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import (
    BATCH,
    DATA,
    RISE,
    best_batch_size,
    best_learning_rate,
    size,
)

from value_scaling.records import Estimate, ScalingError
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.limits import POOLED, Limits, Request, Times
from value_scaling.workflow.advice.plans import Plan, plans
from value_scaling.workflow.advice.rounding import round_utd
from value_scaling.workflow.advice.spending import Spending, along_budget

LEVEL = 600.0
TIMES = Times(step=1e-3, update=2e-3, sample=1e-5)


def true_needs(fits: Fits, env: str, utd: np.ndarray, level: float = LEVEL) -> dict:
    """Return what the planted laws need; the pool is in units of the middle task."""
    names = fits.study.environment_names
    unit = size(names[1] if env == POOLED else env)
    envs = names if env == POOLED else (env,)
    batch = np.mean([best_batch_size(each, 1) / BATCH(1.0) for each in envs])
    data = unit * DATA(utd) * (level / 1000) ** RISE
    compute = 10 * fits.study.model_size * batch * BATCH(utd) * utd * data
    hours = data * (
        TIMES.step + utd * (TIMES.update + TIMES.sample * batch * BATCH(utd))
    )
    budget = compute + fits.study.delta * data
    return {"data": data, "compute": compute, "budget": budget, "hours": hours / 3600}


def covers(found: Estimate, truth: float, *, slack: float = 0.02) -> bool:
    """Whether an interval includes the truth up to the rounding of planted values."""
    return bool(found.low / (1 + slack) <= truth <= found.high * (1 + slack))


def asked(fits: Fits, **changes: object) -> tuple[Plan, ...]:
    times = dict.fromkeys(fits.study.environment_names, TIMES)
    return plans(fits, Request(**{"level": LEVEL, "times": times} | changes))


def pooled(fits: Fits, **changes: object) -> Plan:
    return asked(fits, **changes)[-1]


def test_intervals_at_a_given_utd_include_the_truth(fits: Fits) -> None:
    found = asked(fits, utds=(4.0,))
    assert [each.env for each in found] == [*fits.study.environment_names, POOLED]
    for plan in found:
        truth = true_needs(fits, plan.env, np.array(4.0))
        for name, value in truth.items():
            assert covers(getattr(plan, name), float(value)), (plan.env, name)
        if plan.env != POOLED:
            best = plan.hyperparameters
            size_, rate = best["batch_size"], best["learning_rate"]
            assert covers(size_, best_batch_size(plan.env, 4.0), slack=0.1)
            assert covers(rate, best_learning_rate(plan.env, 4.0), slack=0.1)
        assert plan.run["batch_size"] % 16 == 0
        assert plan.run["utd"] == 4


def test_the_best_utd_is_that_of_the_planted_laws(fits: Fits) -> None:
    grid = np.geomspace(0.5, 8, 2000)
    for plan in asked(fits):
        truth = grid[true_needs(fits, plan.env, grid)["budget"].argmin()]
        assert covers(plan.utd, float(truth), slack=0.05), plan.env
        assert plan.chosen
        assert plan.meets
        assert plan.run["utd"] == round_utd(float(plan.utd.value))


def test_the_pool_has_the_optimum_of_the_budget(fits: Fits) -> None:
    assert fits.budgets is not None
    record = fits.budgets.sets["ours"]
    j = list(record.levels).index(LEVEL)
    plan = pooled(fits)
    for end in ("value", "low", "high"):
        assert getattr(plan.utd, end) == pytest.approx(
            getattr(record.utd_star, end)[j], rel=1e-6
        )
    assert plan.budget.value == pytest.approx(record.budget.value[j], rel=1e-6)


@pytest.mark.parametrize("name", ["data", "hours"])
def test_a_limit_moves_the_best_utd_only_if_it_is_active(fits: Fits, name: str) -> None:
    free = pooled(fits)
    at = float(getattr(free, name).value)
    loose = pooled(fits, limits=Limits(**{name: 1.1 * at}))
    assert loose.utd.value == pytest.approx(free.utd.value, rel=1e-6)
    assert loose.binding == ()
    tight = pooled(fits, limits=Limits(**{name: 0.97 * at}))
    assert tight.meets
    assert tight.binding == (name,)
    assert getattr(tight, name).value == pytest.approx(0.97 * at, rel=1e-3)
    # Less data needs a larger σ, and fewer hours a smaller one.
    assert (tight.utd.value > free.utd.value) == (name == "data")
    assert tight.budget.value > free.budget.value
    assert 0 < tight.share_meeting < 1


def test_the_highest_level_within_the_limits(fits: Fits) -> None:
    needed = pooled(fits, level=500.0)
    limits = Limits(budget=1.01 * float(needed.budget.value))
    assert pooled(fits, level=None, limits=limits).level == 500
    assert pooled(fits, level=None).level == 800


def test_an_impossible_limit_has_a_nearest_setting(fits: Fits) -> None:
    least = true_needs(fits, POOLED, np.array(8.0))["data"]
    limit = 0.9 * float(pooled(fits, utds=(8.0,)).data.value)
    plan = pooled(fits, limits=Limits(data=limit))
    assert not plan.meets
    assert plan.utd.value == pytest.approx(8, rel=1e-3)
    assert plan.at_edge
    assert plan.exceeds["data"] == pytest.approx(1 / 0.9, rel=1e-3)
    assert plan.data.value == pytest.approx(least, rel=0.05)
    # D_J grows like J^1.5, so 500 is the highest level that remains.
    assert plan.reachable == 500
    nothing = pooled(fits, level=None, limits=Limits(data=1.0))
    assert (nothing.meets, nothing.level) == (False, 300)


def test_two_limits_that_exclude_each_other(fits: Fits) -> None:
    """Each alone can be met; the nearest setting exceeds both by the same factor."""
    data = 1.05 * float(pooled(fits, utds=(8.0,)).data.value)
    hours = 1.05 * float(pooled(fits, utds=(0.5,)).hours.value)
    assert pooled(fits, limits=Limits(data=data)).meets
    assert pooled(fits, limits=Limits(hours=hours)).meets
    plan = pooled(fits, limits=Limits(data=data, hours=hours))
    assert not plan.meets
    assert plan.exceeds["data"] == pytest.approx(plan.exceeds["hours"], rel=1e-3)


def test_a_given_utd_is_checked_against_limits(fits: Fits) -> None:
    at = float(pooled(fits, utds=(2.0,)).data.value)
    assert pooled(fits, utds=(2.0,), limits=Limits(data=1.01 * at)).meets
    plan = pooled(fits, utds=(2.0,), limits=Limits(data=at / 2))
    assert plan.exceeds == {"data": pytest.approx(2)}


def test_hours_need_durations(fits: Fits) -> None:
    with pytest.raises(ScalingError, match="--step-seconds"):
        asked(fits, times=None, limits=Limits(hours=1.0))
    assert np.isnan(pooled(fits, times=None).hours.value)


def test_levels_between_the_fitted_ones_are_interpolated(fits: Fits) -> None:
    for plan in asked(fits, level=650.0, utds=(4.0,)):
        truth = true_needs(fits, plan.env, np.array(4.0), 650.0)
        assert plan.level == 650
        assert covers(plan.data, float(truth["data"]))
    at = [pooled(fits, level=j, utds=(4.0,)).data.value for j in (600.0, 650.0, 700.0)]
    assert at[0] < at[1] < at[2]
    with pytest.raises(ScalingError, match="level 850; expected 300 to 800"):
        asked(fits, level=850.0)


def test_a_sweep_alone_has_no_costs(fits: Fits) -> None:
    alone = replace(fits, data=None, budgets=None)
    plan = plans(alone, Request(utds=(4.0,)))[-1]
    assert np.isnan(plan.data.value)
    assert plan.run["utd"] == 4
    with pytest.raises(ScalingError, match="no fit of D_J"):
        plans(alone, Request())


def test_runs_alone_have_costs_and_no_hyperparameters(fits: Fits) -> None:
    plan = plans(replace(fits, sweep=None), Request(level=LEVEL))[-1]
    assert plan.run == {}
    assert np.isfinite(plan.budget.value)


def test_the_fits_along_the_budget(fits: Fits) -> None:
    assert fits.budgets is not None
    record = fits.budgets.sets["ours"]
    inside, beyond = (
        along_budget(
            fits, Request(limits=Limits(budget=factor * record.budget.value[-1]))
        )
        for factor in (0.8, 3.0)
    )
    assert isinstance(inside, Spending)
    assert isinstance(beyond, Spending)
    assert inside.distance.factor == 1
    assert inside.utd.value == pytest.approx(record.utd_law.value(inside.budget))
    assert beyond.distance.factor == pytest.approx(3)
    spent = beyond.compute.value + record.delta * beyond.data.value
    assert spent == pytest.approx(beyond.budget, rel=0.02)
    assert along_budget(fits, Request()) is None


@pytest.mark.parametrize(
    ("utd", "rounded"),
    [(3.4, 3), (3.5, 4), (1.2, 1), (1.42, 2), (0.6, 1 / 2), (0.8, 1.0), (0.3, 1 / 3)],
)
def test_utds_are_rounded_to_whole_updates(utd: float, rounded: float) -> None:
    assert round_utd(utd) == rounded
