"""Fits of D_J(σ): planted, pooled, with gaps, and held out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from planted_study import (
    DATA,
    FITTED_UTDS,
    RISE,
    make_crossings,
    make_study,
    planted_cells,
    size,
)

from value_scaling.records import (
    PUBLISHED,
    Choices,
    Crossings,
    DataEfficiency,
    HeldOut,
    PublishedFits,
    ScalingError,
    Setting,
    Study,
)
from value_scaling.workflow.data.published import published_data_efficiency
from value_scaling.workflow.data_efficiency import data_efficiency

DEFAULT = Choices()
TOP = 5
"""Index of the highest fitted level."""


def cells(study: Study, data: Callable[[str, float], float] | None = None) -> dict:
    """Return {setting: steps to each level}, by default exactly the planted law."""
    shares = (np.array(study.fitted_levels) / 1000) ** RISE
    found = {}
    for env in study.environment_names:
        for utd in FITTED_UTDS:
            unit = size(env) * float(DATA(utd)) if data is None else data(env, utd)
            found[Setting(env, utd, round(256 * utd**-0.5), 1e-3)] = unit * shares
    return found


def scattered(crossings: Crossings, *, replicates: int = 80) -> Crossings:
    """Return replicates that differ by a separate factor for each setting."""
    rng = np.random.default_rng(5)
    shape = (len(crossings.settings), replicates, 1)
    noise = np.exp(rng.normal(scale=0.1, size=shape))
    drawn = crossings.steps[:, None] * noise
    whole = np.where(np.isnan(drawn), -1, drawn).astype(np.int32)
    return replace(crossings, replicates=whole)


def without(given: dict, env: int, utd: float, levels: slice | list[int]) -> dict:
    """Return the same cells, but one run never reaches some levels."""
    changed = {}
    for setting, steps in given.items():
        gone = setting.env == f"Synthetic{env}-v0" and setting.utd == utd
        changed[setting] = steps.copy()
        if gone:
            changed[setting][levels] = np.nan
    return changed


def rows(found: DataEfficiency, kind: str) -> dict[str, HeldOut]:
    return {check.label: check for check in found.heldout if check.kind == kind}


def test_planted_laws_exactly() -> None:
    study = make_study()
    given = cells(study)
    found = data_efficiency(make_crossings(study, "ours", given), study, DEFAULT)
    shares = (found.levels / 1000) ** RISE
    # m_e = size_e·median(law·share), so that the pooled law is M/median times it.
    unit = float(np.median(np.outer(DATA(found.utds), shares)))
    np.testing.assert_allclose(
        found.environment_median, [size(env) * unit for env in found.environments]
    )
    assert found.median == pytest.approx(size("Synthetic1-v0") * unit)
    middle = size("Synthetic1-v0") * shares
    np.testing.assert_allclose(found.pooled.value, np.outer(DATA(found.utds), middle))
    for law, units in (
        (found.law, middle),
        (found.lower_law, middle),
        (found.upper_law, middle),
        (
            found.environment_laws,
            np.array([[size(env)] for env in found.environments]) * shares,
        ),
    ):
        np.testing.assert_allclose(law.value.exponent, DATA.exponent, rtol=1e-5)
        np.testing.assert_allclose(law.value.scale, DATA.scale * units, rtol=1e-5)
        np.testing.assert_allclose(
            law.value.asymptote, DATA.asymptote * units, rtol=1e-5
        )
    np.testing.assert_array_equal(found.utds, FITTED_UTDS)
    np.testing.assert_array_equal(found.unreached, 0)
    errors = [abs(float(check.error.value)) for check in found.heldout]
    assert max(errors) < 1e-4
    assert found.source == "archive"


def test_what_was_run_is_recorded() -> None:
    study = make_study(environments=1)
    found = data_efficiency(make_crossings(study, "ours", cells(study)), study, DEFAULT)
    np.testing.assert_array_equal(found.batch_sizes, [[362, 256, 181, 128, 91]])
    np.testing.assert_array_equal(found.learning_rates, [[1e-3] * 5])
    assert (found.study, found.set_name) == ("planted", "ours")


def test_a_cell_that_one_environment_misses() -> None:
    """Its pooled point is left out, and the fit uses the others."""
    study = make_study()
    given = without(cells(study), 1, 1.0, [TOP])
    found = data_efficiency(make_crossings(study, "ours", given), study, DEFAULT)
    gone = np.isnan(found.pooled.value)
    assert np.argwhere(gone).tolist() == [[1, TOP]]
    np.testing.assert_allclose(found.law.value.exponent, DATA.exponent, rtol=1e-4)
    assert found.unreached[1, 1, TOP] == 1
    assert found.unreached.sum() == 1
    # Nothing was left out that could not be predicted.
    assert len(rows(found, "largest utd")) == len(found.levels)


def test_a_setting_that_was_not_run_is_not_one_that_never_reached() -> None:
    study = make_study()
    given = cells(study)
    del given[next(s for s in given if s.env == "Synthetic0-v0" and s.utd == 8.0)]
    found = data_efficiency(make_crossings(study, "ours", given), study, DEFAULT)
    assert np.isnan(found.batch_sizes[0, -1])
    assert np.isnan(found.unreached[0, -1]).all()
    assert np.isnan(found.pooled.value[-1]).all()
    np.testing.assert_allclose(found.law.value.exponent, DATA.exponent, rtol=1e-4)
    # The own data that was run is still used, for that environment alone.
    assert np.isfinite(found.data.value[1:, -1]).all()


def test_intervals_come_from_the_replicates() -> None:
    study = make_study()
    crossings = scattered(make_crossings(study, "ours", cells(study)), replicates=400)
    found = data_efficiency(crossings, study, DEFAULT)
    row = crossings.settings.index(
        next(s for s in crossings.settings if s.utd == 2.0 and "1" in s.env)
    )
    low, high = np.quantile(crossings.replicates[row, :, 3], [0.025, 0.975])
    assert found.data.low[1, 2, 3] == pytest.approx(low)
    assert found.data.high[1, 2, 3] == pytest.approx(high)
    assert (found.pooled.low < found.pooled.value).all()
    assert (found.pooled.value < found.pooled.high).all()
    exponent = found.law.exponent
    assert (exponent.low < DATA.exponent).all()
    assert (DATA.exponent < exponent.high).all()
    # Three environments together have a narrower interval than one.
    wide = found.environment_laws.exponent
    assert (exponent.high - exponent.low < (wide.high - wide.low).max(axis=0)).all()
    # The law of one replicate is the fit to that replicate alone.
    single = replace(
        crossings,
        steps=crossings.replicates[:, 7].astype(float),
        replicates=crossings.replicates[:, 7:8],
    )
    alone = data_efficiency(single, study, DEFAULT).law.value
    np.testing.assert_allclose(
        found.law.replicates.exponent[7], alone.exponent, rtol=1e-9
    )


@pytest.mark.parametrize(("never", "known"), [(1, True), (20, False), (190, False)])
def test_a_draw_that_never_reaches_counts_among_the_largest(
    never: int, known: bool
) -> None:
    study = make_study()
    crossings = scattered(make_crossings(study, "ours", cells(study)), replicates=200)
    drawn = crossings.replicates.copy()
    drawn[0, :never, TOP] = -1
    found = data_efficiency(replace(crossings, replicates=drawn), study, DEFAULT)
    assert found.unreached[0, 0, TOP] == never / 200
    values = np.sort(np.where(drawn[0, :, TOP] < 0, np.inf, drawn[0, :, TOP]))
    # Position 0.025·199 = 4.975 from the bottom, the same from the top.
    low = values[4] + 0.975 * (values[5] - values[4])
    expected = low if never < 195 else np.nan
    assert found.data.low[0, 0, TOP] == pytest.approx(expected)
    for interval in (found.data.high[0, 0, TOP], found.pooled.high[0, TOP]):
        assert np.isfinite(interval) == known
    if known:
        high = values[194] + 0.025 * (values[195] - values[194])
        assert found.data.high[0, 0, TOP] == pytest.approx(high)
    assert np.isfinite(found.data.high[0, 0, :TOP]).all()
    assert np.isfinite(found.law.exponent.low).all()


def test_the_left_out_utd_sets_neither_the_fit_nor_a_scale() -> None:
    study = make_study()
    plain = cells(study)
    for at, kind in ((8.0, "largest utd"), (0.5, "smallest utd")):
        other = {
            s: steps * (30.0 if s.utd == at else 1.0) * (1 + 0.2 * (s.env[9] == "1"))
            for s, steps in plain.items()
        }
        # The factor 1.2 is for both, so that only the left-out data differ.
        same = {s: steps * (1 + 0.2 * (s.env[9] == "1")) for s, steps in plain.items()}
        before, after = (
            rows(
                data_efficiency(
                    scattered(make_crossings(study, "ours", given)), study, DEFAULT
                ),
                kind,
            )
            for given in (same, other)
        )
        assert len(before) == len(study.fitted_levels)
        for label, check in before.items():
            assert label.startswith(f"UTD {at:g}, J = ")
            assert after[label].predicted == check.predicted  # to the bit
            assert after[label].actual == pytest.approx(30 * check.actual)
            assert check.covered
            assert not after[label].covered
            assert after[label].error.high < -0.9


def test_larger_and_smaller_utds_are_predicted_from_the_other_side() -> None:
    study = make_study()  # split at 2: fits on ≤ 2 and on ≥ 1
    found = data_efficiency(make_crossings(study, "ours", cells(study)), study, DEFAULT)
    assert set(rows(found, "larger utd")) == {"UTD 4, J = 800", "UTD 8, J = 800"}
    assert set(rows(found, "smaller utd")) == {"UTD 0.5, J = 800"}
    check = rows(found, "larger utd")["UTD 8, J = 800"]
    assert check.predicted == pytest.approx(float(found.lower_law.value(8.0)[TOP]))
    assert check.actual == pytest.approx(found.pooled.value[-1, TOP])
    assert found.split_utd == 2


def test_an_environment_is_predicted_from_the_others_and_one_run_of_its_own() -> None:
    study = make_study()
    plain = cells(study)
    steep = {  # the last environment, but not at the anchor σ = 2
        s: steps * (2 / s.utd if s.env == "Synthetic2-v0" else 1.0)
        for s, steps in plain.items()
    }
    before, after = (
        rows(
            data_efficiency(make_crossings(study, "ours", given), study, DEFAULT),
            "environment",
        )
        for given in (plain, steep)
    )
    assert len(before) == 3 * (len(FITTED_UTDS) - 1)
    for label, check in before.items():
        if label.startswith("Synthetic2-v0"):
            assert after[label].predicted == check.predicted  # to the bit
            assert after[label].actual != check.actual
        else:
            assert after[label].predicted != check.predicted
            assert after[label].actual == check.actual
    # The shape of the others, through the own data at the anchor.
    label = "Synthetic2-v0, UTD 8, J = 800"
    own = plain[next(s for s in plain if s.env[9] == "2" and s.utd == 2.0)][TOP]
    expected = own * float(DATA(8.0)) / float(DATA(2.0))
    assert before[label].predicted == pytest.approx(expected, rel=1e-5)


def test_the_order_of_environments_changes_nothing_else() -> None:
    study = make_study()
    uneven = cells(
        study, lambda env, utd: size(env) * utd ** -(0.3 + 0.2 * int(env[9]))
    )
    crossings = scattered(make_crossings(study, "ours", uneven))
    turned = replace(study, environments=study.environments[::-1])
    one, other = (data_efficiency(crossings, s, DEFAULT) for s in (study, turned))
    assert other.environments == one.environments[::-1]
    np.testing.assert_array_equal(one.data.low[::-1], other.data.low)
    np.testing.assert_allclose(one.pooled.value, other.pooled.value, rtol=1e-12)
    np.testing.assert_allclose(
        one.law.value.exponent, other.law.value.exponent, rtol=1e-6
    )
    twins = {(c.kind, c.label): c for c in other.heldout}
    for check in one.heldout:
        twin = twins[check.kind, check.label]
        assert twin.predicted == pytest.approx(check.predicted, rel=1e-6)


def test_one_environment_is_its_own_pool() -> None:
    study = make_study(environments=1)
    crossings = scattered(make_crossings(study, "ours", cells(study)))
    found = data_efficiency(crossings, study, DEFAULT)
    np.testing.assert_allclose(found.pooled.value, found.data.value[0])
    np.testing.assert_allclose(found.pooled.low, found.data.low[0])
    assert rows(found, "environment") == {}
    assert len(rows(found, "largest utd")) == len(found.levels)


@pytest.mark.parametrize("utds", [(1.0, 4.0, 8.0), (4.0, 8.0, 16.0, 32.0)])
def test_no_check_where_too_little_is_left_to_fit(utds: tuple[float, ...]) -> None:
    """There are three σ, or all σ lie on one side of the split at 2."""
    study = make_study(environments=1)
    shares = np.array(study.fitted_levels) / 1000
    given = {
        Setting("Synthetic0-v0", u, 64, 1e-3): 1e5 * DATA(u) * shares for u in utds
    }
    found = data_efficiency(
        scattered(make_crossings(study, "ours", given)), study, DEFAULT
    )
    np.testing.assert_allclose(found.law.value.exponent, DATA.exponent, rtol=1e-3)
    assert np.isnan(found.lower_law.value.exponent).all()
    kinds = {check.kind for check in found.heldout}
    assert kinds == (set() if len(utds) == 3 else {"largest utd", "smallest utd"})
    assert all(np.isfinite(check.predicted) for check in found.heldout)


def test_fewer_than_three_utds() -> None:
    study = make_study()
    given = {s: steps for s, steps in cells(study).items() if s.utd > 2}
    with pytest.raises(ScalingError, match=r"planted ours.*2 UTD ratios.*at least 3"):
        data_efficiency(make_crossings(study, "ours", given), study, DEFAULT)


def test_two_settings_for_one_utd() -> None:
    study = make_study()
    given = planted_cells(study, "ours")
    first = next(iter(given))
    given[replace(first, batch_size=7)] = given[first]
    with pytest.raises(
        ScalingError, match=r"UTD 0.5.*more than one.*lr\).*keep one of"
    ):
        data_efficiency(make_crossings(study, "ours", given), study, DEFAULT)


def test_a_middle_takes_three_settings() -> None:
    study = make_study()
    given = planted_cells(study, "ours")
    first = next(iter(given))
    for batch_size, advice in ((7, "keep one of them$"), (9, "set middle_only = true")):
        given[replace(first, batch_size=batch_size)] = given[first]
        with pytest.raises(ScalingError, match=advice):
            data_efficiency(make_crossings(study, "ours", given), study, DEFAULT)


def test_a_negative_asymptote_is_kept_only_as_published() -> None:
    study = make_study(environments=1)
    # Almost a straight line in log σ: a free fit goes below zero.
    given = cells(study, lambda env, utd: 1e5 * (1.2 - 0.5 * np.log10(utd)))
    crossings = make_crossings(study, "ours", given)
    ours = data_efficiency(crossings, study, DEFAULT).law.value
    theirs = data_efficiency(crossings, study, PUBLISHED).law.value
    assert (theirs.asymptote < 0).all()
    assert (ours.asymptote == 0).all()


def test_levels_reached_before_the_first_step_do_not_warn() -> None:
    """Step 0 needs no data, so there is no scale and no fit, but no crash either."""
    study = make_study(environments=2)
    given = cells(study)
    zero = {s: steps * (s.env != "Synthetic0-v0") for s, steps in given.items()}
    found = data_efficiency(make_crossings(study, "ours", zero), study, DEFAULT)
    assert not np.isfinite(found.pooled.value).any()


# Published coefficients in the place of runs.


def published_study() -> Study:
    study = make_study(fitted_levels=(300.0, 500.0, 800.0))
    fits = PublishedFits(
        source="a table",
        data_scale=1000.0,
        data_coefficients=((0.5, 2.0, 3.0), (0.7, 4.0, 5.0), (0.9, 6.0, 7.0)),
        data_utds=(0.25, 1.0, 8.0),
    )
    return replace(study, published=fits)


def test_published_coefficients_are_laws_without_intervals() -> None:
    study = published_study()
    found = published_data_efficiency(study, "ours", PUBLISHED)
    assert found.source == "a table"
    assert found.median == 1000
    np.testing.assert_array_equal(found.utds, [0.25, 1, 8])
    for utd in (0.25, 3.0):
        expected = [
            1000 * (c + (utd / b) ** -a)
            for a, b, c in ((0.5, 2, 3), (0.7, 4, 5), (0.9, 6, 7))
        ]
        at = found.law.at(utd)
        np.testing.assert_allclose(at.value, expected)
        assert np.isnan(at.low).all()
    # β in env steps: 1000·(σ/b)^-a = (β/σ)^a.
    np.testing.assert_allclose(
        found.law.beta.value,
        [2 * 1000 ** (1 / 0.5), 4 * 1000 ** (1 / 0.7), 6 * 1000 ** (1 / 0.9)],
    )
    assert found.heldout == ()
    for unknown in (found.data.value, found.pooled.high, found.batch_sizes):
        assert np.isnan(unknown).all()
    assert found.data.value.shape == (3, 3, 3)
    assert np.isnan(found.environment_laws.value.scale).all()
    assert found.environment_laws.value.scale.shape == (3, 3)


def test_neither_runs_nor_coefficients() -> None:
    with pytest.raises(ScalingError, match=r"planted ours.*neither an archive"):
        published_data_efficiency(make_study(), "ours", DEFAULT)


def test_without_checks_the_law_and_the_data_are_the_same() -> None:
    study = make_study()
    crossings = make_crossings(study, "ours", cells(study))
    whole = data_efficiency(crossings, study, DEFAULT)
    bare = data_efficiency(crossings, study, DEFAULT, with_checks=False)
    np.testing.assert_array_equal(bare.law.value.exponent, whole.law.value.exponent)
    np.testing.assert_array_equal(bare.pooled.value, whole.pooled.value)
    assert whole.heldout and not bare.heldout
    assert np.isnan(bare.environment_laws.value.scale).all()
