"""Normalisation and the selection of the middle setting."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import make_study

from value_scaling.records import Curves, Runs, ScalingError, Setting
from value_scaling.workflow.data.collect import collect

ENV = "Synthetic0-v0"


def curve(setting: Setting) -> Curves:
    """Return two points of two seeds; the returns identify the setting."""
    returns = np.array([[0.0, 10.0], [1.0, 20.0]]) * setting.batch_size
    return Curves(setting, np.array([1000.0, 2000.0]), returns)


def runs(*settings: Setting, set_name: str = "ours") -> Runs:
    return Runs("planted", set_name, tuple(curve(setting) for setting in settings))


@pytest.mark.parametrize(
    ("set_name", "top"), [("sweep", 2000.0), ("ours", 4000.0), ("baseline", 4000.0)]
)
def test_each_stage_has_its_normaliser_and_steps_stay(
    set_name: str, top: float
) -> None:
    given = replace(
        runs(Setting(ENV, 1.0, 256, 8e-4), set_name=set_name),
        missing=(Setting(ENV, 2.0, 256, 8e-4),),
        digest="d",
    )
    found = collect(given, make_study())
    (before,), (after,) = given.curves, found.curves
    np.testing.assert_array_equal(after.steps, before.steps)
    np.testing.assert_array_equal(after.returns, before.returns * 1000 / top)
    assert (found.missing, found.digest) == (given.missing, "d")


def test_returns_count_from_their_minimum() -> None:
    """If the minimum is 0, results equal the published ones to the last bit."""
    drawn = np.random.default_rng(0).normal(size=(500, 8)) * 10.0 ** np.arange(-3, 5)
    given = Curves(Setting(ENV, 1.0, 256, 8e-4), np.arange(1.0, 501), drawn)
    study = make_study()
    for set_name, top in (("sweep", 2000.0), ("ours", 4000.0)):
        own = Runs("planted", set_name, (given,))
        (found,) = collect(own, study).curves
        np.testing.assert_array_equal(found.returns, drawn * 1000 / top)
        tasks = tuple(
            replace(
                task, min_return=-1600.0, max_return_sweep=0.0, max_return_fitted=400.0
            )
            for task in study.environments
        )
        (found,) = collect(own, replace(study, environments=tasks)).curves
        span = 1600.0 if set_name == "sweep" else 2000.0
        np.testing.assert_array_equal(found.returns, (drawn + 1600) * 1000 / span)


def test_an_environment_without_a_normaliser() -> None:
    with pytest.raises(ScalingError, match=r"'Other-v0'.*Synthetic0-v0.*study file"):
        collect(runs(Setting("Other-v0", 1.0, 256, 1e-3)), make_study())


@pytest.mark.parametrize(
    ("value", "top"),
    [(1e308, 4000.0), (1e300, 4000.0), (-1e13, 4000.0), (1.0, 1e-306), (0.0, 1e-320)],
)
@pytest.mark.filterwarnings("error")
def test_returns_beyond_any_level_are_refused(value: float, top: float) -> None:
    study = make_study()
    tasks = tuple(replace(task, max_return_fitted=top) for task in study.environments)
    given = runs(Setting(ENV, 1.0, 256, 8e-4))
    (one,) = given.curves
    returns = one.returns.copy()
    returns[1, 1] = value
    given = replace(given, curves=(replace(one, returns=returns),))
    with pytest.raises(ScalingError, match=r"UTD 1.*max_return_fitted = .*correct the"):
        collect(given, replace(study, environments=tasks))


def around(utd: float, batch_size: int, rate: float) -> list[Setting]:
    """(B*, η*) and its four neighbours, as the authors ran them."""
    return [
        Setting(ENV, utd, batch_size, rate),
        Setting(ENV, utd, int(0.7 * batch_size), rate),
        Setting(ENV, utd, int(1.4 * batch_size), rate),
        Setting(ENV, utd, batch_size, 0.7 * rate),
        Setting(ENV, utd, batch_size, 1.4 * rate),
    ]


def middle(*settings: Setting) -> list[Setting]:
    study = make_study()
    study.archives["ours"] = replace(study.archives["ours"], middle_only=True)
    return [c.setting for c in collect(runs(*settings), study).curves]


def test_the_middle_of_five_is_kept_in_any_order() -> None:
    first, second = around(1.0, 320, 4.37e-4), around(2.0, 240, 3.1e-4)
    for order in (first + second, second[::-1] + first[::-1]):
        assert middle(*order) == [first[0], second[0]]
    with_repeats = [*first[:4], Setting(ENV, 1.0, 330, first[0].learning_rate)]
    assert middle(*with_repeats) == [first[0]]


def test_a_single_setting_is_its_own_middle() -> None:
    only = Setting(ENV, 1.0, 320, 4e-4)
    assert middle(only) == [only]


@pytest.mark.parametrize("kept", [(1, 2), (0, 1), (1, 4), (1, 2, 3, 4)])
def test_no_middle_is_guessed(kept: tuple[int, ...]) -> None:
    five = around(1.0, 320, 4e-4)
    # The medians of the last four are B* and η*, which were not run together.
    with pytest.raises(ScalingError, match=r"UTD 1.*no middle setting.*middle_only"):
        middle(*(five[number] for number in kept))


def test_without_the_rule_every_setting_stays() -> None:
    five = around(1.0, 320, 4e-4)
    assert len(collect(runs(*five), make_study()).curves) == 5


def test_a_sweep_keeps_the_declared_grid() -> None:
    """An undeclared cell would compete in its own row alone."""
    declared, others = (
        Setting(ENV, 1.0, 256, 8e-4),
        (
            Setting(ENV, 1.0, 96, 8e-4),
            Setting(ENV, 1.0, 256, 5e-4),
            Setting(ENV, 3.0, 256, 8e-4),
        ),
    )
    given = runs(declared, *others, set_name="sweep")
    found = collect(given, make_study())
    assert [curve.setting for curve in found.curves] == [declared]
    assert found.outside == tuple(sorted(others))
    # Fitted runs have the values that the fits gave: no grid is declared for them.
    assert len(collect(replace(given, set_name="ours"), make_study()).curves) == 4


def test_an_environment_without_a_grid_declares_nothing() -> None:
    study = make_study()
    silent = tuple(
        replace(task, batch_sizes=(), learning_rates=()) for task in study.environments
    )
    given = runs(Setting(ENV, 1.0, 96, 5e-4), set_name="sweep")
    found = collect(given, replace(study, environments=silent))
    assert (len(found.curves), found.outside) == (1, ())


def test_a_sweep_of_which_nothing_is_declared() -> None:
    given = runs(Setting(ENV, 1.0, 96, 5e-4), set_name="sweep")
    with pytest.raises(
        ScalingError, match=r"1 settings outside the grid.*declares.*B 96"
    ):
        collect(given, make_study())
