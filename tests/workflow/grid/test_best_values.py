"""Best values of the published rule, on tables small enough to solve by hand."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import make_crossings, make_study

from value_scaling.records import Choices, Crossings, ScalingError, Setting
from value_scaling.workflow.grid.best_values import average_over_draws, best_values
from value_scaling.workflow.grid.sweep_table import sweep_table

NEVER = np.nan
DEFAULT = Choices(best_values="marginal", deciding_levels="fitted")
AS_PUBLISHED = replace(DEFAULT, unreached="smallest", average="arithmetic")
Cells = dict[tuple[float, int, float], list[float]]


def crossings(
    cells: Cells, *, env: str = "Synthetic0-v0", levels: int = 1, **options: object
) -> Crossings:
    """Return crossings for {(σ, B, η): steps to each level}."""
    study = make_study()
    return make_crossings(
        study,
        "sweep",
        {Setting(env, *key): steps for key, steps in cells.items()},
        levels=study.sweep_levels[:levels],
        **options,
    )


def best(found: Crossings, name: str, choices: Choices = DEFAULT) -> np.ndarray:
    """Return best values, [replicates, environments, utds]; every level decides."""
    study = make_study()
    every = np.ones(len(found.levels), dtype=bool)
    table = sweep_table(found, study.environment_names, every)
    return best_values(table, choices, study="planted")[name]


# B 64 wins at η 1, B 256 at η 4 (where 64 never gets there).
SPLIT: Cells = {
    (1.0, 64, 1.0): [10],
    (1.0, 256, 1.0): [20],
    (1.0, 64, 4.0): [NEVER],
    (1.0, 256, 4.0): [30],
}


def test_each_value_of_the_other_axis_votes_once() -> None:
    found = crossings(SPLIT)
    np.testing.assert_allclose(best(found, "batch_size"), [[[128]], [[128]]])
    # η 1 is best for either B.
    np.testing.assert_allclose(best(found, "learning_rate"), [[[1]], [[1]]])


def test_geometric_and_arithmetic_means_over_the_other_axis() -> None:
    arithmetic = best(
        crossings(SPLIT), "batch_size", replace(DEFAULT, average="arithmetic")
    )
    np.testing.assert_allclose(arithmetic, [[[160]], [[160]]])


def test_levels_vote_alike() -> None:
    cells: Cells = {
        (1.0, 64, 1.0): [10, 50],
        (1.0, 128, 1.0): [15, 45],
        (1.0, 256, 1.0): [20, 40],
    }
    found = crossings(cells, levels=2)
    np.testing.assert_allclose(best(found, "batch_size")[0], [[128]])
    arithmetic = best(found, "batch_size", replace(DEFAULT, average="arithmetic"))
    np.testing.assert_allclose(arithmetic[0], [[160]])


def test_deciding_levels_alone_are_looked_at() -> None:
    cells: Cells = {(1.0, 64, 1.0): [10, 50], (1.0, 256, 1.0): [20, 40]}
    found = crossings(cells, levels=2)
    for deciding, winner in (([True, False], 64), ([False, True], 256)):
        table = sweep_table(found, ("Synthetic0-v0",), np.array(deciding))
        value = best_values(table, DEFAULT, study="planted")["batch_size"]
        np.testing.assert_allclose(value[0], [[winner]])


def test_a_row_that_reaches_nothing_abstains_or_votes_for_the_smallest() -> None:
    cells = {**SPLIT, (1.0, 256, 4.0): [NEVER], (1.0, 64, 1.0): [25]}
    found = crossings(cells)
    # η 1: 256; η 4: nothing.
    for choices, expected in (
        (DEFAULT, 256),
        (replace(DEFAULT, average="arithmetic"), 256),
        (replace(DEFAULT, unreached="smallest"), 128),
        (AS_PUBLISHED, 160),
    ):
        np.testing.assert_allclose(best(found, "batch_size", choices)[0], [[expected]])
    # Learning rates: both B reach with η 1 alone.
    np.testing.assert_allclose(best(found, "learning_rate", AS_PUBLISHED)[0], [[1]])


def test_a_row_that_was_not_run_never_votes() -> None:
    cells = {key: steps for key, steps in SPLIT.items() if key[2] == 1.0}
    cells[2.0, 64, 4.0] = [7]  # puts η 4 into the grid
    found = crossings(cells)
    for choices in (DEFAULT, AS_PUBLISHED):
        np.testing.assert_allclose(
            best(found, "batch_size", choices)[0], [[64, 64]], err_msg=str(choices)
        )


def test_a_missing_cell_does_not_win() -> None:
    cells = {key: steps for key, steps in SPLIT.items() if key[1:] != (64, 1.0)}
    np.testing.assert_allclose(best(crossings(cells), "batch_size")[0], [[256]])


def test_where_nothing_reaches_there_is_no_value() -> None:
    cells = {**SPLIT, (2.0, 64, 1.0): [NEVER], (2.0, 256, 1.0): [NEVER]}
    found = crossings(cells)
    value = best(found, "batch_size")
    np.testing.assert_allclose(value[0], [[128, np.nan]])
    np.testing.assert_allclose(average_over_draws(value, DEFAULT), [[128, np.nan]])
    published = best(found, "batch_size", AS_PUBLISHED)
    np.testing.assert_allclose(published[0], [[160, 64]])


def test_grids_may_differ_between_environments_and_order_is_the_studys() -> None:
    one, other = "Synthetic0-v0", "Synthetic1-v0"
    cells = {Setting(one, *key): steps for key, steps in SPLIT.items()}
    for rate, steps in ((0.1, 9), (0.2, 8), (0.3, 7)):
        cells[Setting(other, 1.0, 1000, rate)] = [steps]
        cells[Setting(other, 2.0, 1000, rate)] = [steps * (rate != 0.3) or NEVER]
    found = make_crossings(make_study(), "sweep", cells, levels=(200.0,))
    for order in ((one, other), (other, one, "Synthetic2-v0")):
        table = sweep_table(found, order, np.array([True]))
        assert table.environments == order[:2]
        rates = best_values(table, DEFAULT, study="planted")["learning_rate"][0]
        sizes = best_values(table, DEFAULT, study="planted")["batch_size"][0]
        at = order.index(one)
        np.testing.assert_allclose(rates[at], [1, np.nan])
        np.testing.assert_allclose(rates[1 - at], [0.3, 0.2])
        np.testing.assert_allclose(sizes[at], [128, np.nan])
        np.testing.assert_allclose(sizes[1 - at], [1000, 1000])


def test_each_replicate_has_its_own_winners() -> None:
    drawn = {Setting("Synthetic0-v0", 1.0, 64, 1.0): np.array([[10], [25], [NEVER]])}
    found = crossings(SPLIT, drawn=drawn, replicates=3)
    value = best(found, "batch_size")
    np.testing.assert_allclose(value[:, 0, 0], [128, 256, 256])
    averages = average_over_draws(value, DEFAULT)
    np.testing.assert_allclose(averages, [[2 ** ((7 + 8 + 8) / 3)]])
    arithmetic = replace(DEFAULT, average="arithmetic")
    value = best(found, "batch_size", arithmetic)
    np.testing.assert_allclose(value[:, 0, 0], [160, 256, 256])
    np.testing.assert_allclose(average_over_draws(value, arithmetic), [[224]])


def test_draws_without_a_value_are_left_out_of_the_average() -> None:
    value = np.array([[[64.0, np.nan]], [[np.nan, np.nan]], [[256.0, np.nan]]])
    np.testing.assert_allclose(average_over_draws(value, DEFAULT), [[128, np.nan]])
    arithmetic = average_over_draws(value, replace(DEFAULT, average="arithmetic"))
    np.testing.assert_allclose(arithmetic, [[160, np.nan]])


def test_an_environment_that_never_reaches_a_deciding_level() -> None:
    cells = {Setting("Synthetic0-v0", *key): steps for key, steps in SPLIT.items()}
    cells |= {Setting("Synthetic1-v0", *key): [NEVER] for key in SPLIT}
    found = make_crossings(make_study(), "sweep", cells, levels=(200.0,))
    with pytest.raises(ScalingError, match=r"Synthetic1-v0.*max_return_sweep"):
        best(found, "batch_size")
    # As published it votes for the smallest of its grid, everywhere.
    sizes = best(found, "batch_size", AS_PUBLISHED)
    np.testing.assert_allclose(sizes[0], [[160], [64]])


def test_a_tie_is_not_decided_by_the_order_of_settings() -> None:
    cells: Cells = {(1.0, 64, 1.0): [10], (1.0, 256, 1.0): [10], (1.0, 512, 1.0): [11]}
    found = crossings(cells)
    turned = replace(
        found,
        settings=found.settings[::-1],
        steps=found.steps[::-1],
        replicates=found.replicates[::-1],
    )
    value = best(found, "batch_size")[0]
    np.testing.assert_array_equal(best(turned, "batch_size")[0], value)
    assert 63.99 < value.item() < 256.01


def test_ties_split_the_vote_or_go_to_the_smallest() -> None:
    cells: Cells = {
        (1.0, 64, 1.0): [10],
        (1.0, 128, 1.0): [20],
        (1.0, 256, 1.0): [10],
        (1.0, 64, 4.0): [NEVER],
        (1.0, 128, 4.0): [NEVER],
        (1.0, 256, 4.0): [NEVER],
    }
    found = crossings(cells)
    np.testing.assert_allclose(best(found, "batch_size")[0], [[128]])  # √(64·256)
    arithmetic = best(found, "batch_size", replace(DEFAULT, average="arithmetic"))
    np.testing.assert_allclose(arithmetic[0], [[160]])
    smallest = best(found, "batch_size", replace(DEFAULT, ties="smallest"))
    np.testing.assert_allclose(smallest[0], [[64]])
    # A row that nothing reaches is no tie: it abstains, or votes for the smallest.
    voting = best(found, "batch_size", replace(DEFAULT, unreached="smallest"))
    np.testing.assert_allclose(voting[0], [[np.sqrt(128 * 64)]])
