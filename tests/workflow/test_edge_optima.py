"""An optimum at an end of the range of σ is a bound, not an optimum."""

from dataclasses import replace

import numpy as np
import pytest
from test_budget import ALPHAS, MIDDLE, efficiency, run, study_of

from value_scaling.commands.console import as_text
from value_scaling.commands.text import terminal
from value_scaling.records import PUBLISHED, Budget, Choices
from value_scaling.workflow.data.identifiable import identifiable, why_not

DEFAULT = Choices()
COUNTED = Choices(edge_optima="counted")
STAR = MIDDLE * np.array(ALPHAS) / (1 - np.array(ALPHAS))
"""σ* of each level in `study_of`; the runs are at σ from 0.5 to 8."""
LAWS = ("utd_law", "data_law", "compute_law", "exchange_law")


def found(*, times: float, held_out_levels: int, choices: Choices = DEFAULT) -> Budget:
    """Return the planted budget with δ, and so every σ*, `times` as large."""
    plain = study_of(held_out_levels=held_out_levels)
    study = replace(plain, delta=plain.delta * times)
    return run(efficiency(plain, spread=0.01), study, choices)


def test_bounds_take_no_part_in_the_laws() -> None:
    """The fifth of five fitted levels has its optimum beyond the largest σ."""
    times = 4.3
    assert (STAR[:4] * times < 8).all()
    assert STAR[4] * times > 8
    one = found(times=times, held_out_levels=1)
    np.testing.assert_array_equal(one.at_edge, [False] * 4 + [True] * 2)
    slope = np.polyfit(np.log(one.budget.value[:4]), np.log(STAR[:4] * times), 1)[0]
    assert one.utd_law.value.exponent == pytest.approx(slope, rel=1e-3)
    counted = found(times=times, held_out_levels=1, choices=COUNTED)
    assert abs(counted.utd_law.value.exponent / slope - 1) > 0.05  # bent by the bound
    for name in LAWS:
        one_law, other = getattr(one, name), getattr(counted, name)
        assert one_law.status_of() == "converged"
        assert one_law.value.exponent != other.value.exponent
    assert one.utd_law.exponent.low < slope < one.utd_law.exponent.high


def test_every_draw_follows_the_rule() -> None:
    """A draw whose fourth optimum is a bound too identifies no fit."""
    one = found(times=4.8, held_out_levels=1)  # the fourth lies at 7.9
    drawn = np.isfinite(one.utd_law.replicates.exponent)
    assert 0 < drawn.sum() < len(drawn)
    np.testing.assert_array_equal(
        drawn, np.isfinite(one.exchange_law.replicates.exponent)
    )


@pytest.mark.parametrize("times", [1e-3, 1e3])
def test_bounds_are_no_hits(times: float) -> None:
    """If bounds counted, all optima on one σ would be predicted with an error of 0%."""
    counted = found(times=times, held_out_levels=2, choices=COUNTED)
    assert all(check.covered for check in counted.heldout)  # as published
    one = found(times=times, held_out_levels=2)
    assert {check.status for check in one.heldout} == {"at a bound"}
    assert not any(check.covered or check.counts for check in one.heldout)
    assert all(np.isnan(check.error.value) for check in one.heldout)
    for name in LAWS:
        law = getattr(one, name)
        assert law.status_of() == "not identifiable"
        assert np.isnan(law.value.exponent)
        assert np.isnan(law.exponent.low)
    assert one.unidentified == (
        "0 of the 4 optima to fit on lie inside the range of UTDs that was run, and a "
        "fit needs 4"
    )
    told = as_text(*terminal.budget(one))
    assert "not identifiable: 0 of the 4 optima" in told
    assert "no check: the optima of J = 700, 800 are bounds" in told
    assert "0%" not in told
    assert "F^" not in told


def test_four_optima_over_a_factor_of_one_and_a_half() -> None:
    budget = np.array([1.0, 1.2, 1.4, 1.6, 9.0])
    inside = np.array([True] * 4 + [False])
    assert identifiable(budget, inside)
    assert not identifiable(budget, inside & (budget > 1))
    narrow = np.array([1.0, 1.2, 1.3, 1.4, 9.0])
    assert not identifiable(narrow, inside)
    gone = np.where(budget == 1.2, np.nan, budget)
    np.testing.assert_array_equal(
        identifiable(np.stack([budget, narrow, gone]), inside), [True, False, False]
    )
    everything = np.ones(5, dtype=bool)
    assert why_not(budget, inside, everything, 1.0) == ""
    assert why_not(budget, inside, everything, np.nan) == ""
    assert why_not(narrow, inside, everything, 1.0) == (
        "the budgets of the optima to fit on span a factor of 1.40, and a fit needs 1.5"
    )
    assert why_not(budget, inside, everything, 0.3).startswith("only 30% of the boot")


def test_published_choices_count_them() -> None:
    assert PUBLISHED.edge_optima == "counted"
    assert Choices().edge_optima == "censored"
