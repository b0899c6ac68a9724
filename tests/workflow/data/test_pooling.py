"""Levels that a hard environment does not reach are pooled over the others."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from planted_study import (
    DATA,
    FITTED_UTDS,
    RISE,
    make_crossings,
    make_study,
    size,
)

from value_scaling.commands.console import as_text
from value_scaling.commands.text import terminal
from value_scaling.records import (
    Choices,
    Crossings,
    DataEfficiency,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.workflow.budget import budget
from value_scaling.workflow.data.pooling import find_blocks, pool, same_environments
from value_scaling.workflow.data_efficiency import data_efficiency

DEFAULT, EVERY = Choices(), Choices(pooling="every")
HARD = "Synthetic2-v0"
Never = Callable[[Setting, float], bool]
"""Function that says whether a setting never reaches a level."""


def crossings(
    study: Study, never: Never, *, replicates: int = 2, tilt: float = 0.0
) -> Crossings:
    """Return the exact planted law, with gaps where a level is never reached.

    `tilt` makes it steeper in σ at higher levels, so that the optimal σ moves.
    """
    shares = (np.array(study.fitted_levels) / 1000) ** RISE
    cells = {}
    for env, utd in product(study.environment_names, FITTED_UTDS):
        setting = Setting(env, utd, round(256 * utd**-0.5), 1e-3)
        gone = [never(setting, level) for level in study.fitted_levels]
        steeper = utd ** (-tilt * np.array(study.fitted_levels) / 100)
        steps = size(env) * float(DATA(utd)) * shares * steeper
        cells[setting] = np.where(gone, np.nan, steps)
    return make_crossings(study, "ours", cells, replicates=replicates)


def analysed(never: Never, choices: Choices = DEFAULT, **changes: object) -> tuple:
    study = make_study(**changes)
    return study, data_efficiency(crossings(study, never), study, choices)


def hard(setting: Setting, level: float) -> bool:
    return setting.env == HARD and level > 400


def expected(found: DataEfficiency) -> np.ndarray:
    """Return the planted data of the middle environment, [utds, levels]."""
    shares = (found.levels / 1000) ** RISE
    return size("Synthetic1-v0") * np.outer(DATA(found.utds), shares)


def test_a_hard_environment_costs_the_upper_levels_itself_alone() -> None:
    """The fit of the others is exact there, and on the scale of the lower levels."""
    _, found = analysed(hard)
    assert found.blocked == ()
    np.testing.assert_array_equal(
        found.pooled_over, [[True] * 6, [True] * 6, [True] * 2 + [False] * 4]
    )
    np.testing.assert_allclose(found.pooled.value, expected(found), rtol=1e-9)
    np.testing.assert_allclose(found.law.value.exponent, DATA.exponent, rtol=1e-4)
    text = "2 of 3 environments, without Synthetic2-v0"
    assert [found.set_words(j) for j in range(6)] == ["", "", *[text] * 4]
    assert found.smaller_sets() == {text: (500.0, 600.0, 700.0, 800.0)}
    # Medians over only the cells that it reaches would be those of easy levels.
    whole = analysed(lambda *_: False)[1]
    np.testing.assert_allclose(
        found.environment_median, whole.environment_median, rtol=1e-9
    )
    assert found.median == pytest.approx(whole.median)


def test_every_keeps_the_published_rule() -> None:
    _, found = analysed(hard, EVERY)
    assert found.pooled_over.all()
    assert [each.level for each in found.blocked] == [500, 600, 700, 800]
    assert np.isnan(found.pooled.value[:, 2:]).all()
    # There m_env of the hard environment is the median of levels 300 and 400.
    assert (
        found.environment_median[2]
        < size(HARD) / size("Synthetic1-v0") * (found.environment_median[1])
    )


def test_the_choice_changes_nothing_where_all_is_reached() -> None:
    study = make_study()
    own = crossings(study, lambda *_: False)
    rng = np.random.default_rng(0)
    drawn = own.replicates * rng.uniform(0.5, 2, size=own.replicates.shape)
    drawn[:, 1, -1] = -1  # one draw reaches the top level nowhere
    own = replace(own, replicates=drawn.astype(np.int32))
    one, other = (data_efficiency(own, study, c) for c in (DEFAULT, EVERY))
    for name in ("environment_median", "median"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for part in ("value", "low", "high"):
        np.testing.assert_array_equal(
            getattr(one.pooled, part), getattr(other.pooled, part)
        )
    np.testing.assert_array_equal(
        one.law.replicates.exponent, other.law.replicates.exponent
    )
    assert [str(c) for c in one.heldout] == [str(c) for c in other.heldout]


def test_a_gap_at_one_utd_costs_that_utd_where_it_loses_fewer_runs() -> None:
    """Of 3 environments and 5 UTDs: 12 runs are left, rather than 10."""
    _, found = analysed(lambda s, level: s.env == HARD and s.utd == 0.5 and level > 700)
    assert found.pooled_over.all()
    gone = np.isnan(found.pooled.value)
    assert np.argwhere(gone).tolist() == [[0, 5]]
    np.testing.assert_allclose(found.pooled.value[~gone], expected(found)[~gone])
    np.testing.assert_allclose(found.law.value.exponent, DATA.exponent, rtol=1e-4)


def test_gaps_at_two_utds_cost_the_environment() -> None:
    """10 runs of two environments, rather than 9 at three UTDs."""
    _, found = analysed(lambda s, level: s.env == HARD and s.utd < 2 and level > 700)
    np.testing.assert_array_equal(found.pooled_over[2], [True] * 5 + [False])
    np.testing.assert_allclose(found.pooled.value, expected(found), rtol=1e-9)


def test_the_environment_that_is_left_is_not_called_a_pool() -> None:
    _, found = analysed(lambda s, level: s.env != HARD and level > 700)
    assert found.members(5) == (HARD,)
    assert found.set_words(5) == "Synthetic2-v0 alone, of 3 environments"
    np.testing.assert_allclose(found.pooled.value, expected(found), rtol=1e-9)


def test_a_level_that_nothing_reaches_says_so() -> None:
    _, found = analysed(lambda s, level: level > 700)
    (blocked,) = found.blocked
    assert blocked.level == 800
    assert blocked.words().startswith("no UTD reaches J = 800 in Synthetic0-v0")
    assert found.members(5) == ()
    assert np.isnan(found.pooled.value[:, 5]).all()
    assert found.set_words(5) == ""


def test_too_few_utds_in_every_environment() -> None:
    _, found = analysed(lambda s, level: level > 700 and s.utd < 4)
    (blocked,) = found.blocked
    assert "only two UTDs reach J = 800 in Synthetic0-v0" in blocked.words()
    assert np.isfinite(found.pooled.value[-2:, 5]).all()


def test_an_environment_that_reaches_nothing_is_left_out() -> None:
    study, found = analysed(lambda s, level: s.env == HARD)
    assert not found.pooled_over[2].any()
    assert np.isnan(found.environment_median[2])
    np.testing.assert_allclose(found.law.value.exponent, DATA.exponent, rtol=1e-4)
    with pytest.raises(ScalingError, match=r"Synthetic2-v0.*J = 300.*leave this"):
        data_efficiency(crossings(study, lambda s, _: s.env == HARD), study, EVERY)
    with pytest.raises(ScalingError, match=r"Synthetic0-v0.*no run that reaches any"):
        data_efficiency(crossings(study, lambda *_: True), study, DEFAULT)


def test_draws_keep_the_set_of_the_means() -> None:
    """A draw is of the same tasks even if the hard environment does reach J in it.

    If a member does not reach J in a draw, it is missing there.
    """
    study = make_study()
    own = crossings(study, hard, replicates=200)
    drawn = own.replicates.copy()
    for i, setting in enumerate(own.settings):
        if setting.env == HARD:
            drawn[i, ::2, 2:] = 10**9
        if (setting.env, setting.utd) == ("Synthetic0-v0", 8.0):
            drawn[i, :20, 5] = -1
    found = data_efficiency(replace(own, replicates=drawn), study, DEFAULT)
    # The scale of Synthetic0 is a median over one cell less in a tenth of the draws.
    np.testing.assert_allclose(found.pooled.high[:4], expected(found)[:4], rtol=0.03)
    np.testing.assert_allclose(found.law.exponent.low, DATA.exponent, rtol=1e-2)
    np.testing.assert_allclose(found.law.exponent.high, DATA.exponent, rtol=1e-2)
    assert np.isnan(found.pooled.high[4, 5])
    assert np.isfinite(found.pooled.value).all()


def test_an_environment_is_predicted_from_others_that_reach_the_level() -> None:
    _, found = analysed(hard, environments=4)
    top = [c for c in found.heldout if c.kind == "environment"]
    errors = {c.label: float(c.error.value) for c in top}
    assert len(errors) == 4 * (len(FITTED_UTDS) - 1)
    for label, error in errors.items():
        if label.startswith(HARD):
            assert np.isnan(error)  # it has no data to compare with
        else:
            assert abs(error) < 1e-4


def test_laws_along_the_budget_join_levels_of_one_set() -> None:
    study = make_study(fitted_levels=tuple(np.arange(300.0, 801.0, 50.0)), delta=2e8)
    efficiency = data_efficiency(crossings(study, hard, tilt=0.02), study, DEFAULT)
    found = budget(efficiency, study, DEFAULT, fitted_batch=None)
    np.testing.assert_array_equal(found.comparable, study_levels(study) > 400)
    held = study_levels(study) >= 750
    np.testing.assert_array_equal(found.fitted, (study_levels(study) > 400) & ~held)
    np.testing.assert_array_equal(found.held_out, held)
    assert {c.label for c in found.heldout} == {"J = 750", "J = 800"}
    # The fit uses only the levels over these two environments.
    easy = replace(study, fitted_levels=tuple(study_levels(study)[3:]))
    alone = budget(
        data_efficiency(crossings(easy, hard, tilt=0.02), easy, DEFAULT),
        easy,
        DEFAULT,
        fitted_batch=None,
    )
    assert alone.comparable.all()
    assert not found.unidentified
    assert float(found.utd_law.value.exponent) == pytest.approx(
        float(alone.utd_law.value.exponent), rel=1e-5
    )
    few = make_study()
    efficiency = data_efficiency(crossings(few, hard), few, DEFAULT)
    told = budget(efficiency, few, DEFAULT, fitted_batch=None).unidentified
    assert "2 more are of other environments" in told


def study_levels(study: Study) -> np.ndarray:
    return np.array(study.fitted_levels)


def test_the_set_that_most_levels_share() -> None:
    members = np.array([[1, 1, 1, 1, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0]], dtype=bool)
    has = np.array([True] * 4 + [False])
    # Two sets of two levels: the larger set.
    assert same_environments(members, has).tolist() == [1, 1, 0, 0, 0]
    assert same_environments(members[:, 1:], has[1:]).tolist() == [0, 1, 1, 0]
    assert same_environments(members, np.zeros(5, dtype=bool)).all()


@pytest.mark.parametrize("seed", range(30))
def test_a_block_is_the_largest_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reached = rng.random((5, 6, 1)) < rng.uniform(0.3, 1)
    found = find_blocks(reached, every=False)
    members, at = found.members[:, 0], found.utds_of_levels[:, 0]
    assert reached[members][:, at].all()
    best = 0
    for chosen in product([False, True], repeat=6):
        utds = np.array(chosen)
        if utds.sum() >= 3:
            best = max(best, utds.sum() * reached[:, utds, 0].all(axis=1).sum())
    if best:
        assert at.sum() >= 3
        assert members.sum() * at.sum() == best
    else:
        assert at.sum() * bool(members.any()) < 3


def test_one_more_utd_of_one_environment_does_not_drop_the_others() -> None:
    reached = np.ones((4, 6, 1), dtype=bool)
    reached[1:, 5] = False  # not run
    found = find_blocks(reached, every=False)
    assert found.members.all()
    assert found.utds_of_levels[:, 0].tolist() == [True] * 5 + [False]


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_pool_of_every_environment_is_a_loop(gaps: float) -> None:
    rng = np.random.default_rng(2)
    data = rng.lognormal(sigma=1.0, size=(6, 4, 5, 3))
    data[rng.random(data.shape) < gaps] = np.nan
    keep = np.array([True, True, False, True, False])
    blocks = find_blocks(np.isfinite(data[0]), every=True)
    for seen in (None, keep):
        found = pool(data, blocks, seen)
        for r in range(len(data)):
            medians = []
            for e in range(4):
                values = [
                    data[r, e, u, j]
                    for u in range(5)
                    for j in range(3)
                    if (seen is None or seen[u]) and not np.isnan(data[r, e, u, j])
                ]
                medians.append(np.median(values))
            np.testing.assert_allclose(found.environment_median[r], medians)
            unit = np.median(medians)
            assert found.median[r] == pytest.approx(unit)
            for u in range(5):
                for j in range(3):
                    parts = [data[r, e, u, j] / medians[e] for e in range(4)]
                    wanted = unit * sum(parts) / 4  # NaN if any is
                    np.testing.assert_allclose(found.data[r, u, j], wanted)


def test_the_terminal_names_the_set() -> None:
    _, found = analysed(hard)
    text = as_text(*terminal.data_efficiency(found))
    assert (
        "  pooled over 2 of 3 environments, without Synthetic2-v0, at J = 500, 600, "
        "700, 800"
    ) in text
