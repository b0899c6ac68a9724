"""The weights of the cells around a (B, η) between them, by hand."""

import numpy as np
import pytest
from planted_study import make_crossings, make_study

from value_scaling.records import Setting
from value_scaling.workflow.grid.cells import between_cells
from value_scaling.workflow.grid.sweep_table import SweepTable, sweep_table

ENV = "Synthetic0-v0"
GRID = [(64, 1.0), (64, 4.0), (256, 1.0), (256, 4.0)]


def table(cells: list[tuple[int, float]]) -> SweepTable:
    settings = {Setting(ENV, 1.0, *cell): [100.0] for cell in cells}
    settings[Setting(ENV, 2.0, 1024, 1.0)] = [100.0]  # a value run at σ = 2 alone
    own = make_crossings(make_study(), "sweep", settings, levels=(400.0,))
    return sweep_table(own, (ENV,), np.array([True]))


def shares(
    cells: list[tuple[int, float]], size: float, rate: float
) -> dict[tuple[int, float], float]:
    """Return the cells of one half that have a weight at σ = 1."""
    own = table(cells)
    wanted = {
        name: np.array([[[value, np.nan]]])
        for name, value in (("batch_size", size), ("learning_rate", rate))
    }
    (found,) = between_cells(own, wanted)
    assert not found[0, 1].any()
    sizes, rates = own.grids_of(0)
    grid = [(b, r) for b in sizes for r in rates]
    return {
        (int(b), float(r)): pytest.approx(share)
        for (b, r), share in zip(grid, found[0, 0].tolist(), strict=True)
        if share
    }


def test_four_cells_share_by_the_distance_in_octaves() -> None:
    found = shares(GRID, 128, 4 ** (1 / 4))
    expected = [3 / 8, 1 / 8, 3 / 8, 1 / 8]
    assert found == dict(zip(GRID, expected, strict=True))
    assert shares(GRID, 64, 4.0) == {(64, 4.0): 1}


def test_beyond_the_grid_of_this_utd_its_edge_counts() -> None:
    assert shares(GRID, 512, 2.0) == {(256, 1.0): 0.5, (256, 4.0): 0.5}
    assert shares(GRID, 1e9, 1e-9) == {(256, 1.0): 1}


def test_a_cell_that_was_not_run_has_no_share() -> None:
    assert shares(GRID[:3], 128, 2.0) == dict.fromkeys(GRID[:3], 1 / 3)
    # Of (256, 4) alone, the nearest that was run.
    assert shares(GRID[:3], 256, 4.0) in ({GRID[1]: 1}, {GRID[2]: 1})


def test_where_nothing_is_wanted_nothing_is_chosen() -> None:
    assert shares(GRID, np.nan, 2.0) == {}
