"""Every kind of warning, each planted alone; and no warning if nothing is wrong."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from planted_study import (
    best_batch_size,
    best_learning_rate,
    make_crossings,
    make_study,
    planted_cells,
)

from value_scaling.records import Choices, Crossings, Environment, Setting, Study
from value_scaling.records.stages.warnings import KINDS, Place, StudyWarning
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.warnings import find_warnings
from value_scaling.workflow.warnings.logs import coarse_logs

BATCHES = (16, 32, 64, 128, 256, 512, 1024, 2048)
RATES = (5e-5, 1e-4, 2e-4, 4e-4, 8e-4, 1.6e-3, 3.2e-3)
ENV = "Synthetic0-v0"
DEFAULT = Choices()


def study_of(**changes: object) -> Study:
    return replace(
        make_study(environments=2), **{"environments": ENVIRONMENTS} | changes
    )


ENVIRONMENTS = tuple(
    Environment(f"Synthetic{e}-v0", 2000.0, 4000.0, BATCHES, RATES) for e in range(2)
)


def sweep(
    study: Study,
    cells: Mapping[Setting, np.ndarray] | None = None,
    *,
    seeds: int = 8,
    **options: object,
) -> Crossings:
    own = planted_cells(study, "sweep") if cells is None else cells
    found = make_crossings(study, "sweep", own, **options)
    return replace(found, seeds=np.full(len(found.settings), seeds))


def warnings(
    study: Study, own: Crossings, choices: Choices = DEFAULT
) -> tuple[StudyWarning, ...]:
    fitted = hyperparameters(own, study, choices)
    return find_warnings(study, {"sweep": own}, fitted, {}).warnings


def test_runs_below_the_scale() -> None:
    """Early returns below zero are common; those below a stated one are reported."""
    own = sweep(study_of())
    count = len(own.settings)
    for low, high, minimum, words in (
        (-50.0, 900.0, 0.0, None),
        (-50.0, 900.0, -1600.0, "the lowest, normalised: -50"),
        (-50.0, -3.0, 0.0, f"never rises above min_return: {count} of {count}"),
        (0.0, 900.0, -1600.0, None),
    ):
        environments = tuple(replace(e, min_return=minimum) for e in ENVIRONMENTS)
        given = replace(own, extremes=np.tile([low, high], (count, 1)))
        found = [
            warning
            for warning in warnings(study_of(environments=environments), given)
            if warning.kind == "below min_return"
        ]
        if words is None:
            assert not found
        else:
            assert words in found[0].found
            assert len(found[0].places) == count


def of_fitted(
    study: Study, cells: Mapping[Setting, np.ndarray], **options: object
) -> tuple[StudyWarning, ...]:
    own = make_crossings(study, "ours", cells, **options)
    own = replace(own, seeds=np.full(len(own.settings), 8))
    data = {"ours": data_efficiency(own, study, Choices())}
    return find_warnings(study, {"ours": own}, None, data).warnings


def test_nothing_wrong_and_nothing_said() -> None:
    study = study_of()
    assert warnings(study, sweep(study)) == ()
    assert of_fitted(study, planted_cells(study, "ours")) == ()


def test_best_values_near_an_edge() -> None:
    """B* = 256·σ^-½ (·1.25): at σ = 8 it is 91 and 113."""
    cut = tuple(replace(e, batch_sizes=BATCHES[3:]) for e in ENVIRONMENTS)  # 128 …
    study = study_of(environments=cut)
    (found,) = warnings(study, sweep(study))
    assert (found.kind, found.parameter) == ("edge of the grid", "batch_size")
    half = np.sqrt(128 * 256)
    expected = {
        Place(env=e.name, utd=utd)
        for e in cut
        for utd in study.sweep_utds
        if best_batch_size(e.name, utd) < half
    }
    assert set(found.places) >= expected
    assert not [p for p in found.places if best_batch_size(p.env, p.utd) > 1.1 * half]
    assert f"{len(found.places)} of 8 (" in found.found
    assert "at the smallest value" in found.found
    assert "largest" not in found.found
    assert "run smaller B" in found.fix


def test_the_upper_edge_of_the_learning_rates() -> None:
    cut = tuple(replace(e, learning_rates=RATES[:4]) for e in ENVIRONMENTS)  # … 4e-4
    study = study_of(environments=cut)
    (found,) = warnings(study, sweep(study))
    assert (found.kind, found.parameter) == ("edge of the grid", "learning_rate")
    assert Place(env=ENV, utd=1.0) in found.places
    assert best_learning_rate(ENV, 1.0) > RATES[3]
    assert "run larger lr" in found.fix


def test_the_edge_is_that_of_the_values_run_at_the_utd() -> None:
    """A grid that is cut at one σ alone has its edge there."""
    study = study_of()
    cells = {
        s: steps
        for s, steps in planted_cells(study, "sweep").items()
        if s.env != ENV or s.utd != 8.0 or s.batch_size >= 128
    }
    found = {w.kind: w for w in warnings(study, sweep(study, cells))}
    assert found["edge of the grid"].places == (Place(env=ENV, utd=8.0),)


@pytest.mark.parametrize("left", [1, 2])
def test_few_competitors(left: int) -> None:
    study = study_of()
    gone = BATCHES[:-left] if left == 2 else BATCHES[:3] + BATCHES[4:]
    cells = {
        s: steps
        for s, steps in planted_cells(study, "sweep").items()
        if (s.env, s.utd, s.learning_rate) != (ENV, 2.0, RATES[3])
        or s.batch_size not in gone
    }
    own = sweep(study, cells)
    # Both axes together: other learning rates have competitors.
    assert "few competitors" not in {w.kind for w in warnings(study, own)}
    by_row = warnings(study, own, Choices(best_values="marginal"))
    everywhere = {
        s: c
        for s, c in planted_cells(study, "sweep").items()
        if (s.env, s.utd) != (ENV, 2.0) or s.batch_size not in gone
    }
    for each in (by_row, warnings(study, sweep(study, everywhere))):
        kinds = {(w.kind, w.parameter): w for w in each}
        found = kinds["few competitors", "batch_size"]
        assert found.places == (Place(env=ENV, utd=2.0),)
        assert ("1 of them without any" in found.found) == (left == 1)
        assert "was run: 1 of 8" in found.found


def test_one_value_on_an_axis() -> None:
    single = tuple(replace(e, learning_rates=RATES[3:4]) for e in ENVIRONMENTS)
    for environments, count in ((single, 2), ((single[0], ENVIRONMENTS[1]), 1)):
        study = study_of(environments=environments)
        (found,) = warnings(study, sweep(study))
        assert (found.kind, found.parameter) == ("one value", "learning_rate")
        assert len(found.places) == count
        assert ("pull the shared slope" in found.found) == (count == 1)


def test_holes_and_skipped_cells() -> None:
    study = study_of()
    own = sweep(study)
    gone = own.settings[7]
    (found,) = warnings(study, replace(own, missing=(gone,)))
    assert found.kind == "hole in the grid"
    assert found.places == (
        Place(gone.env, gone.utd, gone.batch_size, gone.learning_rate),
    )
    skipping = replace(ENVIRONMENTS[0], skipped=({"utd": 8.0, "batch_size": 2048},))
    study = study_of(environments=(skipping, ENVIRONMENTS[1]))
    cells = {s: c for s, c in planted_cells(study, "sweep").items() if s in study.grid}
    (found,) = warnings(study, sweep(study, cells))
    assert (found.kind, found.places) == ("skipped cells", (Place(env=ENV),))
    assert f"skips: {len(RATES)} of " in found.found


def test_holes_of_a_grid_that_is_not_declared() -> None:
    declared = study_of()
    cells = planted_cells(declared, "sweep")
    gone = sorted(cells)[9]
    del cells[gone]
    silent = tuple(replace(e, batch_sizes=(), learning_rates=()) for e in ENVIRONMENTS)
    study = study_of(environments=silent)
    (found,) = warnings(study, sweep(study, cells))
    assert found.kind == "hole in the grid"
    assert len(found.places) == 1
    assert found.places[0].batch_size == gone.batch_size


def test_undeclared_settings() -> None:
    study = study_of()
    extra = Setting(ENV, 3.0, 128, 4e-4)
    (found,) = warnings(study, replace(sweep(study), outside=(extra,)))
    assert found.kind == "undeclared setting"
    assert found.places == (Place(ENV, 3.0, 128, 4e-4),)
    assert "are left out" in found.found


def test_short_runs_of_a_sweep() -> None:
    """Below half of a competitor's data there is no vote; up to 90%, a warning."""
    study = study_of()
    cells = planted_cells(study, "sweep")
    for setting, share, votes in (
        (Setting(ENV, 1.0, 512, 4e-4), 0.05, False),
        (Setting(ENV, 4.0, 64, 4e-4), 0.7, True),
    ):
        own = dict(cells)
        rivals = [
            own[s][-1]
            for s in own
            if (s.env, s.utd) == (ENV, setting.utd)
            and s != setting
            and setting.learning_rate == s.learning_rate
        ]
        last = share * min(rivals)
        own[setting] = np.where(own[setting] <= last, own[setting], np.nan)
        found = warnings(study, sweep(study, own, last_steps={setting: last}))
        (short,) = [w for w in found if w.kind == "short run"]
        (place,) = short.places
        assert (place.utd, place.batch_size) == (setting.utd, setting.batch_size)
        assert ("they count as slower" in short.found) == votes
        assert ("there is no winner" in short.found) != votes


