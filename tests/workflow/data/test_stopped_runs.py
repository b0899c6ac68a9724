"""Runs that end once they are solved give the same results below their top level."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import make_crossings, make_runs, make_study, pace, planted_cells
from stopped_runs import stopped_at

from value_scaling.records import Choices, Crossings, Runs, Setting, Study
from value_scaling.records.training import STOP_MARGIN
from value_scaling.workflow.checks.curves import early_ends
from value_scaling.workflow.data.collect import collect
from value_scaling.workflow.data.short_runs import cut_short, cut_short_of_fitted
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.preprocess import preprocess
from value_scaling.workflow.warnings.runs import short_runs

ENV = "Synthetic0-v0"


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study(environments=1)


@pytest.fixture(scope="module")
def whole(study: Study) -> Runs:
    """Return runs whose returns rise for long after the top level, with noise."""
    rng = np.random.default_rng(0)
    runs = make_runs(study, "sweep", seeds=6, longest=lambda s: 2.5 * pace(s))
    return runs.mapped(
        lambda c: replace(c, returns=c.returns + rng.normal(0, 60, c.returns.shape))
    )


@pytest.fixture(scope="module")
def stopped(whole: Runs, study: Study) -> Runs:
    """Return the same runs, ended by the rule of training."""
    target = study.environment(ENV).return_at(800 * (1 + STOP_MARGIN), "sweep")
    return replace(stopped_at(whole, target), stopped=whole.settings)


def crossings(runs: Runs, study: Study) -> Crossings:
    return preprocess(collect(runs, study), study, Choices(), replicates=200, seed=0)


def test_intervals_are_the_same_with_and_without_stopping(
    whole: Runs, stopped: Runs, study: Study
) -> None:
    full, short = crossings(whole, study), crossings(stopped, study)
    assert short.stopped == short.settings
    assert short.last_steps.sum() < 0.75 * full.last_steps.sum()
    np.testing.assert_array_equal(full.steps, short.steps)
    below = full.levels < 800
    same = full.replicates == short.replicates
    assert same[:, :, below].mean() > 0.999
    assert same[:, :, ~below].mean() > 0.95
    assert (short.replicates < 0).mean() < 0.01
    fits = [hyperparameters(each, study, Choices()) for each in (full, short)]
    for one, other in zip(fits[0].fitted, fits[1].fitted, strict=True):
        for name in ("value", "low", "high"):
            np.testing.assert_allclose(
                getattr(one.best, name), getattr(other.best, name), rtol=0.01
            )
    assert not list(short_runs(short))
    assert not list(early_ends(short))


def test_a_level_above_the_stop_is_unknown_and_not_slower(study: Study) -> None:
    """The fastest setting is stopped at 600; its rivals go on to 800."""
    cells = planted_cells(study, "sweep")
    best = Setting(ENV, 1.0, 256, 8e-4)
    rivals = [s for s in cells if s.utd == 1.0 and s.learning_rate == 8e-4]
    last = 0.95 * min(cells[s][-1] for s in rivals)
    cells[best] = np.where(cells[best] <= last, cells[best], np.nan)
    own = make_crossings(study, "sweep", cells, last_steps={best: last})
    marked = replace(own, stopped=(best,))
    place = own.settings.index(best)
    assert not cut_short(own)[place]
    assert cut_short(marked)[place]
    assert cut_short(marked).sum() == 1
    (warning,) = short_runs(marked)
    assert "stop_at_level" in warning.found
    assert warning.places[0].batch_size == 256
    later = make_crossings(study, "sweep", cells, last_steps={best: 10**7})
    assert not cut_short(replace(later, stopped=(best,)))[place]


def test_a_stopped_run_of_a_fitted_set_is_named(study: Study) -> None:
    cells = planted_cells(study, "ours")
    first = max(cells)  # with the largest UTD ratio, the fastest
    cells[first] = np.where(np.arange(6) < 3, cells[first], np.nan)
    last = {first: float(cells[first][2])}
    own = make_crossings(study, "ours", cells, last_steps=last)
    (plain,) = short_runs(own)
    assert cut_short_of_fitted(own).sum() == 1
    (marked,) = short_runs(replace(own, stopped=(first,)))
    assert plain.places == marked.places
    assert "stop_at_level" not in plain.found
    assert "stop_at_level" in marked.found
