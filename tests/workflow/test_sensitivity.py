"""The effects of δ, N, J and the choices, on laws with a known change of sign."""

from dataclasses import replace
from math import prod

import numpy as np
import pytest
from planted_study import FITTED_UTDS, make_study
from test_choices import level_study, ours, sweep

from value_scaling.records import (
    PUBLISHED,
    VARIANTS,
    Choices,
    DataEfficiency,
    FittedLaw,
    PowerLaw,
    PublishedFits,
    Study,
    combinations,
    estimate,
    words_of,
)
from value_scaling.records.stages.sensitivity import (
    ACCOUNTINGS,
    Conclusion,
    Multiverse,
    Sensitivity,
    SensitivityScan,
    SetSensitivity,
    Shift,
)
from value_scaling.workflow.budget import budget
from value_scaling.workflow.choices import StudyCrossings
from value_scaling.workflow.data.published import published_data_efficiency
from value_scaling.workflow.data_efficiency import data_efficiency
from value_scaling.workflow.hyperparameters import hyperparameters
from value_scaling.workflow.sensitivity import Records, sensitivity

STAR, PRICE = 2.0, 2.0
"""σ* of every level if δ = PRICE·10·N·B."""
ALPHAS = np.linspace(0.6, 1.1, 6)
UNITS = np.arange(1.0, 7.0)
BATCH = FittedLaw.without_interval(PowerLaw(np.array(100.0), np.array(0.0)))
TURN = PRICE * 10 * 1e5 * 100
"""δ at which σ* is equal for all budgets, so that the exponent is zero."""
NOTHING = StudyCrossings({}, {})


def turning_study() -> Study:
    """Return a study with D_J = unit·(r + σ^-α).

    The optimum solves r·σ^(α+1) = (α−1)·σ + α·δ/(10·N·B), and r is chosen so that it is
    `STAR` at every level if δ is `TURN`.
    """
    r = ((ALPHAS - 1) * STAR + ALPHAS * PRICE) / STAR ** (ALPHAS + 1)
    table = tuple(
        (float(a), float(unit ** (1 / a)), float(unit * own))
        for a, unit, own in zip(ALPHAS, UNITS, r, strict=True)
    )
    fits = PublishedFits(
        "s", data_scale=1e5, data_coefficients=table, data_utds=FITTED_UTDS
    )
    return make_study(delta=3e8, model_size=1e5, published=fits)


def with_draws(given: DataEfficiency) -> DataEfficiency:
    """Return draws whose asymptotes scatter by a tenth, equally at all levels."""
    factor = np.linspace(0.9, 1.1, 40)[:, None]
    law = given.law.value
    drawn = PowerLaw(law.scale * factor**0, law.exponent, law.asymptote * factor)
    return replace(given, law=FittedLaw(law, drawn))


def of_turning(study: Study) -> SetSensitivity:
    given = with_draws(published_data_efficiency(study, "ours", Choices()))
    theirs = published_data_efficiency(study, "ours", PUBLISHED)
    records = [
        Records(
            data={"ours": data},
            budget={"ours": budget(data, study, data.choices, fitted_batch=BATCH)},
        )
        for data in (given, theirs)
    ]
    return sensitivity(study, NOTHING, *records).sets["ours"]


@pytest.fixture(scope="module")
def turning() -> SetSensitivity:
    return of_turning(turning_study())


def test_the_sign_changes_where_it_was_planted(turning: SetSensitivity) -> None:
    deltas = turning.deltas
    assert len(deltas.values) == 41
    np.testing.assert_allclose(deltas.values[[0, -1]], [3e6, 3e10])
    (change,) = deltas.sign_changes()
    assert change == pytest.approx(TURN, rel=0.02)
    near = deltas.converged & (np.abs(np.log10(deltas.values / TURN)) < 0.5)
    assert near.sum() >= 9
    sides = np.sign(deltas.exponent.value[near]) * np.sign(deltas.values[near] - TURN)
    assert abs(sides.sum()) == near.sum()


def test_the_study_s_own_delta_is_a_row_that_equals_its_record(
    turning: SetSensitivity,
) -> None:
    study = turning_study()
    given = with_draws(published_data_efficiency(study, "ours", Choices()))
    own = budget(given, study, Choices(), fitted_batch=BATCH)
    row = 20
    assert turning.deltas.values[row] == turning.delta == study.delta
    for part in ("value", "low", "high"):
        for found, record in (
            (turning.deltas.exponent, own.utd_law.exponent),
            (turning.lowest.exponent, own.utd_law.exponent),
            (turning.highest.exponent, own.utd_law.exponent),
        ):
            at = row if found is turning.deltas.exponent else 0
            assert getattr(found, part)[at] == float(getattr(record, part))
        star = getattr(turning.deltas.utd_star, part)
        assert star[row] == getattr(own.utd_star, part)[-1]