def test_runs_that_stop_at_their_top_level_are_not_short() -> None:
    """As in DMC, each ends a log point after it has reached everything."""
    study = study_of()
    cells = planted_cells(study, "sweep")
    last = {setting: steps[-1] + 1 for setting, steps in cells.items()}
    assert warnings(study, sweep(study, cells, last_steps=last)) == ()


def test_a_short_run_of_the_fitted_set() -> None:
    study = study_of()
    cells = planted_cells(study, "ours")
    setting = next(s for s in cells if s.env == ENV and s.utd == 4.0)
    cells[setting] = np.where(np.arange(6) < 2, cells[setting], np.nan)
    last = 1.01 * cells[setting][1]
    found = {w.kind: w for w in of_fitted(study, cells, last_steps={setting: last})}
    (place,) = found["short run"].places
    assert (place.env, place.utd) == (ENV, 4.0)
    # A run that trained long enough and never reached the level is not short.
    kinds = {w.kind for w in of_fitted(study, cells)}
    assert "short run" not in kinds
    assert "blocked level" in kinds


def test_the_run_that_blocks_a_level() -> None:
    study = study_of()
    cells = planted_cells(study, "ours")
    for setting in cells:
        if setting.env == ENV and setting.utd != 0.5:
            cells[setting] = np.where(np.arange(6) < 4, cells[setting], np.nan)
    (found,) = of_fitted(study, cells)
    assert found.kind == "blocked level"
    assert found.places == tuple(
        Place(env=ENV, utd=utd, level=700.0) for utd in (1.0, 2.0, 4.0, 8.0)
    )
    assert "J = 700, 800 over Synthetic1-v0 alone, of 2 environments" in found.found
    for setting in cells:
        if setting.utd < 4:
            cells[setting] = np.where(np.arange(6) < 5, cells[setting], np.nan)
        elif setting.env == ENV and setting.utd == 4:
            cells[setting] = planted_cells(study, "ours")[setting]
    (found,) = of_fitted(study, cells)
    assert "levels pooled without some UTD: 1 of 6" in found.found
    assert "no fit at J = 800" in found.found


