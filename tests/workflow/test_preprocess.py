"""Crossings of planted curves, the reset filter by hand, and the random streams."""

import pickle
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from planted_study import (
    RISE,
    make_runs,
    make_study,
    pace,
    settings,
)
from scipy.optimize import isotonic_regression

from value_scaling.records import (
    PUBLISHED,
    Choices,
    Crossings,
    Curves,
    Runs,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.records.schedule import PublishedResets, Resets, TrainedResets
from value_scaling.stats.bootstrap import resample_counts, stream
from value_scaling.workflow import preprocess as module
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.preprocess import preprocess, without_reset_drops

ENV = "Synthetic0-v0"


def run(
    *curves: Curves,
    study: Study | None = None,
    choices: Choices | None = None,
    set_name: str = "ours",
    replicates: int = 3,
    seed: int = 0,
    resets: Resets | None = None,
) -> Crossings:
    study = make_study() if study is None else study
    runs = Runs(study.name, set_name, curves, resets=resets)
    choices = Choices() if choices is None else choices
    return preprocess(runs, study, choices, replicates=replicates, seed=seed)


def test_planted_curves_cross_where_planted() -> None:
    study = make_study()
    runs = collect(make_runs(study, "ours", seeds=1), study)
    found = preprocess(runs, study, Choices(), replicates=2, seed=0)
    assert found.settings == settings(study, "ours")
    np.testing.assert_array_equal(found.levels, study.fitted_levels)
    for row, curve in enumerate(runs.curves):
        planted = pace(curve.setting) * (found.levels / 1000) ** RISE
        logged = [curve.steps[curve.steps >= step][0] for step in planted]
        np.testing.assert_array_equal(found.steps[row], logged)
        np.testing.assert_array_equal(found.replicates[row], [logged, logged])
        assert found.last_steps[row] == curve.steps[-1]
        before = [np.append(0, curve.steps[curve.steps < x])[-1] for x in logged]
        np.testing.assert_array_equal(found.spacings[row], np.subtract(logged, before))
        assert found.seeds[row] == 1


def test_each_set_has_its_levels_and_missing_settings_pass_through() -> None:
    study = make_study()
    gone = (Setting(ENV, 9.0, 64, 2e-4),)
    runs = collect(make_runs(study, "sweep"), study)
    found = preprocess(
        replace(runs, missing=gone), study, Choices(), replicates=1, seed=0
    )
    np.testing.assert_array_equal(found.levels, study.sweep_levels)
    assert (found.study, found.set_name, found.missing) == ("planted", "sweep", gone)


def test_never_is_nan_and_minus_one() -> None:
    short = Curves(
        Setting(ENV, 1.0, 256, 1e-3),
        np.array([10.0, 20.0, 30.0]),
        np.array([[0.0, 0.0], [350.0, 350.0], [450.0, 350.0]]),
    )
    found = run(short, replicates=40)
    # The mean is 0, 350, 400; a draw of one seed twice is 0, 350, 450 or 350.
    np.testing.assert_array_equal(found.steps, [[20, 30, *[np.nan] * 4]])
    assert set(found.replicates[0, :, 0].tolist()) == {20}
    assert set(found.replicates[0, :, 1].tolist()) == {30, -1}
    assert set(found.replicates[0, :, 2:].ravel().tolist()) == {-1}
    assert found.replicates.dtype == np.int32


def test_reaching_and_exceeding_a_level() -> None:
    study = make_study()
    study.archives["ours"] = replace(study.archives["ours"], crossing="exceed")
    returns = np.array([[100.0], [300.0], [400.0], [900.0]])
    steps = np.array([5.0, 10.0, 15.0, 20.0])
    curve = Curves(Setting(ENV, 1.0, 256, 1e-3), steps, returns)
    by_default = run(curve, study=study)
    as_stored = run(curve, study=study, choices=PUBLISHED)
    np.testing.assert_array_equal(by_default.steps[0], [10, 15, 20, 20, 20, 20])
    np.testing.assert_array_equal(as_stored.steps[0], [15, 20, 20, 20, 20, 20])
    np.testing.assert_array_equal(as_stored.replicates[0, 0], as_stored.steps[0])
    # The rule depends on the archive, and this one's results were stored with ≥.
    same = run(curve, choices=PUBLISHED)
    np.testing.assert_array_equal(same.steps, by_default.steps)


def test_replicates_by_isotonic_regression_of_each_resampled_mean() -> None:
    study = make_study()
    rng = np.random.default_rng(3)
    steps = np.sort(rng.choice(100_000, 70, replace=False)).astype(float)
    returns = np.linspace(0, 900, 70)[:, None] + rng.normal(scale=150, size=(70, 5))
    setting = Setting(ENV, 2.0, 256, 1e-3)
    found = run(Curves(setting, steps, returns), replicates=25, seed=7)
    key = (study.name, "ours", ENV, 2.0, 256, 1e-3)
    counts = resample_counts(stream(7, *key), 5, 25)
    for replicate, count in enumerate(counts):
        fit = isotonic_regression((returns * count).sum(axis=1) / 5).x
        for j, level in enumerate(found.levels):
            above = np.flatnonzero(fit >= level)
            expected = int(steps[above[0]]) if len(above) else -1
            assert found.replicates[0, replicate, j] == expected


def test_variants_share_the_seeds_that_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whole-number steps and levels, so that the two tests often differ."""
    study = make_study()
    study.archives["ours"] = replace(study.archives["ours"], crossing="exceed")
    levels = np.array(study.fitted_levels)
    rise = np.repeat(np.append(levels, 2000.0), 3)[:, None] + np.array([[0, 0, 1, 2]])
    steps = np.arange(1.0, len(rise) + 1)
    curves = tuple(
        Curves(Setting(ENV, utd, 256, 1e-3), steps, rise) for utd in (1.0, 2.0)
    )
    runs = Runs(study.name, "ours", curves)
    drawn: list[int] = []

    def counted(rng: np.random.Generator, units: int, replicates: int) -> np.ndarray:
        drawn.append(units)
        return resample_counts(rng, units, replicates)

    monkeypatch.setattr(module, "collect", lambda runs, _: runs)
    kept: dict[Any, Any] = {}
    found = {}
    for choices in (Choices(), PUBLISHED):
        given = SimpleNamespace(
            study=study, choices=choices, kept=kept, runs=lambda _: runs, mapped=map
        )
        expected = preprocess(runs, study, choices, replicates=30, seed=5)
        with monkeypatch.context() as patch:
            patch.setattr(module, "resample_counts", counted)
            made = module.make(given, set_name="ours", replicates=30, seed=5)
        np.testing.assert_array_equal(made.replicates, expected.replicates)
        found[choices] = made.replicates
    assert drawn == [4, 4]
    assert (found[PUBLISHED] > found[Choices()]).any()


def test_a_setting_does_not_depend_on_the_others_nor_on_their_order() -> None:
    study = make_study()
    curves = collect(make_runs(study, "ours", points=40), study).curves
    whole = run(*curves, replicates=20)
    some = run(*curves[::-3], replicates=20)
    rows = [whole.settings.index(setting) for setting in some.settings]
    assert len(rows) > 3
    np.testing.assert_array_equal(some.replicates, whole.replicates[rows])
    np.testing.assert_array_equal(some.steps, whole.steps[rows])
    other = run(*curves, replicates=20, seed=1)
    assert (other.replicates != whole.replicates).any()
    # Fewer replicates are the first of more.
    fewer = run(*curves, replicates=7)
    np.testing.assert_array_equal(fewer.replicates, whole.replicates[:, :7])


def test_settings_and_sets_have_streams_of_their_own() -> None:
    study = make_study(fitted_levels=make_study().sweep_levels)
    curve = collect(make_runs(study, "ours", points=400), study).curves[0]
    twin = replace(curve, setting=replace(curve.setting, batch_size=999))
    found = run(curve, twin, study=study, replicates=20)
    assert (found.replicates[0] != found.replicates[1]).any()
    swept = run(curve, study=study, set_name="sweep", replicates=20)
    assert (swept.replicates[0] != found.replicates[0]).any()


@pytest.mark.parametrize("last", [2.0**31, 0.5])
def test_steps_that_int32_cannot_hold(last: float) -> None:
    setting = Setting(ENV, 1.0, 256, 1e-3)
    steps = np.array([0.25, 0.5] if last < 1 else [1e9, last])
    curve = Curves(setting, steps, np.array([[0.0], [900.0]]))
    found = "0.25" if last < 1 else "2147483648"
    with pytest.raises(ScalingError, match=rf"{ENV}, UTD 1.*step {found};.*column 0"):
        run(curve)
    largest = replace(curve, steps=np.array([1e9, 2.0**31 - 1]))
    crossed = run(largest)
    assert (crossed.replicates == 2**31 - 1).all()
    np.testing.assert_array_equal(crossed.steps[0], [2**31 - 1] * 6)


def test_another_mapper_gets_every_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may send the function to another process; drawn seeds do not travel."""
    study, seen = make_study(), []
    study.archives["ours"] = replace(study.archives["ours"], crossing="exceed")
    monkeypatch.setattr(module, "collect", lambda runs, _: runs)

    def mapped(function, curves):
        sizes.append(len(pickle.dumps(function)))
        for curve in curves:
            seen.append(curve.setting)
            yield pickle.loads(pickle.dumps(function))(curve)

    runs = collect(make_runs(study, "ours", points=10), study)
    sizes: list[int] = []
    kept: dict[Any, Any] = {}
    for choices in (Choices(), PUBLISHED):
        given = SimpleNamespace(
            study=study, choices=choices, kept=kept, runs=lambda _: runs, mapped=mapped
        )
        made = module.make(given, set_name="ours", replicates=30, seed=0)
        alone = preprocess(runs, study, choices, replicates=30, seed=0)
        np.testing.assert_array_equal(made.replicates, alone.replicates)
    assert tuple(seen) == 2 * settings(study, "ours")
    assert len({*sizes}) == 1


# Resets: both `mean` and the remaining steps are by hand.


def kept(
    mean: list[float], *, utd: float = 1.0, every: float = 4.0, first: int = 1
) -> list[int]:
    """Return the remaining steps of a curve logged at first, first + 1, …."""
    steps = np.arange(first, first + len(mean), dtype=float)
    spread = np.array([-1.0, 1.0])  # seeds differ, their mean is `mean`
    returns = np.array(mean)[:, None] + spread
    left = without_reset_drops(
        Curves(Setting(ENV, utd, 64, 1e-3), steps, returns), PublishedResets(every)
    )
    np.testing.assert_array_equal(
        left.returns.mean(axis=1),
        np.array(mean)[[int(step) - first for step in left.steps]],
    )
    return [int(step) for step in left.steps]


def test_points_go_until_the_mean_has_recovered() -> None:
    # Resets at 4 and 8; before them the mean is 4 and 5.
    assert kept([1, 2, 3, 4, 1, 2, 4, 5, 2, 6]) == [2, 3, 4, 7, 8, 10]


def test_the_first_point_and_the_one_after_each_reset_go_in_any_case() -> None:
    assert kept([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) == [2, 3, 4, 6, 7, 8, 10]
    # Level right after the reset: recovered at once, and dropped all the same.
    assert kept([1, 2, 3, 4, 4, 4]) == [2, 3, 4, 6]


def test_a_run_that_never_recovers_ends_at_the_reset() -> None:
    assert kept([1, 2, 3, 9, 1, 2, 3, 4, 5, 8.9]) == [2, 3, 4]


def test_a_reset_at_the_last_step_drops_nothing() -> None:
    assert kept([1, 2, 3, 4]) == [2, 3, 4]
    assert kept([1, 2, 3, 4, 0]) == [2, 3, 4]


@pytest.mark.parametrize(
    ("utd", "every", "left"),
    [
        (0.5, 2.0, [2, 3, 4, 6]),  # int(2/0.5) = 4 environment steps
        (0.25, 2.0, [2, 3, 4, 5, 6]),  # 8: beyond the end
        (3.0, 10.0, [2, 3, 5, 6]),  # int(3.33) = 3
        (8.0, 4.0, []),  # more than one reset per step, so every point follows one
    ],
)
def test_resets_come_every_so_many_gradient_steps(
    utd: float, every: float, left: list[int]
) -> None:
    assert kept([1, 2, 3, 4, 5, 6], utd=utd, every=every) == left


def test_resets_before_the_first_logged_step() -> None:
    # 4 lies before the log, 8 in it.
    assert kept([1, 2, 3, 4, 0, 4], first=5) == [6, 7, 8, 10]


def test_the_filter_is_that_of_a_loop_over_points() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        steps = np.cumsum(rng.integers(1, 4, size=40)).astype(float)
        returns = np.cumsum(rng.normal(0.3, 2.0, size=(40, 3)), axis=0)
        utd, every = rng.choice([0.5, 1.0, 3.0]), rng.integers(5, 40)
        curve = Curves(Setting(ENV, float(utd), 64, 1e-3), steps, returns)
        dropped, mean = {0}, returns.mean(axis=1)
        reset = period = int(every / utd)
        while reset < steps[-1]:
            after = next(i for i, step in enumerate(steps) if step > reset)
            i = after
            while after > 0 and i < len(steps):
                if mean[i] >= mean[after - 1] and i > after:
                    break
                dropped.add(i)
                if mean[i] >= mean[after - 1]:
                    break
                i += 1
            reset += period
        left = without_reset_drops(curve, PublishedResets(float(every)))
        expected = [step for i, step in enumerate(steps) if i not in dropped]
        np.testing.assert_array_equal(left.steps, expected)


def test_crossings_are_those_of_the_filtered_curve() -> None:
    mean = [0, 200, 320, 420, 50, 100, 430, 650, 700, 710.0]
    steps = np.arange(1.0, 11.0)
    curve = Curves(Setting(ENV, 1.0, 64, 1e-3), steps, np.array(mean)[:, None])
    found = run(curve, resets=PublishedResets(4.0))
    # Without the points 5, 6 and 9; with them the isotonic mean would pool 3 … 6.
    np.testing.assert_array_equal(found.steps[0], [3, 4, 8, 8, 10, np.nan])
    assert found.last_steps[0] == 10
    np.testing.assert_array_equal(found.replicates[0, 0], [3, 4, 8, 8, 10, -1])
    unfiltered = run(curve)
    assert unfiltered.steps[0, 1] == 7


def test_a_curve_of_which_nothing_is_left_never_reaches() -> None:
    curve = Curves(Setting(ENV, 1.0, 64, 1e-3), np.array([1.0]), np.array([[900.0]]))
    found = run(curve, resets=PublishedResets(4.0))
    assert np.isnan(found.steps).all()
    assert (found.replicates == -1).all()


DMC = TrainedResets(start_training=2500, every_updates=2_500_000)


@pytest.mark.parametrize(
    ("utd", "resets", "wanted"),
    [
        (8.0, DMC, [315_001, 627_501, 940_001]),
        (2.0, DMC, []),
        (16.0, TrainedResets(10_000, at_steps=(250_000, 600_000)), [250_000, 600_000]),
        (8.0, replace(DMC, at_steps=(800_000,)), [315_001, 627_501, 800_000, 940_001]),
    ],
)
def test_drops_where_training_resets_move_no_crossing(
    utd: float, resets: TrainedResets, wanted: list[int]
) -> None:
    """Each reset costs half of the return, which recovers within 30,000 steps."""
    np.testing.assert_array_equal(resets.steps(utd, 1e6), wanted)
    steps = np.arange(5000.0, 1e6 + 1, 5000.0)
    whole = 1000 * (1 - np.exp(-steps / 4.4e5)) * np.array([[0.99], [1.0]])
    dropped = whole.copy()
    for reset in wanted:
        after = (steps > reset) & (steps <= reset + 30_000)
        dropped[:, after] *= 0.5
    setting = Setting(ENV, utd, 64, 1e-3)
    study = make_study()
    study = replace(study, fitted_levels=(500.0, 800.0))
    found, expected = (
        run(Curves(setting, steps, returns.T), study=study, resets=rule)
        for returns, rule in ((dropped, resets), (whole, None))
    )
    np.testing.assert_array_equal(found.steps, expected.steps)
    np.testing.assert_array_equal(found.replicates, expected.replicates)
    assert (found.steps > 2e5).all()
    if wanted == [315_001, 627_501, 940_001]:
        rule = PublishedResets(2.5e6)
        np.testing.assert_array_equal(rule.steps(utd, 1e6), [312_500, 625_000, 937_500])
        elsewhere = run(Curves(setting, steps, dropped.T), study=study, resets=rule)
        assert (elsewhere.steps > expected.steps + 50_000).any()


@pytest.mark.parametrize("utd", [0.3, 1.0, 1.5, 8.0, 1 / 3])
@pytest.mark.parametrize("every", [1, 3, 30, 1000])
def test_steps_of_resets_are_those_at_which_one_is_due(utd: float, every: int) -> None:
    resets = TrainedResets(start_training=20, every_updates=every, at_steps=(7, 90))
    due = [step for step in range(1, 301) if resets.due(utd, step)]
    np.testing.assert_array_equal(resets.steps(utd, 300), due)
    np.testing.assert_array_equal(
        resets.steps(utd, 150), [step for step in due if step <= 150]
    )
