"""The fit compared with naive predictors: by hand, and where either is the truth."""

import numpy as np
import pytest
from planted_study import FITTED_UTDS, RISE, make_crossings, make_study

from value_scaling.records import (
    AgainstNaive,
    Choices,
    Crossings,
    DataEfficiency,
    Estimate,
    Setting,
    Study,
)
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.prediction.held_out import Check, against_naive, held_out
from value_scaling.workflow.prediction.naive import naive_data, no_change

UTDS = np.array(FITTED_UTDS)


def check(predicted: np.ndarray, naive: np.ndarray, actual: np.ndarray) -> Check:
    """Return a check from a value and its replicates, each [1 + replicates]."""
    return held_out(
        quantity="data",
        kind="largest utd",
        label="",
        predicted=(predicted[0], predicted[1:]),
        actual=(actual[0], actual[1:]),
        naive={"no change": (naive[0], naive[1:])},
    )


def test_a_comparison_by_hand() -> None:
    actual = np.array([2.0, 2.0, 2.5, 1.6])
    near, far = np.array([2.2, 2.0, 2.0, 2.0]), np.array([1.0, 1.0, 1.25, 3.2])
    one, other = check(near, far, actual), check(far, near, actual)
    (naive,) = one.record.naive
    assert naive.predicted == 1.0
    assert naive.error.value == -0.5
    assert naive.difference.value == pytest.approx(np.log(1.1) - np.log(2))
    differences = np.array([0, np.log(1.25), np.log(1.25)]) - np.log(2)
    low, high = np.quantile(differences, [0.025, 0.975])
    assert naive.difference.low == pytest.approx(low)
    assert naive.difference.high == pytest.approx(high)
    (found,) = against_naive([one, one, other])
    assert (found.count, found.naive) == (3, "no change")
    assert found.fit.value == pytest.approx(0.1)  # of 0.1, 0.1, 0.5
    assert found.error.value == 0.5
    assert found.difference.value == pytest.approx(np.log(1.1) - np.log(2))
    assert found.verdict == "fit better"
    (turned,) = against_naive([one, other, other])
    assert turned.verdict == "naive better"


def test_a_naive_predictor_that_equals_the_fit_is_neither_better_nor_worse() -> None:
    actual, same = np.array([2.0, 1.9, 2.1]), np.array([2.5, 2.4, 2.6])
    (found,) = against_naive([check(same, same, actual)])
    assert found.difference == Estimate(*np.zeros((3, 1)).reshape(3))
    assert found.verdict == "undecided"


def test_what_is_not_known_is_no_check() -> None:
    whole, lost = np.array([2.0, 2.1, 1.9, 2.0]), np.full(4, np.nan)
    for given in (
        check(lost, whole, whole),
        check(whole, lost, whole),
        check(whole, whole, lost),
    ):
        (found,) = against_naive([given])
        assert (found.count, found.verdict) == (0, "no check")
    # A draw in which one is missing is missing for both; a check without a naive
    # prediction does not count.
    partly = np.array([2.0, np.nan, 9.0, 9.0])
    pair = [check(partly, 2 * whole, whole), check(whole, lost, whole)]
    (found,) = against_naive(pair)
    assert found.count == 1
    assert found.error.high == pytest.approx(1.0)
    errors = np.array([9 / 1.9, 9 / 2.0]) - 1  # over the draws that have both
    assert found.fit.high == pytest.approx(np.quantile(errors, 0.975))


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (-0.2, -0.3, -0.1, "fit better"),
        (0.2, 0.1, 0.3, "naive better"),
        (-0.2, -0.3, 0.1, "undecided"),
        (0.01, -0.3, -0.1, "undecided"),  # an interval that noise has moved
        (-0.2, np.nan, np.nan, "undecided"),
        (np.nan, np.nan, np.nan, "no check"),
    ],
)
def test_verdicts(value: float, low: float, high: float, verdict: str) -> None:
    difference = Estimate(*map(np.asarray, (value, low, high)))
    one = Estimate(*np.full((3, 1), 0.1))
    found = AgainstNaive("data", "level", "no change", 3, one, one, difference)
    assert found.verdict == verdict


