"""The rule for normalisers and levels, and the bundled study, which follows it."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from value_scaling.records import Curves, ScalingError, Setting
from value_scaling.records.defaults.scale import isotonic_end, propose, scale
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study


def curves(env: str, utd: float, *values: float) -> Curves:
    steps = np.arange(1.0, len(values) + 1)
    returns = np.column_stack([values, values])
    return Curves(Setting(env, utd, 8, 1e-3), steps, returns)


def test_the_rule_by_hand() -> None:
    found = scale(
        [
            curves("A", 1, 0, 10, 400),
            curves("A", 1, 0, 10, 300),  # a worse setting of the same σ
            curves("A", 2, 0, 10, 800),
            curves("B", 1, -5, 0, 5),
        ]
    )
    assert found.max_returns == {"A": 1000, "B": 6.2}
    assert found.levels == tuple(range(50, 401, 50))


def test_negative_returns_count_from_their_minimum() -> None:
    given = [curves("Pendulum-v1", 1, -1300, -600, -150)]
    found = scale(given, min_returns={"Pendulum-v1": -1600})
    # 1.25·1450 is 1800 to two digits; the run starts at 167 and ends at 806.
    assert found.max_returns == {"Pendulum-v1": 200}
    assert found.levels == tuple(range(200, 801, 50))
    with pytest.raises(ScalingError, match=r"Pendulum-v1: found no return above -150"):
        scale(given)


def test_levels_begin_above_where_every_run_starts() -> None:
    found = scale([curves("A", 1, 120, 700, 800)])
    assert found.levels[0] == 150


def test_no_common_level_is_reported() -> None:
    runs = [curves("A", 1, 0, 800), curves("A", 2, 0, 20)]
    with pytest.raises(ScalingError, match=r"at one .* ends at 20 or lower"):
        scale(runs)
    with pytest.raises(
        ScalingError, match=r"at half of the .*s, every setting ends at"
    ):
        scale([curves("A", 1, 0, 20), *runs], share=0.5)


@pytest.mark.parametrize("seed", range(5))
def test_the_end_is_that_of_an_isotonic_regression(seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=30)
    fit = IsotonicRegression().fit_transform(np.arange(30), y)
    assert isotonic_end(y) == pytest.approx(fit[-1])


def test_classic_follows_the_rule_of_its_plan(root: Path) -> None:
    """The plan, docs/bundled_study.md: 80% of the cells of a task reach J = 700."""
    folders = Folders.at(root)
    study = load_study("classic", folders)
    runs = read_runs(folders.archive(study, "sweep"), study, "sweep")
    assert study.sweep_levels == tuple(range(100, 701, 50))
    assert study.sweep_levels == study.decided_at == study.fitted_levels
    for environment in study.environments:
        low = environment.min_return
        ends = [
            isotonic_end(each.returns.mean(axis=1)) - low
            for each in runs.curves
            if each.setting.env == environment.name
        ]
        reached = np.sort(ends)[::-1][int(np.ceil(0.8 * len(ends))) - 1]
        span = 1000 / 700 * reached
        unit = 10 ** (np.floor(np.log10(span)) - 1)
        assert environment.max_return_sweep - low == np.floor(span / unit) * unit
        assert environment.max_return_fitted == environment.max_return_sweep


def test_negative_returns_get_a_minimum() -> None:
    found, share = propose([curves("A", 1, -1337, -600, -150)])
    assert found.min_returns == {"A": -1400}
    assert share == 1
    assert found.max_returns == {"A": 200}  # 1.25·1250 is 1600 to two digits
    assert found.levels[0] == 50
    found, _ = propose([curves(env, 1, -900, -600, -150) for env in "DABEC"])
    assert [*found.min_returns] == [*"DABEC"]  # in the order of the curves


def test_levels_that_half_of_the_cells_reach() -> None:
    """An environment that learns nothing does not exclude levels for the others."""
    good = [curves(env, 1, 0, 400, 800) for env in "ABC"]
    found, share = propose([*good, curves("D", 1, 0, 1), curves("D", 2, 0, 100)])
    assert share == 0.5
    assert found.levels[-1] == 800
    whole, share = propose(good)
    assert (whole.levels, share) == (found.levels, 1)


def test_half_is_reported() -> None:
    poor = [curves("A", utd, 0, 1) for utd in (1, 2)]
    with pytest.raises(ScalingError, match="half of the"):
        propose([*poor, curves("A", 4, 0, 800)])
