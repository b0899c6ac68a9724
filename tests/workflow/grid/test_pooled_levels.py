"""Levels pooled into one, by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from planted_study import make_crossings, make_study

from value_scaling.records import Choices, Crossings, Setting
from value_scaling.workflow.grid.best_values import (
    average_over_draws,
    best_values,
    draws_of_average,
)
from value_scaling.workflow.grid.pooled_levels import pooled_levels
from value_scaling.workflow.grid.sweep_table import NEVER, SweepTable, sweep_table

ENV, NONE = "Synthetic0-v0", np.nan
LONGEST = 1000.0


def crossings(
    cells: Mapping[tuple[int, float], Sequence[float]],
    *,
    short: Mapping[Setting, float] | None = None,
    drawn: Mapping[Setting, np.ndarray] | None = None,
    replicates: int = 2,
) -> Crossings:
    """Return crossings at σ = 1 from {(B, η): steps to each level}.

    Args:
        short: last steps of runs that were cut short.
    """
    settings = {Setting(ENV, 1.0, *key): steps for key, steps in cells.items()}
    count = len(next(iter(cells.values())))
    return make_crossings(
        make_study(),
        "sweep",
        settings,
        drawn=drawn,
        replicates=replicates,
        levels=make_study().sweep_levels[:count],
        last_steps=dict.fromkeys(settings, LONGEST) | dict(short or {}),
    )


def table(own: Crossings) -> SweepTable:
    return sweep_table(own, (ENV,), np.ones(len(own.levels), dtype=bool))


def pooled(own: Crossings) -> np.ndarray:
    """Return [batch sizes, learning rates] of the first replicate."""
    found: np.ndarray = pooled_levels(table(own)).steps[0][0, :, :, 0, 0]
    return found


def test_the_mean_of_the_steps_to_the_levels() -> None:
    own = crossings({(64, 1.0): [10, 50], (64, 2.0): [20, 30]})
    np.testing.assert_allclose(pooled(own), [[30, 25]])


def test_a_level_that_is_not_reached_counts_with_the_longest_run() -> None:
    own = crossings(
        {(64, 1.0): [10, NONE], (64, 2.0): [200, 300], (64, 4.0): [NONE, NONE]}
    )
    np.testing.assert_allclose(pooled(own), [[505, 250, NEVER]])


def test_a_level_that_nothing_reaches_does_not_count() -> None:
    own = crossings({(64, 1.0): [10, NONE], (64, 2.0): [20, NONE]})
    np.testing.assert_allclose(pooled(own), [[10, 20]])
    nothing = crossings({(64, 1.0): [NONE], (64, 2.0): [NONE]})
    assert (pooled(nothing) == NEVER).all()


def test_a_cell_that_was_not_run_stays_out() -> None:
    own = crossings({(64, 1.0): [10, 50], (128, 2.0): [20, 30]})
    np.testing.assert_allclose(pooled(own), [[30, NEVER], [NEVER, 25]])


def test_a_level_that_a_run_cut_short_might_have_won_does_not_count() -> None:
    short = Setting(ENV, 1.0, 64, 2.0)
    cells = {(64, 1.0): [10.0, 500.0], (64, 2.0): [20.0, NONE]}
    own = crossings(cells, short={short: 40.0})
    np.testing.assert_allclose(pooled(own), [[10, 20]])
    np.testing.assert_allclose(pooled(crossings(cells)), [[255, 510]])


def test_pooling_twice_is_pooling_once() -> None:
    own = crossings(
        {(64, 1.0): [10, NONE], (64, 2.0): [200, 300], (64, 4.0): [NONE, NONE]}
    )
    once = pooled_levels(table(own))
    np.testing.assert_array_equal(pooled_levels(once).steps[0], once.steps[0])


def test_the_expensive_level_decides() -> None:
    """One vote per level would give 128; the data to both levels is least at 256."""
    own = crossings({(64, 1.0): [10, 900], (128, 1.0): [40, 800], (256, 1.0): [50, 50]})
    sizes = best_values(table(own), Choices(best_values="joint"), study="planted")
    np.testing.assert_allclose(sizes["batch_size"], 256)
    each = Choices(best_values="joint", deciding_levels="fitted")
    sizes = best_values(table(own), each, study="planted")
    np.testing.assert_allclose(sizes["batch_size"], 128)


def test_replicates_spread_as_the_average_does() -> None:
    """Two equally good settings win alternately; their average hardly moves."""
    rng = np.random.default_rng(0)
    count, settings = 400, [Setting(ENV, 1.0, size, 1.0) for size in (64, 256)]
    drawn = {s: rng.integers(400, 600, size=(count, 1)) for s in settings}
    own = crossings(
        {(64, 1.0): [500], (256, 1.0): [500]}, drawn=drawn, replicates=count
    )
    found = best_values(table(own), Choices(), study="planted")["batch_size"]
    average = average_over_draws(found, Choices())
    replicates = draws_of_average(found, average, table(own))
    single = np.log(found).std()
    assert 0.5 * single < np.log(replicates).std() < 0.9 * single
    np.testing.assert_allclose(np.log(replicates).mean(axis=0), np.log(average))
    # A draw without a value has none.
    found[3] = np.nan
    average = average_over_draws(found, Choices())
    replicates = draws_of_average(found, average, table(own))
    assert np.flatnonzero(np.isnan(replicates[:, 0, 0])).tolist() == [3]


@pytest.mark.parametrize("rule", ["local", "joint", "marginal"])
def test_without_spread_replicates_are_the_average(rule: str) -> None:
    own = crossings({(64, 1.0): [10, 50], (64, 2.0): [20, 30]})
    choices = Choices(best_values=rule)
    for found in best_values(table(own), choices, study="planted").values():
        average = average_over_draws(found, choices)
        same = draws_of_average(found, average, table(own))
        np.testing.assert_array_equal(same, np.broadcast_to(average, same.shape))
