"""Written archives are read back unchanged, and a manifest reveals changes."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from value_scaling.records import Curves, Runs, ScalingError, Setting
from value_scaling.store.archives.layout import format_name, parse_name
from value_scaling.store.archives.manifests import verify_manifest
from value_scaling.store.archives.read import read_runs
from value_scaling.store.archives.write import write_runs

MANIFEST = {
    "units": {"step": "environment steps", "returns": "return of an episode"},
    "packages": {"numpy": "2"},
    "commit": "0123abc",
}


def make_runs(**changes):
    steps = np.array([1000.0, 2000.0, 4000.0])
    settings_ = [
        Setting("Ant-v4", 0.25, 128, 5e-5),
        Setting("Ant-v4", 2.0, 256, 0.00123),
    ]
    curves = [Curves(s, steps, np.outer(steps, [s.utd, 0.1])) for s in settings_]
    return replace(Runs("tiny", "baseline", tuple(curves)), **changes)


def same(left, right):
    return (
        left.setting == right.setting
        and np.array_equal(left.steps, right.steps)
        and np.array_equal(left.returns, right.returns)
    )


def test_round_trip_and_names_as_the_authors_spell_them(study, tmp_path):
    path = tmp_path / "new" / "tiny_baseline.zip"
    runs = make_runs()
    assert write_runs(path, {"returns": runs}, manifest=MANIFEST)
    back = read_runs(path, study, "baseline")
    assert all(map(same, runs.curves, back.curves))
    manifest = verify_manifest(path)
    assert manifest is not None
    assert manifest.keys() == MANIFEST.keys() | {
        "format", "study", "set", "metrics", "members",
    }  # fmt: skip
    assert sorted(manifest["members"]) == [
        "tiny_baseline/utd_0.25/Ant-v4/returns/bs_128_lr_5e-05.npy",
        "tiny_baseline/utd_2/Ant-v4/returns/bs_256_lr_0.00123.npy",
    ]


def test_equal_runs_make_equal_bytes(tmp_path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    runs = make_runs()
    mirrored = replace(runs, curves=runs.curves[::-1])
    write_runs(first, {"returns": runs}, manifest=MANIFEST)
    write_runs(second, {"returns": mirrored}, manifest=dict(reversed(MANIFEST.items())))
    assert first.read_bytes() == second.read_bytes()
    assert not write_runs(first, {"returns": mirrored}, manifest=MANIFEST)


numbers = st.floats(1e-12, 1e12)


@settings(deadline=None)
@given(utd=numbers, rate=numbers, size=st.integers(1, 10**9))
def test_every_setting_survives_its_name(utd, rate, size):
    setting = Setting("dog-stand", utd, size, rate)
    member = parse_name(format_name("top", setting, "episode.return"), "x.zip")
    assert (member.top, member.metric) == ("top", "episode.return")
    assert member.setting == setting


@settings(deadline=None, max_examples=30)
@given(
    returns=npst.arrays(
        float,
        npst.array_shapes(min_dims=2, max_dims=2),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_every_curve_survives_its_file(study, tmp_path_factory, returns):
    path = tmp_path_factory.mktemp("curves") / "tiny_baseline.zip"
    steps = np.arange(len(returns)) * 0.5
    curves = Curves(Setting("Ant-v4", 1.0, 128, 1e-3), steps, returns)
    write_runs(path, {"returns": make_runs(curves=(curves,))}, manifest=MANIFEST)
    assert same(read_runs(path, study, "baseline").curves[0], curves)


def rewrite(path, change):
    """Pack the archive again with its contents changed."""
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    change(contents)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in contents.items():
            file.writestr(name, content)


ARRAY = "tiny_baseline/utd_2/Ant-v4/returns/bs_256_lr_0.00123.npy"
LIST = "tiny_baseline/manifest.json"


def edit(contents, **changes):
    contents[LIST] = json.dumps(json.loads(contents[LIST]) | changes).encode()


CHANGES = {
    "changed": (
        lambda c: c.update({ARRAY: c[ARRAY][:-1] + b"\x41"}),
        [ARRAY, "content that does not match the manifest"],
    ),
    "removed": (lambda c: c.pop(ARRAY), [ARRAY, "no such member"]),
    "added": (
        lambda c: c.update({ARRAY.replace("256", "512"): c[ARRAY]}),
        ["bs_512", "the manifest does not list"],
    ),
    "other format": (lambda c: edit(c, format=2), [LIST, "format 2"]),
    "no members": (lambda c: edit(c, members=[]), [LIST, "no manifest"]),
    "no JSON": (lambda c: c.update({LIST: b"{"}), [LIST, "no manifest"]),
    "two": (lambda c: c.update({"x/manifest.json": b"{}"}), ["another manifest"]),
    "other study": (lambda c: edit(c, study="gym"), ["study 'gym'", "study 'tiny'"]),
    "other set": (lambda c: edit(c, set="ours"), ["set 'ours'", "set 'baseline'"]),
}


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES)
def test_changes_after_writing_are_found(study, tmp_path, case):
    change, fragments = case
    path = tmp_path / "tiny_baseline.zip"
    write_runs(path, {"returns": make_runs()}, manifest=MANIFEST)
    rewrite(path, change)
    with pytest.raises(ScalingError) as error:
        read_runs(path, study, "baseline")
    for fragment in [*fragments, str(path), "What to do"]:
        assert fragment in str(error.value)


def test_several_metrics_are_written_and_one_is_read(study, tmp_path):
    path = tmp_path / "tiny_baseline.zip"
    runs = make_runs()
    units = MANIFEST["units"] | {"critic_loss": "squared return"}
    losses = replace(runs, curves=runs.curves[:1])
    write_runs(
        path,
        {"critic_loss": losses, "returns": runs},
        manifest=MANIFEST | {"units": units},
    )
    assert len(read_runs(path, study, "baseline").curves) == 2


def test_an_archive_without_a_manifest_has_none(make_zip, curve):
    assert verify_manifest(make_zip({"tiny/utd_1/a/b/bs_1_lr_1.npy": curve})) is None


def test_what_cannot_be_read_back_is_not_written(tmp_path):
    path = tmp_path / "x.zip"
    runs = make_runs()
    curves = runs.curves[0]

    def write(*curves, metric="returns", manifest=MANIFEST):
        write_runs(path, {metric: make_runs(curves=curves)}, manifest=manifest)

    with pytest.raises(ScalingError, match=r"Ant-v4, UTD 0.25.*2 values.*not finite"):
        write(replace(curves, steps=np.array([1.0, np.nan, np.inf])))
    with pytest.raises(ValueError, match="twice"):
        write(curves, curves)
    with pytest.raises(ValueError, match=r"lacks.*commit"):
        write(curves, manifest={"units": {}, "packages": {}})
    with pytest.raises(ValueError, match=r"no unit for.*loss"):
        write(curves, metric="loss")
    with pytest.raises(ScalingError, match="layout"):
        write(replace(curves, setting=Setting("a/b", 1.0, 1, 1.0)))
    with pytest.raises(ValueError, match="one study"):
        both = {"returns": runs, "x": replace(runs, set_name="ours")}
        write_runs(path, both, manifest=MANIFEST)
    assert not path.exists()
