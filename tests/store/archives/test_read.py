"""The rules by which archives are read."""

import hashlib
import weakref
from dataclasses import replace

import numpy as np
import pytest

from value_scaling.records import ArchiveRule, ScalingError, Setting, StepRule
from value_scaling.records.runs import StreamedCurves
from value_scaling.store.archives import read
from value_scaling.store.archives.read import read_runs

ANT = "tiny/utd_1/Ant-v4/returns/bs_128_lr_0.001.npy"
WALKER = "tiny/utd_2/Walker2d-v4/returns/bs_128_lr_5e-4.npy"


def with_rule(study, **changes):
    rule = replace(ArchiveRule("tiny_sweep.zip", "returns"), **changes)
    return replace(study, archives={"sweep": rule})


def test_curves_are_sorted_and_split_into_steps_and_seeds(study, curve, make_zip):
    path = make_zip({WALKER: curve, ANT: curve + 1})
    runs = read_runs(path, study, "sweep")
    first, second = runs.curves
    assert first.setting == Setting("Ant-v4", 1.0, 128, 0.001)
    assert second.setting == Setting("Walker2d-v4", 2.0, 128, 0.0005)
    np.testing.assert_array_equal(first.steps, curve[:, 0] + 1)
    np.testing.assert_array_equal(second.returns, curve[:, 1:])
    assert (runs.study, runs.set_name) == ("tiny", "sweep")
    assert runs.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_settings_missing_from_the_grid_are_listed(study, curve, make_zip):
    runs = read_runs(make_zip({ANT: curve, WALKER: curve}), study, "sweep")
    assert runs.missing == (
        Setting("Ant-v4", 1.0, 256, 0.001),
        Setting("Ant-v4", 2.0, 128, 0.001),
        Setting("Ant-v4", 2.0, 256, 0.001),
        Setting("Walker2d-v4", 1.0, 128, 0.0005),
        Setting("Walker2d-v4", 1.0, 128, 0.001),
        Setting("Walker2d-v4", 2.0, 128, 0.001),
    )


def test_settings_outside_the_grid_are_kept_and_only_sweeps_have_one(
    study, curve, make_zip
):
    name = "tiny/utd_16/Ant-v4/returns/bs_64_lr_0.07.npy"
    path = make_zip({name: curve})
    assert read_runs(path, study, "sweep").curves[0].setting.utd == 16
    assert read_runs(path, study, "baseline").missing == ()


def test_one_seed_and_fewer_seeds_are_read(study, curve, make_zip):
    runs = read_runs(make_zip({ANT: curve[:, :2], WALKER: curve}), study, "sweep")
    assert [curves.seeds for curves in runs.curves] == [1, 2]


def test_integers_fortran_order_and_other_byte_orders_become_float64(
    study, curve, make_zip
):
    for form in (np.int64, np.int32, np.float32, ">f8", ">i2", np.uint16):
        array = np.asfortranarray(curve.astype(form))
        (curves,) = read_runs(make_zip({ANT: array}), study, "sweep").curves
        assert curves.returns.dtype == curves.steps.dtype == np.float64
        assert curves.returns.flags.c_contiguous
        np.testing.assert_array_equal(curves.returns, curve[:, 1:])


def test_what_macos_adds_and_folders_are_ignored(study, curve, make_zip):
    contents = {
        "tiny/": b"",
        "tiny/utd_1/": b"",
        "tiny/.DS_Store": b"x",
        f"__MACOSX/{ANT}": b"x",
        "__MACOSX/tiny/utd_1/Ant-v4/returns/._bs_128_lr_0.001.npy": b"x",
        ANT: curve,
    }
    assert len(read_runs(make_zip(contents), study, "sweep").curves) == 1


def test_other_metrics_are_left_alone(study, curve, make_zip):
    loss = ANT.replace("returns", "critic_loss")
    runs = read_runs(make_zip({ANT: curve, loss: b"never read"}), study, "sweep")
    np.testing.assert_array_equal(runs.curves[0].returns, curve[:, 1:])


