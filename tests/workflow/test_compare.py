"""Fresh runs compared with published ones, with planted differences."""

from dataclasses import replace

import numpy as np
import pytest
from planted_study import make_runs, make_study

from value_scaling.records import Curves, Runs, Study
from value_scaling.records.stages.comparison import Comparison
from value_scaling.workflow.compare import compare

SETS = ("sweep", "ours", "baseline")
SEEDS = 8


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study(environments=2)


@pytest.fixture(scope="module")
def runs(study: Study) -> dict[str, Runs]:
    return {name: make_runs(study, name, seeds=SEEDS) for name in SETS}


def changed(runs: Runs, *, slower: float = 1.0, until: float = np.inf) -> Runs:
    """Return the same curves, stretched over more steps, and cut."""

    def change(curve: Curves) -> Curves:
        steps = np.ceil(curve.steps * slower)
        keep = steps <= until * curve.steps[-1]
        return replace(curve, steps=steps[keep], returns=curve.returns[keep])

    return replace(runs, curves=tuple(change(curve) for curve in runs.curves))


def compared(
    study: Study, published: dict[str, Runs], fresh: dict[str, Runs]
) -> Comparison:
    return compare(
        (study, published), (study, fresh), sweep_replicates=60, replicates=200
    )


def test_equal_runs_are_equal_and_their_seeds_drawn_apart(
    study: Study, runs: dict[str, Runs]
) -> None:
    found = compared(study, runs, runs)
    assert found.notes == ()
    assert [one.set_name for one in found.sets] == list(SETS)
    for one in found.sets:
        assert one.only_published == one.only_fresh == 0
        reached = one.both_reach
        assert reached.mean() > 0.9
        assert (one.ratio.value[reached] == 1).all()
        assert one.agrees[reached].all()
        assert (one.difference.value == 0).all()
        assert one.same_return.all()
        # If the same seeds were drawn for both, the intervals would have no width.
        assert np.nanmedian(one.ratio.high / one.ratio.low) > 1.1
    for law in found.laws:
        assert law.published is not None
        assert law.fresh is not None
        np.testing.assert_allclose(law.published.value, law.fresh.value, rtol=0.1)
    assert any(law.quantity == "exponent of σ*(F)" for law in found.laws)


@pytest.mark.parametrize(("slower", "seen"), [(1.25, False), (2.5, True)])
def test_slower_learning_is_measured(
    slower: float, seen: bool, study: Study, runs: dict[str, Runs]
) -> None:
    """Seeds differ by up to a fifth here, so a quarter is within their noise."""
    fresh = {"ours": changed(runs["ours"], slower=slower)}
    (one,) = compared(study, {"ours": runs["ours"]}, fresh).sets
    ratios = one.ratio.value[one.both_reach]
    assert len(ratios) > 5
    assert np.median(ratios) == pytest.approx(slower, rel=0.05)
    if seen:
        assert not one.agrees[one.both_reach].any()


def test_a_shorter_run_is_compared_as_far_as_it_goes(
    study: Study, runs: dict[str, Runs]
) -> None:
    whole, half = runs["ours"], changed(runs["ours"], until=0.5)
    (one,) = compared(study, {"ours": whole}, {"ours": half}).sets
    ends = [curve.steps[-1] for curve in half.curves]
    np.testing.assert_array_equal(one.last_steps, ends)
    assert (one.difference.value == 0).all()
    reached = np.isfinite(one.data.published.value)
    np.testing.assert_array_equal(reached, np.isfinite(one.data.fresh.value))
    assert not reached[:, -1].any()
    assert reached[:, 0].all()


def test_a_level_that_one_alone_reaches(study: Study, runs: dict[str, Runs]) -> None:
    def lower(curve: Curves) -> Curves:
        return replace(curve, returns=curve.returns * 0.5)

    ours = runs["ours"]
    fresh = replace(ours, curves=tuple(map(lower, ours.curves)))
    (one,) = compared(study, {"ours": ours}, {"ours": fresh}).sets
    assert np.isfinite(one.data.published.value[:, -1]).all()
    assert np.isnan(one.data.fresh.value[:, -1]).all()
    assert not one.both_reach[:, -1].any()
    assert not one.agrees[:, -1].any()
    assert not one.same_return.any()
    assert np.isnan(one.ratio.high[:, -1]).all()


def test_runs_with_fitted_values_are_paired_by_ratio(
    study: Study, runs: dict[str, Runs]
) -> None:
    def other(curve: Curves) -> Curves:
        setting = replace(curve.setting, batch_size=curve.setting.batch_size + 16)
        return replace(curve, setting=setting)

    ours = runs["ours"]
    fresh = replace(ours, curves=tuple(map(other, ours.curves)))
    (one,) = compared(study, {"ours": ours}, {"ours": fresh}).sets
    assert len(one.pairs) == len(ours.curves)
    for published, new in one.pairs:
        assert (published.env, published.utd) == (new.env, new.utd)
        assert new.batch_size == published.batch_size + 16

    # In a sweep B and η are what is compared.
    one_sweep = runs["sweep"]
    rates = tuple(zip(study.environments[0].learning_rates, (7e-4, 6e-4), strict=False))

    def slower(curve: Curves) -> Curves:
        rate = dict(rates)[curve.setting.learning_rate]
        return replace(curve, setting=replace(curve.setting, learning_rate=rate))

    some = tuple(c for c in one_sweep.curves if c.setting.learning_rate < 8e-4)
    other_sweep = replace(one_sweep, curves=tuple(map(slower, some)))
    study = replace(
        study,
        environments=tuple(
            replace(e, learning_rates=(2e-4, 4e-4, 6e-4, 7e-4, 8e-4))
            for e in study.environments
        ),
    )
    found = compared(study, {"sweep": one_sweep}, {"sweep": other_sweep})
    assert found.sets == found.laws == ()
    assert "sweep: no setting is in both archives" in found.notes


def test_laws_are_of_the_settings_in_both(study: Study, runs: dict[str, Runs]) -> None:
    env = study.environment_names[0]
    fresh = {
        name: replace(one, curves=tuple(c for c in one.curves if c.setting.env == env))
        for name, one in runs.items()
    }
    alone, beside = compared(study, fresh, fresh), compared(study, runs, fresh)
    assert beside.sets[0].only_published == len(runs["sweep"].curves) // 2
    for one, other in zip(alone.laws, beside.laws, strict=True):
        assert one.quantity == other.quantity
        np.testing.assert_array_equal(one.published.value, other.published.value)


def test_one_setting_is_enough(study: Study, runs: dict[str, Runs]) -> None:
    sweep = runs["sweep"]
    found = compared(study, runs, {"sweep": replace(sweep, curves=sweep.curves[5:6])})
    (one,) = found.sets
    assert one.pairs == ((sweep.curves[5].setting,) * 2,)
    assert one.only_published == len(sweep.curves) - 1
    assert any("no fits" in note and "at least two" in note for note in found.notes)
    assert "ours: no fresh runs" in found.notes