@pytest.mark.parametrize("steps", [-5, 3])
def test_a_factor_on_n_does_what_its_inverse_does_to_delta(
    steps: int, turning: SetSensitivity
) -> None:
    factor = 10 ** (-steps / 10)
    study = replace(turning_study(), model_size=1e5 * factor)
    larger, row = of_turning(study).deltas, 20 + steps
    for name in ("exponent", "utd_star"):
        one, two = getattr(larger, name), getattr(turning.deltas, name)
        for part in ("value", "low", "high"):
            np.testing.assert_allclose(
                getattr(one, part)[20], getattr(two, part)[row], rtol=1e-6
            )


def test_what_an_update_counts_is_delta_over_the_factor(
    turning: SetSensitivity,
) -> None:
    counts = turning.accountings
    assert counts.labels == tuple(ACCOUNTINGS)
    np.testing.assert_allclose(
        counts.values * np.array(list(ACCOUNTINGS.values())), turning.delta
    )
    stated = counts.labels.index("10N: as stated")
    assert counts.exponent.value[stated] == turning.deltas.exponent.value[20]


def test_where_most_optima_are_bounds_there_is_no_exponent_but_a_counted_one(
    turning: SetSensitivity,
) -> None:
    deltas = turning.deltas
    assert not deltas.converged[-1]
    assert deltas.at_edge[-1]
    assert np.isnan(deltas.exponent.value[-1])
    assert np.isfinite(deltas.counted).all()
    known = deltas.converged
    np.testing.assert_array_equal(np.isfinite(deltas.exponent.value), known)
    # Counting bounds changes nothing where there are none.
    assert deltas.counted[20] == pytest.approx(deltas.exponent.value[20])
    assert np.isfinite(turning.published).all()


def test_levels_are_left_out_of_the_law_alone(turning: SetSensitivity) -> None:
    """Six levels, of which two are held out, leave four, the least for a fit."""
    assert turning.lowest.labels == turning.highest.labels == ("300 to 600",)
    eight = replace(turning_study(), held_out_levels=0)
    found = of_turning(eight)
    assert found.lowest.labels == ("300 to 800", "400 to 800", "500 to 800")
    assert found.highest.labels == ("300 to 800", "300 to 700", "300 to 600")
    given = published_data_efficiency(eight, "ours", Choices())
    own = budget(given, eight, Choices(), fitted_batch=BATCH)
    total, star = np.log(own.budget.value), np.log(own.utd_star.value)
    for k in range(3):
        for rows, kept in (
            (found.lowest, slice(k, None)),
            (found.highest, slice(0, 6 - k)),
        ):
            slope = np.polyfit(total[kept], star[kept], 1)[0]
            assert rows.exponent.value[k] == pytest.approx(slope, rel=1e-6)


def test_signs_of_rounding_are_no_signs() -> None:
    tiny = SensitivityScan(
        labels=("",) * 4,
        values=np.array([1.0, 10.0, 100.0, 1000.0]),
        exponent=estimate(np.array([0.2, -1e-9, 1e-9, -0.2]), np.empty(0)),
        status=np.zeros(4, dtype=np.int8),
        counted=np.zeros(4),
        utd_star=estimate(np.ones(4), np.empty(0)),
        at_edge=np.zeros(4, dtype=bool),
    )
    assert tiny.sign_changes() == ()
    turned = replace(tiny, exponent=estimate(np.array([0.2, -0.2, 0, 0]), np.empty(0)))
    assert turned.sign_changes() == pytest.approx((10**0.5,))
    gap = replace(tiny, exponent=estimate(np.array([1, np.nan, -1, -1]), np.empty(0)))
    assert gap.sign_changes() == ()


# ------------------------------------------------------------- every combination


def test_the_combinations_are_the_product_of_the_words() -> None:
    everything = combinations()
    assert len(everything) == prod(len(words) for words in words_of().values())
    assert len({*everything}) == len(everything)
    assert {Choices(), PUBLISHED} <= {*everything}


def of_choices() -> tuple[Study, StudyCrossings, dict[str, Records], Sensitivity]:
    study = level_study()
    crossings = {"sweep": sweep(study), "ours": ours(study)}
    records = {}
    for variant, choices in VARIANTS.items():
        first = hyperparameters(crossings["sweep"], study, choices)
        data = data_efficiency(crossings["ours"], study, choices)
        third = budget(data, study, choices, fitted_batch=first.batch_law())
        records[variant] = Records(first, {"ours": data}, {"ours": third})
    both = StudyCrossings(crossings, crossings)
    found = sensitivity(study, both, records["default"], records["published"])
    return study, both, records, found


