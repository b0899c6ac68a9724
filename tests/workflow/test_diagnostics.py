"""Trends of overfitting and parameter norm, on planted metrics."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from value_scaling.records import (
    MEASURES,
    PREDICTORS,
    Curves,
    Runs,
    ScalingError,
    Setting,
    diagnostic_metrics,
)
from value_scaling.workflow.diagnostics import diagnostics

NEWEST, UNIFORM = "training.new_data_critic_loss", "training.critic_loss"
NORM = "training.critic_pnorm_l2"
SLOPES = {"overfitting": (0.2, 0.1, 0.0), "parameter_norm": (0.3, 0.0, 0.25)}
UNIT = {"A": 10.0, "B": 0.1}
"""TD error on uniform data, and a fifth of the parameter norm."""
GRID = [
    Setting(*each)
    for each in product("AB", (1.0, 2.0, 4.0, 8.0), (64, 128, 256), (1e-3, 2e-3))
]
CENTRE = np.log2([8**0.5, 128, 2e-3 / 2**0.5])


def away(setting: Setting) -> np.ndarray:
    return np.log2([getattr(setting, name) for name in PREDICTORS]) - CENTRE


def planted(
    *, noise: float = 0.0, number: int = 0, seeds: int = 8, grid: list[Setting] = GRID
) -> dict[str, Runs]:
    """Return runs with the planted values in their second half, the first far off."""
    rng = np.random.default_rng(number)
    curves: dict[str, list[Curves]] = {NEWEST: [], UNIFORM: [], NORM: []}
    for setting in sorted(grid):
        # Runs at small σ are longer; their steps beyond the common part are ignored.
        steps = np.arange(1, 21 + 10 * (setting.utd < 2)) * 100.0
        unit = UNIT[setting.env]

        def seed_values(
            measure: str, setting: Setting = setting, unit: float = unit
        ) -> np.ndarray:
            luck = noise * rng.normal(size=seeds)
            return unit * (1 + away(setting) @ SLOPES[measure] + luck)

        values = {
            UNIFORM: np.full(seeds, unit),
            NEWEST: unit + seed_values("overfitting"),
            NORM: 5 * seed_values("parameter_norm"),
        }
        for metric, value in values.items():
            table = np.tile(value, (len(steps), 1))
            table[(steps <= 1000) | (steps > 2000)] += 100 * unit
            curves[metric].append(Curves(setting, steps, table))
    return {
        metric: Runs("planted", "sweep", tuple(own)) for metric, own in curves.items()
    }


def test_planted_trends_come_back_from_the_common_window() -> None:
    found = diagnostics(planted(), replicates=20, seed=0)
    assert found is not None
    assert found.environments == ("A", "B")
    np.testing.assert_array_equal(found.windows, [[1000, 2000]] * 2)
    assert set(found.measures) == set(SLOPES)
    for name, measure in found.measures.items():
        np.testing.assert_allclose(measure.trend.slopes, SLOPES[name], atol=1e-9)
        np.testing.assert_allclose(measure.trend.centre, CENTRE)
        np.testing.assert_allclose(measure.trend.level, 1.0)
        line = measure.trend.at("utd", np.array([1.0, 8.0])).value
        np.testing.assert_allclose(line, 1 + np.array([-1.5, 1.5]) * SLOPES[name][0])
        # Without noise every sample is the same.
        np.testing.assert_allclose(measure.trend.slope.low, SLOPES[name], atol=1e-9)
        expected = [1 + away(setting) @ SLOPES[name] for setting in found.settings]
        np.testing.assert_allclose(measure.values.value, expected)
        assert measure.seeds.tolist() == [8] * len(GRID)
        np.testing.assert_allclose(
            measure.separate.value, [SLOPES[name]] * 2, atol=1e-9
        )
    np.testing.assert_allclose(found.measures["overfitting"].scale, [10, 0.1])
    np.testing.assert_allclose(found.measures["parameter_norm"].scale, [50, 0.5])
    over = found.measures["overfitting"]
    assert float(over.positive.value) == np.mean(over.values.value > 0)


def test_intervals_hold_the_planted_slopes_about_as_often_as_they_say() -> None:
    held = []
    for number in range(60):
        runs = planted(noise=0.3, number=number, seeds=8)
        found = diagnostics(runs, replicates=200, seed=number)
        assert found is not None
        for name, slopes in SLOPES.items():
            slope = found.measures[name].trend.slope
            held += list((slope.low <= slopes) & (slopes <= slope.high))
    assert 0.90 <= np.mean(held) <= 1.0
    width = slope.high - slope.low
    assert np.all((width > 0.01) & (width < 0.3))


def test_each_environment_alone_has_its_own_slope() -> None:
    runs = planted()
    for curve in runs[NEWEST].curves:
        if curve.setting.env == "B":
            curve.returns[:] += UNIT["B"] * np.log2(curve.setting.utd)
    over = diagnostics(runs, replicates=5, seed=0).measures["overfitting"]
    np.testing.assert_allclose(over.separate.value[:, 0], [0.2, 1.2])
    np.testing.assert_allclose(over.separate.low[:, 0], [0.2, 1.2])
    np.testing.assert_allclose(over.trend.slopes[0], 0.7)


def test_reproducible_and_another_seed_draws_anew() -> None:
    runs = planted(noise=0.3)
    first, again, other = (
        diagnostics(runs, replicates=50, seed=seed).measures["overfitting"].trend
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.slope_replicates, again.slope_replicates)
    assert not np.array_equal(first.slope_replicates, other.slope_replicates)
    np.testing.assert_array_equal(first.slopes, other.slopes)


def test_one_seed_that_explodes_does_not_carry_its_setting() -> None:
    runs = planted(noise=0.01)
    curve = runs[NEWEST].curves[0]
    curve.returns[:, 3] *= 1e4
    found = diagnostics(runs, replicates=50, seed=0)
    expected = 1 + away(found.settings[0]) @ SLOPES["overfitting"]
    np.testing.assert_allclose(
        found.measures["overfitting"].values.value[0], expected, atol=0.05
    )


def test_seeds_and_settings_without_a_value_are_left_out_and_counted() -> None:
    runs = planted(noise=0.01)
    runs[NEWEST].curves[0].returns[15, 2] = np.nan  # in the window
    runs[NEWEST].curves[1].returns[5, 2] = np.nan  # before it
    runs[NEWEST].curves[2].returns[:] = np.nan
    found = diagnostics(runs, replicates=50, seed=0)
    over = found.measures["overfitting"]
    assert over.seeds[:4].tolist() == [7, 8, 0, 8]
    assert np.isnan(over.values.value).tolist() == [False, False, True] + [False] * (
        len(GRID) - 3
    )
    np.testing.assert_allclose(over.trend.slopes, SLOPES["overfitting"], atol=0.02)
    assert np.isfinite(over.trend.slope.low).all()
    assert found.measures["parameter_norm"].seeds.min() == 8


@pytest.mark.parametrize(
    ("metrics", "measures"),
    [
        ((), None),
        ((UNIFORM,), None),
        (("training.q_mean",), None),
        ((NORM,), {"parameter_norm"}),
        ((UNIFORM, NEWEST), {"overfitting"}),
    ],
)
def test_what_the_metrics_do_not_allow_is_absent(metrics, measures) -> None:
    runs = planted() | {"training.q_mean": planted()[NORM]}
    found = diagnostics({m: runs[m] for m in metrics}, replicates=5, seed=0)
    assert (set(found.measures) if found else None) == measures


def test_every_measure_is_made_of_metrics_that_can_be_read() -> None:
    everything = dict.fromkeys(diagnostic_metrics(), planted()[NORM])
    found = diagnostics(everything, replicates=5, seed=0)
    assert set(found.measures) == set(MEASURES)


def test_a_quantity_that_is_zero_has_no_unit() -> None:
    runs = planted()
    zero = replace(
        runs[NORM],
        curves=tuple(replace(c, returns=0 * c.returns) for c in runs[NORM].curves),
    )
    measure = diagnostics({NORM: zero}, replicates=5, seed=0).measures["parameter_norm"]
    assert np.isnan(measure.scale).all()
    assert np.isnan(measure.trend.slopes).all()
    assert np.isnan(measure.positive.value)


def test_metrics_of_other_seeds_or_settings_are_refused() -> None:
    runs = planted()
    fewer = replace(runs[NORM], curves=runs[NORM].curves[1:])
    with pytest.raises(ScalingError, match=r"A, UTD 1, B 64.*0 seeds of .*pnorm"):
        diagnostics(runs | {NORM: fewer}, replicates=5, seed=0)
    with pytest.raises(ScalingError, match="the same seeds of every metric"):
        diagnostics(runs | {NORM: planted(seeds=7)[NORM]}, replicates=5, seed=0)