def test_the_nearest_utd_that_is_known() -> None:
    point = np.array([8.0, np.nan, 4.0, np.nan])
    drawn = np.array([[7.0, 1.0, np.nan, 1.0], [9.0, 1.0, 5.0, 1.0]])
    utds = np.array([0.5, 1.0, 2.0, 4.0])
    value, draws = no_change(utds, point, drawn, 8.0)
    assert value == 4.0
    np.testing.assert_array_equal(draws, [np.nan, 5.0])
    assert no_change(utds, point, drawn, 0.25)[0] == 8.0
    assert np.isnan(no_change(utds, np.full(4, np.nan), drawn, 8.0)[0])
    straight = 6 * utds**-0.5
    pure = naive_data(utds, straight, straight[None], 8.0)["pure power law"]
    assert pure[0] == pytest.approx(6 * 8**-0.5)
    np.testing.assert_allclose(pure[1], 6 * 8**-0.5)


def runs(
    shape: np.ndarray, *, noise: float = 0.02, environments: int = 3
) -> tuple[Study, Crossings]:
    """Return runs whose data follow `shape`, [utds], with the noise of seeds."""
    study = make_study(environments=environments)
    rng = np.random.default_rng(3)
    shares = (np.array(study.fitted_levels) / 1000) ** RISE
    given, drawn = {}, {}
    for env in study.environment_names:
        for utd, part in zip(UTDS, shape, strict=True):
            setting = Setting(env, float(utd), 128, 1e-3)
            steps = 1e6 * part * shares
            given[setting] = steps * np.exp(noise * rng.normal())
            luck = np.exp(noise * rng.normal(size=(200, 1)))
            drawn[setting] = given[setting] * luck
    found = make_crossings(study, "ours", given, drawn=drawn, replicates=200)
    return study, found


def compared(found: DataEfficiency) -> dict[tuple[str, str], AgainstNaive]:
    return {(each.kind, each.naive): each for each in found.against_naive}


def test_a_law_with_a_floor_is_found_better_where_it_is_the_truth() -> None:
    study, given = runs(0.5 + 0.6 * UTDS**-0.9)
    found = compared(data_efficiency(given, study, Choices()))
    for naive in ("no change", "pure power law"):
        assert found["smallest utd", naive].verdict == "fit better"
        assert found["environment", naive].verdict == "fit better"
        assert found["smallest utd", naive].count == len(study.fitted_levels)
        assert found["largest utd", naive].verdict == "fit better"


def test_no_change_is_found_better_where_the_law_misleads() -> None:
    """The data halve from each σ to the next, but not at the last one."""
    study, given = runs(np.array([1.0, 0.6, 0.36, 0.21, 0.21]))
    found = compared(data_efficiency(given, study, Choices()))
    assert found["largest utd", "no change"].verdict == "naive better"
    assert found["largest utd", "no change"].error.value < 0.05


def test_what_comes_first_is_no_change_at_the_held_out_utd() -> None:
    study, given = runs(0.5 + 0.6 * UTDS**-0.9)
    found = data_efficiency(given, study, Choices())
    top = f"J = {study.fitted_levels[-1]:.0f}"
    checks = {(c.kind, c.label): c.naive[0] for c in found.heldout}
    # All larger than 2: the nearest σ that the fit saw is 2 itself.
    at = int(np.flatnonzero(found.utds == 2.0)[0])
    for utd in (4, 8):
        naive = checks["larger utd", f"UTD {utd}, {top}"]
        assert naive.predicted == pytest.approx(found.pooled.value[at, -1])
    own = checks["environment", f"Synthetic1-v0, UTD 8, {top}"]
    assert own.predicted == found.data.value[1, at, -1]


def test_a_level_reached_at_step_0_on_one_side_is_predicted_at_step_0() -> None:
    point, drawn = np.array([0.0, 400.0]), np.array([[100.0, 400.0], [0.0, 400.0]])
    with np.errstate(all="raise"):
        value, draws = no_change(np.array([1.0, 4.0]), point, drawn, 2.0)
    assert value == 0
    np.testing.assert_allclose(draws, [200, 0])