def test_another_metric_is_read_when_asked_for(study, curve, make_zip):
    names = {name.replace("returns", "norm"): curve + 7 for name in (ANT, WALKER)}
    path = make_zip({ANT: curve, WALKER: curve} | names)
    runs = read_runs(path, study, "sweep", metric="norm")
    assert [c.setting for c in runs.curves] == [
        c.setting for c in read_runs(path, study, "sweep").curves
    ]
    np.testing.assert_array_equal(runs.curves[0].returns, curve[:, 1:] + 7)


def test_a_metric_that_some_setting_lacks_is_refused(study, curve, make_zip):
    path = make_zip({ANT: curve, WALKER: curve, ANT.replace("returns", "norm"): curve})
    with pytest.raises(
        ScalingError, match=r"Walker2d-v4, UTD 2.*metric folder norm.*`metrics`"
    ):
        read_runs(path, study, "sweep", metric="norm")


def test_stated_steps_make_every_column_a_seed(study, curve, make_zip):
    ruled = with_rule(study, steps=StepRule(5000, 1000))
    (curves,) = read_runs(make_zip({ANT: curve}), ruled, "sweep").curves
    np.testing.assert_array_equal(curves.steps, [5000, 6000, 7000, 8000])
    np.testing.assert_array_equal(curves.returns, curve)


def test_a_stated_top_folder_is_chosen(study, curve, make_zip):
    other = ANT.replace("tiny/", "another/")
    path = make_zip({ANT: curve, other: curve + 1})
    (curves,) = read_runs(path, with_rule(study, top="another"), "sweep").curves
    assert curves.steps[0] == 1001
    with pytest.raises(ScalingError, match=r"two studies.*another, tiny.*`top"):
        read_runs(path, study, "sweep")
    with pytest.raises(ScalingError, match="another, tiny; expected third"):
        read_runs(path, with_rule(study, top="third"), "sweep")


@pytest.mark.parametrize("spelling", ["1e-3", "0.00100", "10E-4", "1.e-03"])
def test_numbers_may_be_spelled_in_any_way(study, curve, make_zip, spelling):
    path = make_zip({ANT.replace("0.001", spelling): curve})
    (curves,) = read_runs(path, study, "sweep").curves
    assert curves.setting.learning_rate == 1e-3


def test_a_set_without_a_rule_is_refused(study, curve, make_zip):
    with pytest.raises(ScalingError, match=r"add \[archives.ours\]"):
        read_runs(make_zip({ANT: curve}), study, "ours")


def test_large_curves_are_read_when_they_are_used(study, curve, make_zip, monkeypatch):
    """They are those that a small archive has in memory, and none is kept."""
    path = make_zip({WALKER: curve, ANT: curve + 1})
    small = read_runs(path, study, "sweep")
    monkeypatch.setattr(read, "RUNS_BYTES", 10)
    large = read_runs(path, study, "sweep")
    assert isinstance(small.curves, tuple)
    assert isinstance(large.curves, StreamedCurves)
    assert large.settings == small.settings
    assert (large.digest, large.shapes) == (small.digest, small.shapes)
    for left, right in zip(small.curves, large.curves, strict=True):
        assert left.setting == right.setting
        np.testing.assert_array_equal(left.steps, right.steps)
        np.testing.assert_array_equal(left.returns, right.returns)
    kept = weakref.ref(large.curves[0])
    assert kept() is None


def test_a_wrong_member_of_a_large_archive_is_refused_when_it_is_used(
    study, curve, make_zip, monkeypatch
):
    monkeypatch.setattr(read, "RUNS_BYTES", 10)
    wrong = curve.copy()
    wrong[1, 1] = np.nan
    curves = read_runs(make_zip({ANT: curve, WALKER: wrong}), study, "sweep").curves
    assert curves[0].setting.env == "Ant-v4"
    with pytest.raises(ScalingError, match="1 NaN"):
        curves[1]
