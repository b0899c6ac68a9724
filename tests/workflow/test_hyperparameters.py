"""Fits of B* and η*: planted, by hand, and held out."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_study import (
    BATCH,
    RATE,
    best_batch_size,
    best_learning_rate,
    make_crossings,
    make_study,
    planted_cells,
)

from value_scaling.commands.console import as_text
from value_scaling.commands.text import terminal
from value_scaling.records import (
    PUBLISHED,
    BestValues,
    Choices,
    Crossings,
    Environment,
    HeldOut,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.records.axes import round_batch_size, round_learning_rate
from value_scaling.report.tables.formats.csv_table import csv_text
from value_scaling.report.tables.hyperparameters import laws
from value_scaling.sweep.plan.settings import settings_of_set
from value_scaling.workflow.hyperparameters import hyperparameters

DEFAULT = Choices()


def grid_study(environments: int = 3, **changes: object) -> Study:
    """Return a study whose grid is fine: a quarter of an octave."""
    sizes = tuple(round(64 * 2 ** (k / 4)) for k in range(17))
    rates = tuple(2e-4 * 2 ** (k / 4) for k in range(17))
    study = make_study(environments=environments, **changes)
    tasks = tuple(
        replace(task, batch_sizes=sizes, learning_rates=rates)
        for task in study.environments
    )
    return replace(study, environments=tasks)


@pytest.fixture(scope="module")
def fine() -> tuple[Study, Crossings]:
    study = grid_study()
    return study, make_crossings(study, "sweep", planted_cells(study, "sweep"))


def test_planted_laws_within_the_resolution_of_the_grid(
    fine: tuple[Study, Crossings],
) -> None:
    study, crossings = fine
    found = hyperparameters(crossings, study, DEFAULT)
    utds = np.array(study.sweep_utds)
    half = np.log(2) / 8  # half a step of the grid
    slack = 1.01  # batch sizes are rounded to whole numbers
    x = np.log(utds) - np.log(utds).mean()
    # A slope from points that are each off by `half` is off by this much at most.
    worst_slope = half * np.abs(x).sum() / (x @ x)
    for values, law, best in (
        (found.batch_size, BATCH, best_batch_size),
        (found.learning_rate, RATE, best_learning_rate),
    ):
        assert values.environments == study.environment_names
        planted = np.array(
            [[best(env, utd) for utd in utds] for env in values.environments]
        )
        error = np.abs(np.log(values.best.value / planted))
        assert error.max() <= half * slack
        slope = values.shared.value.exponent
        assert np.ptp(slope) == 0
        assert abs(slope[0] - law.exponent) <= worst_slope * slack
        alone = np.abs(values.separate.value.exponent - law.exponent)
        assert alone.max() <= worst_slope * slack
        scale = np.log(values.shared.value.scale / planted[:, 0])
        assert np.abs(scale).max() <= half * slack + worst_slope * slack * np.log(8)
        mean = np.exp(np.log(values.best.value).mean(axis=1))
        np.testing.assert_allclose(values.constant, mean)


def exact_study() -> Study:
    """Return σ 1, 4, 16 and planted values that are points of the grid."""
    study = make_study(environments=2, sweep_utds=(1.0, 4.0, 16.0), baseline_utd=4.0)
    sizes, rates = (64, 128, 256, 512), (1e-4, 2e-4, 4e-4, 8e-4)
    return replace(
        study,
        environments=tuple(
            Environment(task.name, 1000, 1000, sizes, rates)
            for task in study.environments
        ),
    )


def exact_crossings(
    study: Study,
    sizes: dict[str, list[int]],
    rates: dict[str, list[float]],
    **options: object,
) -> Crossings:
    """Return crossings with a given best (B, η) of each (environment, σ)."""
    cells = {}
    levels = np.array(study.sweep_levels)
    for task in study.environments:
        for u, utd in enumerate(study.sweep_utds):
            for size in task.batch_sizes:
                for rate in task.learning_rates:
                    off = np.log2(
                        [size / sizes[task.name][u], rate / rates[task.name][u]]
                    )
                    cells[Setting(task.name, utd, size, rate)] = levels * (
                        100 + 10 * np.abs(off).sum()
                    )
    return make_crossings(study, "sweep", cells, **options)


ONE, TWO = "Synthetic0-v0", "Synthetic1-v0"
SIZES = {ONE: [512, 256, 128], TWO: [256, 128, 64]}
RATES = {ONE: [8e-4, 4e-4, 2e-4], TWO: [4e-4, 2e-4, 1e-4]}


def test_laws_on_the_grid_are_exact() -> None:
    study = exact_study()
    for average in ("geometric", "arithmetic"):
        found = hyperparameters(
            exact_crossings(study, SIZES, RATES), study, Choices(average=average)
        )
        for values, planted in (
            (found.batch_size, SIZES),
            (found.learning_rate, RATES),
        ):
            for fit in (values.shared, values.separate):
                np.testing.assert_allclose(fit.value.exponent, -0.5, rtol=1e-12)
                scale = [planted[ONE][0], planted[TWO][0]]
                np.testing.assert_allclose(fit.value.scale, scale, rtol=1e-12)
                np.testing.assert_allclose(fit.exponent.low, -0.5, rtol=1e-12)
            errors = [abs(check.error.value) for check in values.heldout]
            assert len(errors) == 4
            assert max(errors) < 1e-12
        assert found.correlation.value == pytest.approx(1.0)
        assert found.replicates == 2


def test_separate_slopes_may_drop_the_largest_utd() -> None:
    study = exact_study()
    moved = {**SIZES, ONE: [512, 256, 512]}
    found = {
        rule: hyperparameters(
            exact_crossings(study, moved, RATES), study, Choices(separate_fit=rule)
        ).batch_size
        for rule in ("all", "drop_largest")
    }
    slopes = {rule: values.separate.value.exponent for rule, values in found.items()}
    np.testing.assert_allclose(slopes["all"], [0.0, -0.5], atol=1e-12)
    np.testing.assert_allclose(slopes["drop_largest"], [-0.5, -0.5], rtol=1e-12)
    # The shared slope keeps every σ under either rule.
    for values in found.values():
        np.testing.assert_allclose(values.shared.value.exponent, -0.25, rtol=1e-12)


def test_the_deciding_levels() -> None:
    study = make_study(
        environments=1,
        sweep_levels=(100.0, 300.0, 800.0, 900.0),
        fitted_levels=(200.0, 400.0, 800.0),
    )
    cells = {}
    for utd in (1.0, 2.0):
        cells[Setting(ONE, utd, 64, 1e-3)] = [1, 9, 9, 9]
        cells[Setting(ONE, utd, 128, 1e-3)] = [9, 1, 9, 9]
        cells[Setting(ONE, utd, 256, 1e-3)] = [9, 9, 1, 9]
        cells[Setting(ONE, utd, 512, 1e-3)] = [9, 9, 9, 1]
    crossings = make_crossings(study, "sweep", cells)
    inside = hyperparameters(crossings, study, DEFAULT)
    last = hyperparameters(crossings, study, Choices(deciding_levels="last"))
    # 300 and 800 lie within 200 … 800: B 128 and 256.
    expected = np.sqrt(128 * 256)
    np.testing.assert_allclose(inside.batch_size.best.value, [[expected] * 2])
    np.testing.assert_allclose(last.batch_size.best.value, [[512, 512]])
    none = replace(study, fitted_levels=(400.0, 500.0, 600.0))
    with pytest.raises(ScalingError, match=r"400 and 600.*sweep_levels"):
        hyperparameters(crossings, none, DEFAULT)


def rows(values: BestValues, kind: str) -> dict[str, HeldOut]:
    return {check.label: check for check in values.heldout if check.kind == kind}


def bent(factor: dict[str, int]) -> Crossings:
    """Return SIZES, but with the best batch at the largest σ times a factor."""
    study = exact_study()
    sizes = {
        env: [*best[:2], best[2] * factor.get(env, 1)] for env, best in SIZES.items()
    }
    rng = np.random.default_rng(0)
    crossings = exact_crossings(study, sizes, RATES, replicates=30)
    noise = rng.uniform(0.8, 1.2, size=crossings.replicates.shape)
    scattered = (crossings.replicates * noise).astype(np.int32)
    return replace(crossings, replicates=scattered)


def test_the_largest_utd_is_predicted_without_having_been_seen() -> None:
    study = exact_study()
    for moved, other in ((ONE, TWO), (TWO, ONE)):
        before, after = (
            rows(
                hyperparameters(bent(factor), study, DEFAULT).batch_size, "largest utd"
            )
            for factor in ({}, {moved: 4})
        )
        assert set(before) == {f"{ONE}, UTD 16", f"{TWO}, UTD 16"}
        for label, check in before.items():
            assert after[label].predicted == check.predicted  # to the bit
        label = f"{moved}, UTD 16"
        assert after[label].actual > before[label].actual
        assert after[label].error.value < before[label].error.value
        assert after[label].error.high < before[label].error.high
        label = f"{other}, UTD 16"
        assert after[label] == before[label]


def test_no_change_is_the_best_value_at_the_nearest_utd() -> None:
    """Of σ 1, 4 and 16 the middle one is next to the largest, and the anchor."""
    found = hyperparameters(bent({ONE: 4}), exact_study(), DEFAULT).batch_size
    for check in found.heldout:
        e = found.environments.index(check.label.split(",")[0])
        (naive,) = check.naive
        assert naive.predicted == found.best.value[e, 1]
        assert float(naive.error.value) == pytest.approx(
            naive.predicted / check.actual - 1
        )
    kinds = [(each.kind, each.count) for each in found.against_naive]
    assert kinds == [("largest utd", 2), ("environment", 2)]


def test_an_environment_is_predicted_by_the_others() -> None:
    study = exact_study()
    before, after = (
        rows(hyperparameters(bent(factor), study, DEFAULT).batch_size, "environment")
        for factor in ({}, {ONE: 4})
    )
    own, other = f"{ONE}, UTD 16", f"{TWO}, UTD 16"
    assert set(before) == {own, other}
    assert after[own].predicted == before[own].predicted  # to the bit
    assert after[own].error.value < before[own].error.value
    # The value that was held out there is part of the fit here.
    assert after[other].predicted != before[other].predicted
    assert after[other].actual == before[other].actual


def test_errors_of_predictions_by_hand() -> None:
    study = exact_study()
    sizes = {ONE: [512, 256, 256], TWO: [256, 128, 64]}
    found = hyperparameters(exact_crossings(study, sizes, RATES), study, DEFAULT)
    check = rows(found.batch_size, "largest utd")[f"{ONE}, UTD 16"]
    assert check.quantity == "batch_size"
    assert (check.predicted, check.actual) == pytest.approx((128, 256))
    assert check.error.value == pytest.approx(-0.5)
    assert not check.covered  # every draw gives the same value
    check = rows(found.batch_size, "environment")[f"{TWO}, UTD 16"]
    # The slope of the other: log2 of 512, 256, 256 over 0, 2, 4 is -1/4 an octave.
    assert (check.predicted, check.actual) == pytest.approx((128 * 4**-0.25, 64))


def test_correlation() -> None:
    study = exact_study()

    def correlation(rates: dict[str, list[float]]) -> float:
        crossings = exact_crossings(study, SIZES, rates)
        found = hyperparameters(crossings, study, DEFAULT).correlation
        assert found.low == pytest.approx(float(found.value), nan_ok=True)
        return float(found.value)

    inverse = {ONE: [1e-4, 2e-4, 4e-4], TWO: [2e-4, 4e-4, 8e-4]}
    assert correlation(inverse) == pytest.approx(-1.0)
    assert np.isnan(correlation({ONE: [2e-4] * 3, TWO: [2e-4] * 3}))
    mixed = {ONE: [8e-4, 4e-4, 2e-4], TWO: [1e-4, 4e-4, 1e-4]}
    # Octaves of B 9 8 7 8 7 6, of η 3 2 1 0 2 0.
    expected = np.corrcoef([9, 8, 7, 8, 7, 6], [3, 2, 1, 0, 2, 0])[0, 1]
    assert correlation(mixed) == pytest.approx(expected)


def test_the_order_of_environments_changes_nothing_else(
    fine: tuple[Study, Crossings],
) -> None:
    study, crossings = fine
    turned = replace(study, environments=study.environments[::-1])
    one, other = (hyperparameters(crossings, s, DEFAULT) for s in (study, turned))
    assert other.batch_size.environments == one.batch_size.environments[::-1]
    for a, b in (
        (one.batch_size, other.batch_size),
        (one.learning_rate, other.learning_rate),
    ):
        np.testing.assert_array_equal(a.best.value[::-1], b.best.value)
        for field in ("scale", "exponent"):
            np.testing.assert_allclose(
                getattr(a.shared.value, field)[::-1],
                getattr(b.shared.value, field),
                rtol=1e-12,
            )
        for check in a.heldout:
            (twin,) = (
                c for c in b.heldout if (c.kind, c.label) == (check.kind, check.label)
            )
            assert twin.predicted == pytest.approx(check.predicted, rel=1e-12)
    assert one.correlation.value == pytest.approx(float(other.correlation.value))


def test_one_environment() -> None:
    study = grid_study(1)
    crossings = make_crossings(study, "sweep", planted_cells(study, "sweep"))
    found = hyperparameters(crossings, study, DEFAULT)
    for values in (found.batch_size, found.learning_rate):
        assert {check.kind for check in values.heldout} == {"largest utd"}
        np.testing.assert_allclose(
            values.shared.value.exponent, values.separate.value.exponent
        )


def test_two_utds_give_slopes_and_one_does_not() -> None:
    study = make_study(environments=1)
    for utds in ((1.0, 2.0), (1.0,)):
        fewer = replace(study, sweep_utds=utds)
        crossings = make_crossings(fewer, "sweep", planted_cells(fewer, "sweep"))
        if len(utds) == 1:
            with pytest.raises(ScalingError, match=r"1 UTD ratio; expected at least"):
                hyperparameters(crossings, fewer, DEFAULT)
            continue
        found = hyperparameters(crossings, fewer, DEFAULT)
        assert np.isfinite(found.batch_size.shared.value.exponent).all()
        assert found.batch_size.heldout == ()
        dropped = hyperparameters(
            crossings, fewer, Choices(separate_fit="drop_largest")
        )
        assert np.isnan(dropped.batch_size.separate.value.exponent).all()
        assert dropped.separate_proposals == ()


def test_an_environment_that_reaches_at_one_utd_only() -> None:
    """It has no slope of its own, but the shared slope still gives it a fit."""
    study = exact_study()
    crossings = exact_crossings(study, SIZES, RATES)
    gone = [s.env == TWO and s.utd != 4.0 for s in crossings.settings]
    steps, drawn = crossings.steps.copy(), crossings.replicates.copy()
    steps[gone], drawn[gone] = np.nan, -1
    found = hyperparameters(
        replace(crossings, steps=steps, replicates=drawn), study, DEFAULT
    )
    values = found.batch_size
    np.testing.assert_allclose(values.best.value[1], [np.nan, 128, np.nan])
    np.testing.assert_allclose(values.shared.value.exponent, -0.5, rtol=1e-12)
    np.testing.assert_allclose(values.shared.value.scale[1], 256, rtol=1e-12)
    assert np.isnan(values.separate.value.exponent[1])
    assert {p.env for p in found.proposals} == {ONE, TWO}
    assert {p.env for p in found.separate_proposals} == {ONE}
    for check in values.heldout:  # known in part: neither covered nor an error
        if check.label.startswith(TWO):
            assert np.isnan(check.error.value)
            assert not check.covered


def test_proposals_are_the_laws_rounded() -> None:
    study = exact_study()
    found = hyperparameters(exact_crossings(study, SIZES, RATES), study, DEFAULT)
    assert [(p.env, p.utd) for p in found.proposals] == [
        (env, utd) for env in (ONE, TWO) for utd in study.proposal_utds
    ]
    at_half = found.proposals[0]  # 512·√2 = 724.08, 8e-4·√2 = 1.1314e-3
    assert (at_half.batch_size, at_half.batch_size_rounded) == (724, 720)
    assert at_half.learning_rate == 1.13e-3
    assert at_half.batch_size_interval == pytest.approx((724.077, 724.077))


def test_baseline_is_the_first_to_reach_the_top() -> None:
    study = make_study()
    cells = {
        Setting(ONE, 2.0, 64, 2e-4): [1, 1, 1, 50],
        Setting(ONE, 2.0, 128, 1e-4): [9, 9, 9, 40],
        Setting(ONE, 2.0, 128, 2e-4): [9, 9, 9, 40],
        Setting(ONE, 2.0, 256, 1e-4): [9, 9, 9, np.nan],
        Setting(ONE, 4.0, 256, 1e-4): [1, 1, 1, 1],
        Setting(TWO, 2.0, 64, 1e-4): [5, 5, 5, np.nan],
        Setting(TWO, 4.0, 64, 1e-4): [5, 5, 5, 5],
        Setting("Synthetic2-v0", 1.0, 64, 1e-4): [5, 5, 5, 5],
        Setting("Synthetic2-v0", 4.0, 64, 1e-4): [5, 5, 5, 5],
    }
    crossings = make_crossings(study, "sweep", cells)
    one, two = hyperparameters(crossings, study, DEFAULT).baseline
    assert (one.env, one.utd, one.batch_size, one.learning_rate, one.data) == (
        ONE, 2.0, 128, 1e-4, 40.0,
    )  # fmt: skip
    assert (one.level, two.level) == (800.0, 600.0)
    assert (two.env, two.data) == (TWO, 5.0)


def baseline_study() -> tuple[Study, Crossings]:
    """At σ = 2 no setting reaches the top, and B = 64 is far best one level lower."""
    study = make_study(environments=2)
    levels = {
        Setting(ONE, 2.0, 16, 1e-4): [90, 900, np.nan, np.nan],
        Setting(ONE, 2.0, 64, 2e-4): [9, 20, 30, np.nan],
        Setting(ONE, 2.0, 128, 2e-4): [5, 300, 400, np.nan],
        Setting(ONE, 4.0, 64, 2e-4): [5, 5, 5, 5],
        Setting(TWO, 2.0, 64, 1e-4): [np.nan] * 4,
        Setting(TWO, 1.0, 64, 1e-4): [5, 5, 5, 5],
        Setting(TWO, 4.0, 64, 1e-4): [5, 5, 5, 5],
        Setting(ONE, 1.0, 64, 2e-4): [5, 5, 5, 5],
    }
    return study, make_crossings(study, "sweep", levels)


def test_a_baseline_is_never_chosen_among_settings_that_miss_the_level() -> None:
    study, crossings = baseline_study()
    found = hyperparameters(crossings, study, DEFAULT)
    (one,) = found.baseline
    assert (one.env, one.batch_size, one.data, one.level) == (ONE, 64, 30.0, 600.0)
    assert found.lower_baselines == (one,)
    assert found.without_baseline == (TWO,)
    told = as_text(*terminal.hyperparameters(found))
    assert (
        f"constant B, lr of {ONE}: decided at J = 600, the highest level that a "
        "setting reaches at UTD 2; none reaches J = 800"
    ) in told
    assert f"of {TWO}: none, as no setting at UTD 2 reaches a level" in told
    rows = csv_text(laws(study, found)).splitlines()
    assert rows[2].endswith(",64,0.0002,30,600")
    assert rows[3].endswith(",,,none reached")
    with pytest.raises(ScalingError, match=rf"no constant hyperparameters for {TWO}"):
        settings_of_set(study, "baseline", found)


def test_the_published_baseline_is_the_smallest_where_none_reaches_the_top() -> None:
    study, crossings = baseline_study()
    published = replace(PUBLISHED, deciding_levels="fitted", unreached="smallest")
    one, two = hyperparameters(crossings, study, published).baseline
    assert (one.batch_size, one.level) == (16, 800.0)
    assert np.isnan(one.data)
    assert two.batch_size == 64


@pytest.mark.parametrize(
    ("size", "rounded"),
    # int() first; then halves to the even multiple; 16 at least.
    [(3, 16), (23.9, 16), (24, 32), (40, 32), (56.99, 64), (55.99, 48), (720.5, 720)],
)
def test_rounding_of_batch_sizes(size: float, rounded: int) -> None:
    assert round_batch_size(size) == rounded
    assert round_batch_size(size, (64, 128)) == rounded


@pytest.mark.parametrize(
    ("size", "grid", "rounded"),
    [(4.3, (2, 4, 8), 4), (0.2, (2, 4, 8), 1), (8.4, (8, 16, 32), 8)],
)
def test_rounding_where_the_grid_has_no_multiples_of_16(
    size: float, grid: tuple[int, ...], rounded: int
) -> None:
    assert round_batch_size(size, grid) == rounded


@pytest.mark.parametrize("fit", ["shared", "separate"])
def test_rounding_is_that_of_the_authors_tables(reference: Path, fit: str) -> None:
    path = reference / f"tables_seed42_gym_sweep_{fit}.csv"
    with path.open(newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 52
    for row in table:
        size = float(row["B"])
        assert round_learning_rate(float(row["eta"])) == float(row["eta_csv"])
        assert int(size) == int(row["B_csv_truncated"])
        assert round_batch_size(size) == int(row["B_csv_rounded16"])


def test_replicates_bracket_the_value(fine: tuple[Study, Crossings]) -> None:
    study, crossings = fine
    rng = np.random.default_rng(1)
    shape = (len(crossings.settings), 60, len(crossings.levels))
    noise = np.exp(rng.normal(scale=0.05, size=shape))
    drawn = (crossings.steps[:, None] * noise).astype(np.int32)
    found = hyperparameters(replace(crossings, replicates=drawn), study, DEFAULT)
    for values in (found.batch_size, found.learning_rate):
        slope = values.shared.exponent
        assert (slope.low < slope.value).all()
        assert (slope.value < slope.high).all()
        assert (values.best.low <= values.best.value).all()
        assert (values.best.value <= values.best.high).all()
    mean = found.batch_law()
    shared = found.batch_size.shared
    np.testing.assert_allclose(mean.value(3.0), shared.value(3.0).mean())
    np.testing.assert_allclose(
        mean.replicates(3.0), shared.replicates(3.0).mean(axis=1)
    )
