"""Regret on held-out seeds, on studies whose answer is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted_study import make_runs, make_study, pace

from value_scaling.records import Choices, Crossings, Regrets, Runs, Setting, Study
from value_scaling.records.study import ArchiveRule
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.preprocess import preprocess
from value_scaling.workflow.regret import regrets

UTDS = (1.0, 2.0, 4.0, 8.0)
NEAR = 1e-12


def sweep(study: Study, *, seeds: int = 4, alike: bool = True, **options: Any) -> Runs:
    """Return runs of the grid; `alike`: all seeds of a setting have the same curve."""
    runs = make_runs(study, "sweep", seeds=seeds, **options)
    if alike:
        runs = replace(
            runs,
            curves=tuple(
                replace(c, returns=np.repeat(c.returns[:, :1], seeds, axis=1))
                for c in runs.curves
            ),
        )
    return collect(runs, study)


def found(study: Study, runs: Runs, **options: int) -> Regrets:
    return regrets(runs, study, **({"splits": 3, "draws": 4, "seed": 0} | options))


def crossings(study: Study, runs: Runs) -> Crossings:
    return preprocess(runs, study, Choices(), replicates=1, seed=0)


def by_hand(study: Study, table: Crossings, chosen: Any) -> float:
    """Return the data with the cell `chosen` for each (environment, σ) over the
    best."""
    steps = {s: x[1:] for s, x in zip(table.settings, table.steps, strict=True)}
    logs = []
    for env in study.environment_names:
        for utd in study.sweep_utds:
            own = [steps[s] for s in steps if (s.env, s.utd) == (env, utd)]
            logs.append(np.log(steps[chosen(env, utd)] / np.min(own, axis=0)))
    return float(np.exp(np.mean(logs)))


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study(environments=2)


@pytest.fixture(scope="module")
def known(study: Study) -> Regrets:
    return found(study, sweep(study))


def test_the_best_cell_costs_nothing_where_seeds_agree(known: Regrets) -> None:
    for scope in ("every", "unseen", "largest"):
        row = known.row(scope, "all", "cell")
        parts = (row.data.value, row.data.low, row.data.high)
        # The level at which a cell is best on average may have another best cell.
        np.testing.assert_allclose(parts, row.data.value, rtol=NEAR)
        assert 1 <= row.data.value < 1.005
        assert row.unreached == 0


def test_constant_hyperparameters_lose_by_the_planted_factor(
    study: Study, known: Regrets
) -> None:
    table = crossings(study, sweep(study))

    def constant(env: str, utd: float) -> Setting:
        grid = [s for s in table.settings if (s.env, s.utd) == (env, 2.0)]
        return replace(min(grid, key=pace), utd=utd)

    row = known.row("every", "all", "constant")
    expected = by_hand(study, table, constant)
    assert expected > 1.03
    np.testing.assert_allclose(row.data.value, expected, rtol=NEAR)
    np.testing.assert_allclose([row.data.low, row.data.high], expected, rtol=NEAR)
    # B* and η* are a power of σ, so the fit finds nearly the best cells.
    ratio = known.ratio("every", "all", "fitted", "constant")
    assert ratio.data.high < 1
    fitted = known.row("every", "all", "fitted").data.value
    np.testing.assert_allclose(ratio.data.value, fitted / row.data.value, rtol=NEAR)


def test_the_cell_of_the_nearest_utd_by_hand(study: Study, known: Regrets) -> None:
    table = crossings(study, sweep(study))
    for scope, utds in (("unseen", (1.0, 4.0, 8.0)), ("largest", (8.0,))):
        logs = []
        for env in study.environment_names:
            for utd in utds:
                nearest = {1.0: 2.0, 4.0: 2.0, 8.0: 4.0}[utd]
                grid = [s for s in table.settings if (s.env, s.utd) == (env, nearest)]
                cell = replace(min(grid, key=pace), utd=utd)
                one = replace(study, environments=(study.environment(env),))
                part = replace(one, sweep_utds=(utd,))
                logs.append(np.log(by_hand(part, table, lambda *_, cell=cell: cell)))
        row = known.row(scope, "all", "nearest")
        np.testing.assert_allclose(row.data.value, np.exp(np.mean(logs)), rtol=NEAR)


def test_one_cell_is_a_tie(study: Study) -> None:
    tasks = tuple(
        replace(task, batch_sizes=(128,), learning_rates=(4e-4,))
        for task in study.environments
    )
    one = replace(study, environments=tasks)
    record = found(one, sweep(one))
    assert {row.way for row in record.rows if row.scope == "every"} == {
        *("cell", "fitted", "separate", "published", "constant")
    }
    for row in (*record.rows, *record.ratios):
        parts = (row.data.value, row.data.low, row.data.high)
        np.testing.assert_allclose(parts, 1.0, rtol=NEAR)
        np.testing.assert_allclose(row.environments, 1.0, rtol=NEAR)


def test_the_same_runs_give_the_same_record(study: Study) -> None:
    runs = sweep(study, alike=False)
    one, other = found(study, runs), found(study, runs)
    assert repr(one) == repr(other)
    assert repr(one) != repr(found(study, runs, seed=1))


def test_an_environment_does_not_depend_on_the_others(study: Study) -> None:
    runs = sweep(study, alike=False)
    (env, _) = study.environment_names
    own = tuple(curve for curve in runs.curves if curve.setting.env == env)
    alone = found(study, replace(runs, curves=own))
    both = found(study, runs)
    for way in ("cell", "separate", "constant"):
        row = alone.row("every", "all", way)
        np.testing.assert_array_equal(
            row.environments, both.row("every", "all", way).environments[:1]
        )


def test_ways_are_paired_seed_by_seed(study: Study) -> None:
    """The noise that both ways share cancels in their ratio."""
    record = found(study, sweep(study, alike=False, seeds=8), splits=20)
    for scope in ("every", "unseen", "largest"):
        for ratio in record.ratios:
            if ratio.scope != scope:
                continue
            one, other = (
                record.row(scope, ratio.levels, way).data
                for way in (ratio.way, ratio.over)
            )
            np.testing.assert_allclose(
                ratio.data.value, one.value / other.value, rtol=1e-9
            )
    ratio = record.ratio("every", "all", "separate", "constant").data
    assert ratio.low < ratio.value < ratio.high


def test_the_choice_is_that_of_the_other_half() -> None:
    """A cell that is best only on some seeds is chosen there and costs elsewhere."""
    study = make_study(environments=1, sweep_levels=(400.0,), fitted_levels=(400.0,))
    runs = sweep(study, seeds=8)
    record = found(study, runs)
    rng = np.random.default_rng(0)
    luck = [np.exp(rng.normal(scale=0.5, size=8)) for _ in runs.curves]
    noisy = replace(
        runs,
        curves=tuple(
            replace(c, returns=c.returns * each)
            for c, each in zip(runs.curves, luck, strict=True)
        ),
    )
    lucky = found(study, noisy, splits=20)
    assert record.row("every", "all", "cell").data.value == 1
    assert lucky.row("every", "all", "cell").data.value > 1.2


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_few_seeds_give_no_halves(study: Study, seeds: int) -> None:
    record = found(study, sweep(study, seeds=seeds))
    assert (record.rows, record.ratios) == ((), ())
    assert record.few_seeds == len(study.grid)
    assert record.why_none == (
        f"no setting has more than {seeds} seed{'s' * (seeds > 1)}, and two halves "
        "need 4"
    )


def test_settings_with_few_seeds_are_left_out(study: Study) -> None:
    runs = sweep(study)
    few = tuple(
        replace(c, returns=c.returns[:, :3]) if c.setting.batch_size == 512 else c
        for c in runs.curves
    )
    fewer = tuple(c for c in runs.curves if c.setting.batch_size != 512)
    record = found(study, replace(runs, curves=few))
    assert record.few_seeds == len(runs.curves) - len(fewer) > 0
    same = found(study, replace(runs, curves=fewer))
    assert repr(replace(record, few_seeds=0)) == repr(same)


def test_where_a_choice_was_not_run_its_neighbour_stands_for_it(study: Study) -> None:
    runs = sweep(study)
    gone = {(1.0, 128), (8.0, 128), (4.0, 64)}
    kept = tuple(
        c for c in runs.curves if (c.setting.utd, c.setting.batch_size) not in gone
    )
    record = found(study, replace(runs, curves=kept))
    for row in record.rows:
        assert row.data.value >= 1
        assert np.isfinite(row.environments).all()


def test_without_runs_at_the_baseline_there_are_no_constant_ones(study: Study) -> None:
    other = replace(study, baseline_utd=3.0)
    record = found(other, sweep(other))
    assert not record.has_constant
    assert {row.way for row in record.rows} == {
        *("cell", "fitted", "separate", "published", "nearest")
    }
    assert record.ratio("unseen", "all", "fitted", "nearest") is not None
    assert record.ratio("every", "all", "fitted", "constant") is None


def test_an_environment_without_the_baseline_is_compared_with_none(
    study: Study,
) -> None:
    """All ways are compared on the same runs."""
    runs = sweep(study)
    first, second = study.environment_names
    kept = tuple(
        c for c in runs.curves if (c.setting.env, c.setting.utd) != (second, 2.0)
    )
    record = found(study, replace(runs, curves=kept))
    for row in record.rows:
        assert np.isfinite(row.environments).tolist() == [True, False]
    alone = tuple(c for c in kept if c.setting.env == first)
    same = found(study, replace(runs, curves=alone)).row("every", "all", "cell")
    assert record.row("every", "all", "cell").data.value == same.data.value


def test_two_utds_leave_none_to_predict(study: Study) -> None:
    runs = sweep(study)
    kept = tuple(c for c in runs.curves if c.setting.utd in (1.0, 2.0))
    record = found(study, replace(runs, curves=kept))
    assert {row.scope for row in record.rows} == {"every"}


def test_one_utd_is_no_sweep(study: Study) -> None:
    runs = sweep(study)
    kept = tuple(c for c in runs.curves if c.setting.utd == 2.0)
    record = found(study, replace(runs, curves=kept))
    assert record.why_none == "the sweep has runs at one UTD ratio only"


def test_an_environment_that_reaches_nothing_is_left_out(study: Study) -> None:
    runs = sweep(study)
    first, second = study.environment_names
    never = tuple(
        replace(c, returns=c.returns * 0.1) if c.setting.env == second else c
        for c in runs.curves
    )
    assert found(study, replace(runs, curves=never)).environments == (first,)
    all_never = tuple(replace(c, returns=c.returns * 0.1) for c in runs.curves)
    record = found(study, replace(runs, curves=all_never))
    assert record.why_none == (
        "no setting of any environment reaches a level that decides"
    )


def test_a_cell_that_does_not_reach_a_level_counts_with_its_run(study: Study) -> None:
    """The constant cell stops short of the top level at σ = 8."""
    one = replace(study, environments=study.environments[:1])
    runs = sweep(one)
    table = crossings(one, runs)
    grid = [s for s in table.settings if s.utd == 2.0]
    constant = replace(min(grid, key=pace), utd=8.0)
    cut = tuple(
        replace(c, steps=c.steps, returns=np.minimum(c.returns, 700.0))
        if c.setting == constant
        else c
        for c in runs.curves
    )
    record = found(one, replace(runs, curves=cut))
    row = record.row("every", "highest", "constant")
    assert row.unreached == 1 / 4
    (last,) = [c.steps[-1] for c in runs.curves if c.setting == constant]
    others = [
        x[-1] for s, x in zip(table.settings, table.steps, strict=True) if s.utd == 8.0
    ]
    largest = record.row("largest", "highest", "constant").data.value
    np.testing.assert_allclose(largest, last / min(others), rtol=NEAR)


def test_only_the_published_choice_reads_by_the_stored_test(study: Study) -> None:
    """All ways are evaluated with ≥, however the authors' crossings were stored."""
    rule = ArchiveRule("x.zip", "returns", crossing="exceed")
    strict = replace(study, archives=study.archives | {"sweep": rule})
    runs = sweep(study, alike=False)
    one, other = found(study, runs), found(strict, runs)
    for row, same in zip(one.rows, other.rows, strict=True):
        if row.way != "published":
            assert repr(row) == repr(same)
