"""All rules together: what is used, dropped and refused, and why."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from value_scaling.importers.gather import gather
from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.report import Report
from value_scaling.records import Runs, ScalingError


def log(seed: int, steps: Iterable[float], **changes: Any) -> Logged:
    steps = np.array([*steps], dtype=float)
    labels = {"env": "A", "utd": 1, "batch_size": 8, "lr": 1e-3, "seed": seed}
    labels |= changes.pop("labels", {})
    values = changes.pop("values", steps + seed / 8)
    return Logged(changes.pop("name", f"run{seed}"), steps, values, labels, **changes)


def collect(*logs: Logged, is_table: bool = False, **rules: Any) -> tuple[Runs, Report]:
    return gather(
        logs,
        Rules(**rules),
        study="s",
        set_name="sweep",
        resumed="last",
        is_table=is_table,
    )


def outcomes(report: Report) -> dict[str, str]:
    return {each.run: each.outcome for each in report.decisions}


def test_equal_steps_stay_as_they_are() -> None:
    runs, report = collect(log(0, [3, 7, 8]), log(1, [3, 7, 8]))
    (curve,) = runs.curves
    assert curve.steps.tolist() == [3, 7, 8]
    assert curve.returns.T.tolist() == [[3, 7, 8], [3.125, 7.125, 8.125]]
    assert report.seeds == {curve.setting: 2}
    assert report.rules == ["steps: as logged, the same for all seeds of a setting"]
    report.check()


def test_seeds_stand_in_their_order() -> None:
    """The order of the files does not change results."""
    runs, _ = collect(*(log(seed, [8]) for seed in (10, 2, 1)))
    assert runs.curves[0].returns.tolist() == [[8.125, 8.25, 9.25]]


def test_episodes_are_averaged_over_windows() -> None:
    """Each seed ends its episodes at different steps."""
    first = log(
        0, [90, 200, 260, 410], values=np.array([1.0, 2, 4, 8]), kind="episodes"
    )
    other = log(
        1, [100, 190, 300, 400], values=np.array([1.0, 3, 5, 7]), kind="episodes"
    )
    runs, report = collect(first, other, every=100)
    (curve,) = runs.curves
    assert curve.steps.tolist() == [100, 200, 300, 400]
    assert curve.returns.T.tolist() == [[1, 2, 4, 4], [1, 3, 5, 7]]
    assert report.rules[1].startswith("value at a step: mean over the 100 steps before")
    runs, _ = collect(first, other, every=100, window=200)
    assert runs.curves[0].returns[:, 0].tolist() == [1, 1.5, 3, 4]


def test_evaluations_logged_unequally_take_the_last_value() -> None:
    """One seed was evaluated twice as often as the other."""
    runs, report = collect(
        log(0, range(50, 501, 50), kind="points"),
        log(1, range(100, 501, 100), kind="points"),
    )
    (curve,) = runs.curves
    assert curve.steps.tolist() == [100, 200, 300, 400, 500]
    assert curve.returns[:, 0].tolist() == [100, 200, 300, 400, 500]
    assert (
        "every 100, as seeds of one setting were logged at different" in report.rules[0]
    )


SHORT = [
    log(0, range(10, 101, 10)),
    log(1, range(10, 101, 10)),
    log(2, [10, 20], state="crashed"),
]


def test_short_runs_are_refused_and_each_way_out_is_explained() -> None:
    _, report = collect(*SHORT)
    assert outcomes(report) == {"run0": "used", "run1": "used", "run2": "refused"}
    with pytest.raises(ScalingError) as error:
        report.check()
    assert "end before 95% of the longest, at step 20 of 100: 1 (run2)" in str(
        error.value
    )
    assert "--short cut (every seed of the setting ends where the" in error.value.fix
    assert "--short drop (the setting keeps its long runs" in error.value.fix


def test_short_runs_are_dropped() -> None:
    runs, report = collect(*SHORT, short="drop")
    assert runs.curves[0].returns.shape == (10, 2)
    assert report.decisions[0].why == (
        "ended before 95% of its setting's longest run (crashed)"
    )
    report.check()


def test_all_seeds_are_cut_to_the_short_run() -> None:
    runs, report = collect(*SHORT, short="cut")
    assert runs.curves[0].returns.shape == (2, 3)
    whys = {each.run: each.why for each in report.decisions}
    assert "counts as not reached" in whys["run0"]
    assert whys["run2"] == ""


def test_a_run_that_ends_a_point_early_is_not_short() -> None:
    runs, report = collect(log(0, range(1, 11)), log(1, range(1, 10)))
    assert runs.curves[0].steps[-1] == 9
    report.check()
    _, report = collect(log(0, range(1, 11)), log(1, range(1, 10)), short="cut")
    assert {each.why for each in report.decisions} == {""}


def test_duplicates() -> None:
    twins = [log(0, [1, 2], name="a"), log(0, [1, 2], name="b", values=np.ones(2))]
    _, report = collect(*twins)
    with pytest.raises(ScalingError, match=r"one setting and seed: 2 \(a, b\)"):
        report.check()
    for rule, kept in (("first", "a"), ("last", "b")):
        runs, report = collect(*twins, duplicates=rule)
        assert runs.curves[0].seeds == 1
        assert outcomes(report)[kept] == "used"
        assert sorted(outcomes(report).values()) == ["dropped", "used"]
    runs, _ = collect(*twins, duplicates="all")
    assert runs.curves[0].seeds == 2


@pytest.mark.parametrize("rule", ["first", "all"])
def test_one_curve_under_two_seeds(rule: Any) -> None:
    values = np.array([1.0, 5.0])
    twins = [log(0, [1, 2], values=values), log(1, [1, 2], values=values)]
    _, report = collect(*twins)
    with pytest.raises(ScalingError, match="the same curve as in run0"):
        report.check()
    runs, report = collect(*twins, duplicates=rule)
    assert runs.curves[0].seeds == 1
    assert outcomes(report) == {"run0": "used", "run1": "dropped"}


def test_successes_may_agree() -> None:
    """Two seeds that succeeded once, at the same evaluation, are no copies."""
    once = np.array([0.0] * 9 + [1.0])
    runs, report = collect(*(log(n, range(1, 11), values=once) for n in range(2)))
    assert runs.curves[0].seeds == 2
    report.check()


def test_constant_runs_are_no_copies_and_are_named() -> None:
    runs, report = collect(
        log(0, [1, 2], values=np.zeros(2)), log(1, [1, 2], values=np.zeros(2))
    )
    assert runs.curves[0].seeds == 2
    assert {each.why for each in report.decisions} == {"every value is the same"}


def test_values_that_are_not_finite() -> None:
    bad = log(1, [1, 2, 3], values=np.array([1.0, np.nan, 3.0]))
    _, report = collect(log(0, [1, 2, 3]), bad)
    with pytest.raises(ScalingError, match="1 of 3 values that are NaN or infinite"):
        report.check()
    runs, report = collect(log(0, [1, 2, 3]), bad, not_finite="run")
    assert outcomes(report)["run1"] == "dropped"
    runs, report = collect(bad, not_finite="points")
    assert runs.curves[0].steps.tolist() == [1, 3]


def test_unmatched_runs() -> None:
    stranger = log(1, [1], labels={"utd": None})
    _, report = collect(log(0, [1]), stranger)
    with pytest.raises(ScalingError, match="run1: found no utd"):
        report.check()
    _, report = collect(log(0, [1]), stranger, unmatched="drop")
    assert outcomes(report) == {"run0": "used", "run1": "dropped"}
    report.check()


def test_only_some_values() -> None:
    runs, report = collect(
        log(0, [1]),
        log(1, [1], labels={"env": "B"}),
        log(2, [1], labels={"lr": 2e-3}),
        only={"env": ("A",), "learning_rate": ("1e-3", "5")},
    )
    assert [curve.setting.env for curve in runs.curves] == ["A"]
    assert list(outcomes(report).values()).count("dropped") == 2


def test_steps_are_scaled_and_bounded() -> None:
    runs, _ = collect(log(0, [1, 2]), step_scale=4.0)
    assert runs.curves[0].steps.tolist() == [4, 8]
    _, report = collect(log(0, [1, 2**31]))
    with pytest.raises(ScalingError, match=r"--step-scale 0\.001"):
        report.check()


def test_a_resumed_run_is_named() -> None:
    runs, report = collect(log(0, [1, 2, 3, 2, 3, 4], values=np.arange(6.0)))
    assert runs.curves[0].returns[:, 0].tolist() == [0, 3, 4, 5]
    assert (
        report.decisions[0].why
        == "for steps that were logged twice, the last value is used"
    )


def test_a_table_with_repeats_is_refused() -> None:
    twice = log(0, [1, 2, 1, 2], values=np.arange(4.0))
    _, report = collect(twice, is_table=True, resumed="refuse")
    with pytest.raises(ScalingError, match=r"go back \(1 ×\) and values .* \(2 ×\)"):
        report.check()
    runs, _ = collect(twice, is_table=True, resumed="mean")
    assert runs.curves[0].returns[:, 0].tolist() == [1, 2]


def test_hundred_episode_averages_are_warned_of() -> None:
    _, report = collect(log(0, [1, 2], metric="rollout/ep_rew_mean"))
    (warning,) = report.warnings
    assert "an average over the last hundred episodes" in warning


def test_a_grid_that_is_too_coarse() -> None:
    _, report = collect(log(0, [11, 12]), log(1, [11, 13]), every=100)
    with pytest.raises(ScalingError, match="no multiple of 100 between step 11"):
        report.check()


def test_the_report_counts_and_lists() -> None:
    _, report = collect(*SHORT, short="drop")
    lines = [*report.lines()]
    assert lines[0] == "Found 3 runs: used 2, dropped 1."
    assert lines[1] == "1 setting: 1 with 2 seeds."
    document = report.document()
    assert (document["found"], document["used"], document["dropped"]) == (3, 2, 1)
    assert document["origins"]["utd"] == {"key utd, recognised": 3}
    assert [run["outcome"] for run in document["runs"]].count("used") == 2