@pytest.fixture(scope="module")
def combined() -> tuple[Study, StudyCrossings, dict[str, Records], Sensitivity]:
    return of_choices()


def numbers(records: Records) -> dict[str, float]:
    first = records.hyperparameters
    data, third = records.data["ours"], records.budget["ours"]
    assert first is not None
    known = data.law.converged[-1]
    return {
        "batch size exponent": float(first.batch_size.shared.value.exponent[0]),
        "learning rate exponent": float(first.learning_rate.shared.value.exponent[0]),
        "alpha of D_J at the top level": float(data.law.value.alpha[-1])
        if known
        else np.nan,
        "exponent of sigma*(F)": float(third.utd_law.value.exponent),
    }


def test_default_and_published_are_the_records_to_the_bit(combined: tuple) -> None:
    _, _, records, found = combined
    everything = combinations()
    assert found.multiverse.count == len(everything)
    assert found.multiverse.words == words_of()
    for variant, choices in VARIANTS.items():
        row, wanted = everything.index(choices), numbers(records[variant])
        for one in found.multiverse.conclusions:
            np.testing.assert_array_equal(one.values[row], wanted[one.name])
            np.testing.assert_array_equal(getattr(one, variant).value, wanted[one.name])


@pytest.mark.parametrize("step", [1, 411, 1000, 1531, 2047, 3001])
def test_a_combination_is_what_its_stages_give(step: int, combined: tuple) -> None:
    """This also holds for stages kept from another combination.

    The planted draws are all the same, so fewer of them are as good.
    """
    study, crossings, _, found = combined
    everything = combinations()
    choices = everything[step % len(everything)]
    first = hyperparameters(crossings.reach["sweep"], study, choices)
    data = data_efficiency(crossings.reach["ours"], study, choices)
    third = budget(data, study, choices, fitted_batch=first.batch_law())
    wanted = numbers(Records(first, {"ours": data}, {"ours": third}))
    for one in found.multiverse.conclusions:
        value = one.values[step % len(everything)]
        np.testing.assert_array_equal(value, wanted[one.name])


def test_which_choice_moves_a_conclusion_most() -> None:
    words = {"a": ("x", "y"), "b": ("x", "y", "z")}
    values = np.array([[0.1, 0.2, np.nan], [-0.4, 0.3, 0.5]])
    one = Conclusion(
        "n", "sweep", *(estimate(np.array(0.1), np.empty(0)),) * 2, values.ravel()
    )
    found = Multiverse(words, (one,), 1, 1)
    assert found.count == 6
    assert (one.negative, one.positive, one.unknown) == (1, 4, 1)
    assert one.changes_sign
    assert one.range == (-0.4, 0.5)
    a, b = found.shifts(one)
    assert a == Shift("a", pytest.approx(0.3), 1, 2)  # 0.5 and 0.1
    assert b == Shift("b", pytest.approx(0.5), 1, 2)  # 0.1 and 0.9
    assert found.largest_shift(one) == b
    flat = replace(one, values=np.full(6, 0.3))
    assert found.largest_shift(flat) is None
    unknown = replace(one, values=np.full(6, np.nan))
    assert found.largest_shift(unknown) is None
    assert np.isnan(unknown.range).all()


def test_levels_that_decide_alone(combined: tuple) -> None:
    study, crossings, _, found = combined
    levels = found.levels
    assert levels is not None
    np.testing.assert_array_equal(levels.levels, study.sweep_levels)
    np.testing.assert_array_equal(levels.deciding, study.deciding_levels)
    for row, level in enumerate(study.sweep_levels):
        own = hyperparameters(
            crossings.reach["sweep"], replace(study, decided_at=(level,)), Choices()
        )
        exponent = own.batch_size.shared.value.exponent[0]
        assert levels.batch_size.value[row] == exponent


def test_a_study_without_a_sweep_has_the_rest() -> None:
    study, crossings, records, _ = of_choices()
    alone = StudyCrossings(*({"ours": crossings.reach["ours"]},) * 2)
    without = {v: replace(r, hyperparameters=None) for v, r in records.items()}
    found = sensitivity(study, alone, without["default"], without["published"])
    assert found.levels is None
    names = [one.name for one in found.multiverse.conclusions]
    assert names == ["alpha of D_J at the top level", "exponent of sigma*(F)"]
    law = found.multiverse.conclusions[1]
    fitted = [c.batch_in_compute == "fitted" for c in combinations()]
    others = np.array(fitted) & np.array([c != PUBLISHED for c in combinations()])
    assert np.isnan(law.values[others]).all()  # B*(σ) is not known
