"""Which runs are chosen next on planted sweeps, why, and at which cost."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import make_crossings, make_study, planted_cells

from value_scaling.records import Crossings, ScalingError, Setting, Study
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.next_runs.choose import NextRun, next_in_sweep
from value_scaling.workflow.next_runs.proposals import next_runs, undeclared

REPLICATES = 40


def noisy(study: Study, cells: dict[Setting, np.ndarray], spread: float) -> Crossings:
    """Return crossings whose replicates differ by a factor that all levels share."""
    rng = np.random.default_rng(0)
    drawn = {
        setting: np.round(steps * np.exp(spread * rng.standard_normal((REPLICATES, 1))))
        for setting, steps in cells.items()
    }
    return make_crossings(study, "sweep", cells, drawn=drawn, replicates=REPLICATES)


def chosen(
    study: Study, crossings: Crossings, count: int, **options: object
) -> list[NextRun]:
    wanted = study.grid
    return list(
        next_in_sweep(crossings, study, count, wanted=wanted, seeds=2, **options)
    )


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study(environments=1)


def best_of(cells: dict[Setting, np.ndarray], utd: float) -> Setting:
    return min((s for s in cells if s.utd == utd), key=lambda s: cells[s][-1])


def test_a_hole_at_the_best_cell_is_filled(study: Study) -> None:
    cells = planted_cells(study, "sweep")
    best = best_of(cells, 2.0)
    rest = {setting: steps for setting, steps in cells.items() if setting != best}
    first = chosen(study, noisy(study, rest, 0.02), 1, extend=False)[0]
    assert (first.setting, first.first_seed) == (best, 0)
    assert first.reason == "fills a hole in the grid"
    assert first.saving > 0


def test_the_grid_is_extended_where_the_best_cell_is_at_its_edge(study: Study) -> None:
    """B* is 256 at σ = 1, and 128 is the largest B that was run."""
    small = {
        s: d for s, d in planted_cells(study, "sweep").items() if s.batch_size < 256
    }
    (task,) = study.environments
    cut = replace(study, environments=(replace(task, batch_sizes=(64, 128)),))
    found = chosen(cut, noisy(cut, small, 0.02), 6)
    beyond = [run for run in found if run.reason.startswith("extends")]
    assert any((r.setting.utd, r.setting.batch_size) == (1, 256) for r in beyond)
    # Below σ = 8 the best B is 128, so that smaller B are not next to it.
    assert not any(r.setting.utd < 8 and r.setting.batch_size < 64 for r in beyond)
    assert "Synthetic0-v0, batch_sizes: 256" in undeclared(cut, found)


def test_uncertain_best_cells_get_more_seeds(study: Study) -> None:
    cells = planted_cells(study, "sweep")
    found = chosen(study, noisy(study, cells, 0.3), 4, extend=False)
    assert found
    for run in found:
        assert run.reason.startswith("more seeds (has ")
        assert run.first_seed >= 4
        # Not a cell that is far from the best one.
        assert cells[run.setting][-1] < 1.6 * cells[best_of(cells, run.setting.utd)][-1]


def test_seeds_have_a_limit(study: Study) -> None:
    cells = planted_cells(study, "sweep")
    crossings = noisy(study, cells, 0.3)
    found = chosen(study, crossings, 500, extend=False, most_seeds=6)
    assert {run.first_seed for run in found} == {4}
    assert chosen(study, crossings, 5, extend=False, most_seeds=4) == []


def test_costs_are_those_of_whole_runs(study: Study) -> None:
    crossings = noisy(study, planted_cells(study, "sweep"), 0.3)
    run = chosen(study, crossings, 1, extend=False)[0]
    s, steps = run.setting, 1e7  # of `make_crossings`
    assert run.steps == 2 * steps
    assert run.updates == 2 * steps * s.utd
    each = 10 * study.model_size * s.batch_size * s.utd + study.delta
    assert run.flops == pytest.approx(2 * steps * each)


def test_runs_of_a_study(fits: Fits) -> None:
    study = fits.study
    sweep = noisy(study, planted_cells(study, "sweep"), 0.1)
    found = next_runs(fits, sweep, 6)
    assert len({run.setting for run in found}) == len(found) == 6
    assert {run.set_name for run in found} == {"sweep"}
    with pytest.raises(ScalingError, match="no runs of a sweep"):
        next_runs(fits, None, 6)


def test_a_bound_of_the_best_utd_asks_for_runs_beyond_it(fits: Fits) -> None:
    assert fits.budgets is not None
    record = fits.budgets.sets["ours"]
    at_edge = np.full(len(record.levels), 8.0)
    star = replace(record.utd_star, value=at_edge)
    bound = replace(record, utd_star=star, at_edge=np.ones(len(at_edge), dtype=bool))
    sets = replace(fits.budgets, sets={"ours": bound})
    study = fits.study
    sweep = noisy(study, planted_cells(study, "sweep"), 0.1)
    found = next_runs(replace(fits, budgets=sets), sweep, 4)
    own = [run for run in found if run.set_name == "ours"]
    assert found[:2] == tuple(own)
    assert {run.setting.utd for run in own} == {16.0}
    assert "the best UTD is the largest that was run at 6 of 6 levels" in own[0].reason