def test_seeds() -> None:
    study = study_of()
    own = sweep(study)
    seeds = own.seeds.copy()
    seeds[3], seeds[5] = 2, 7
    found = {w.kind: w for w in warnings(study, replace(own, seeds=seeds))}
    assert set(found) == {"few seeds", "fewer seeds"}
    assert "the fewest: 2" in found["few seeds"].found
    assert "(7 of 8)" in found["fewer seeds"].found
    assert len(found["few seeds"].places) == len(found["fewer seeds"].places) == 1


def test_a_log_too_coarse() -> None:
    study = study_of()
    own = sweep(study)
    (found,) = warnings(study, replace(own, spacings=0.2 * own.steps))
    assert found.kind == "coarse log"
    assert found.found.endswith("the worst to 20%")
    assert warnings(study, replace(own, spacings=0.09 * own.steps)) == ()


def test_a_level_reached_at_step_0_is_known_to_no_log_interval() -> None:
    study = study_of()
    own = sweep(study)
    steps, spacings = own.steps.copy(), own.spacings.copy()
    decides = int(np.flatnonzero(study.deciding_levels)[0])
    steps[0, decides] = spacings[0, decides] = 0
    with np.errstate(all="raise"):
        (found,) = coarse_logs(replace(own, steps=steps, spacings=spacings), study)
    assert found.found.endswith("to 100%; reached at the first log point: 1")


def test_levels_reached_at_the_first_log_point() -> None:
    study = study_of()
    own = sweep(study)
    spacings = own.spacings.copy()
    decides = int(np.flatnonzero(study.deciding_levels)[0])
    spacings[0, decides] = own.steps[0, decides]
    (found,) = warnings(study, replace(own, spacings=spacings))
    assert "reached at the first log point: 1" in found.found
    setting = own.settings[0]
    level = own.levels[decides]
    assert found.places == (Place(env=setting.env, utd=setting.utd, level=level),)
    # A level that does not decide is not reported.
    spacings = own.spacings.copy()
    spacings[:, 0] = own.steps[:, 0]
    assert not study.deciding_levels[0]
    assert warnings(study, replace(own, spacings=spacings)) == ()


def test_levels_that_nothing_reaches() -> None:
    study = study_of()
    cells = planted_cells(study, "sweep")
    decides = np.flatnonzero(study.deciding_levels)
    for setting, steps in cells.items():
        if (setting.env, setting.utd) == (ENV, 8.0):
            cells[setting] = np.full_like(steps, np.nan)
        if (setting.env, setting.utd) == (ENV, 4.0):
            cells[setting] = np.where(np.arange(4) < decides[-1], steps, np.nan)
    (found,) = warnings(study, sweep(study, cells))
    assert found.kind == "undecided level"
    assert found.places == (
        Place(env=ENV, utd=4.0, level=study.sweep_levels[decides[-1]]),
        Place(env=ENV, utd=8.0, level=study.sweep_levels[decides[0]]),
    )
    assert "lr*: 2 of 8" in found.found
    assert "none at 1, without a best value" in found.found


def test_sets_without_archive_and_without_fit() -> None:
    study = study_of()
    own = sweep(study)
    found = find_warnings(study, {"sweep": own}, None, {}, absent=["ours"]).warnings
    assert [(w.kind, w.set_name) for w in found] == [
        ("absent archive", "ours"),
        ("no fit", "sweep"),
    ]
    assert "planted_ours.zip" in found[0].found


def test_every_kind_has_its_place_in_the_order() -> None:
    study = study_of()
    own = replace(sweep(study, seeds=2), outside=(Setting(ENV, 3.0, 1, 1.0),))
    kinds = [w.kind for w in warnings(study, own)]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert len(kinds) == 2
