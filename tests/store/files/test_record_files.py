"""Every record is read back unchanged, and no stale or foreign file is used."""

import hashlib
import json
import os
import string
import types
import typing
import zipfile
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from value_scaling import records
from value_scaling.records import (
    Curves,
    Estimate,
    HeldOut,
    PowerLaw,
    Runs,
    ScalingError,
    Setting,
)
from value_scaling.store.files import record_files
from value_scaling.store.files.record_files import load_record, read_inputs, save_record

RECORDS = [
    each
    for each in vars(records).values()
    if isinstance(each, type)
    and is_dataclass(each)
    # Runs are read from archives and never kept as a record.
    and each is not Runs
]
INPUTS = {"study file": "ab12", "gym_sweep.zip": "cd34"}


@dataclass(frozen=True)
class Everything:
    """One field of each kind that a record may have."""

    text: str
    whole: int
    number: float
    truth: bool
    array: np.ndarray
    maybe: PowerLaw | None
    nothing: int | None
    pair: tuple[float, str]
    many: tuple[Setting, ...]
    nested: tuple[tuple[float, ...], ...]
    table: dict[str, dict[str, np.ndarray]]
    default: int = 7


arrays = npst.arrays(
    st.sampled_from([np.float64, np.float32, np.int32, np.int64, np.bool_]),
    npst.array_shapes(min_dims=0, max_dims=3, max_side=3, min_side=0),
)
laws = npst.array_shapes(min_dims=0, max_dims=2, max_side=3, min_side=0).flatmap(
    lambda shape: st.builds(PowerLaw, *[npst.arrays(float, shape)] * 3)
)
PLAIN = {
    PowerLaw: laws,
    str: st.text(max_size=5),
    int: st.integers(),
    float: st.floats(),
    bool: st.booleans(),
    np.ndarray: arrays,
    type(None): st.none(),
}

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)
"""Names of sets and measures, without NUL, at which names in a zip file end."""


def values(hint):
    """Return a strategy for values of any type hint in records."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return in_range(*arguments)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if hint in PLAIN:
        return PLAIN[hint]
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        return st.builds(hint, **{f.name: values(hints[f.name]) for f in fields(hint)})
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if origin is dict:
        return st.dictionaries(KEYS, values(arguments[1]), max_size=2)
    assert origin in (typing.Union, types.UnionType), hint
    return st.one_of(*map(values, arguments))


def in_range(hint, meta):
    """Return a strategy for values of a type within the range of a field."""
    if hint is float:
        low, high = meta.ge if meta.ge is not None else meta.gt, meta.le or meta.lt
        ends = {"exclude_min": meta.gt is not None, "exclude_max": meta.lt is not None}
        return st.floats(low, high, **ends)
    if hint is int:
        return st.integers(meta.ge, meta.le)
    if hint is str:
        archive = meta.pattern.endswith(r"\.zip\Z")
        ending = ".zip" if archive else ""
        return st.text(string.ascii_letters, min_size=1, max_size=5).map(
            lambda text: text + ending
        )
    return st.lists(values(typing.get_args(hint)[0]), min_size=1, max_size=2).map(tuple)


def same(left, right):
    if type(left) is not type(right):
        return False
    if is_dataclass(left):
        pairs = [(getattr(left, f.name), getattr(right, f.name)) for f in fields(left)]
        return all(same(*pair) for pair in pairs)
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and same((*left.values(),), (*right.values(),))
    if isinstance(left, np.ndarray):
        equal = np.array_equal(left, right, equal_nan=True)
        return equal and left.dtype == right.dtype
    return left == right or (left != left and right != right)


@pytest.mark.parametrize("suffix", ["npz", "json"])
@pytest.mark.parametrize("kind", [*RECORDS, Everything], ids=lambda kind: kind.__name__)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_every_record_survives_its_file(tmp_path_factory, kind, suffix, data):
    record = data.draw(values(kind))
    path = tmp_path_factory.mktemp("records") / f"record.{suffix}"
    assert save_record(path, record, INPUTS)
    assert same(load_record(path, kind, inputs=INPUTS), record)
    content = path.read_bytes()
    assert not save_record(path, record, dict(reversed(INPUTS.items())))
    path.unlink()
    save_record(path, record, INPUTS)
    assert path.read_bytes() == content


HELD_OUT = HeldOut(
    "data", "level", "J = 800", 1.5, 2.0, Estimate(*np.array([0.1, -np.inf, np.nan]))
)


@pytest.fixture(params=["npz", "json"])
def path(request, tmp_path) -> Path:
    path = tmp_path / f"record.{request.param}"
    save_record(path, HELD_OUT, INPUTS)
    return path


def refused(path, *fragments, kind=HeldOut, inputs=None):
    with pytest.raises(ScalingError) as error:
        load_record(path, kind, inputs=inputs)
    for fragment in (str(path), "make figures", *fragments):
        assert fragment in str(error.value)


def test_numpy_scalars_stand_for_arrays_and_floats(path):
    back = load_record(path, HeldOut)
    assert isinstance(back.error.value, np.ndarray)
    assert back.error.value == 0.1
    assert np.isnan(back.error.high)
    save_record(path, replace(HELD_OUT, actual=np.float64(2)), INPUTS)
    assert type(load_record(path, HeldOut).actual) is float


def test_stale_records_say_what_changed(path):
    assert read_inputs(path) == INPUTS
    changed = INPUTS | {"gym_sweep.zip": "ff"}
    refused(path, "stale", "gym_sweep.zip has changed since", inputs=changed)
    refused(path, "new was not used then", inputs=INPUTS | {"new": "1"})
    refused(path, "study file is not used now", inputs={"gym_sweep.zip": "cd34"})


def test_foreign_records_are_refused(path):
    refused(path, "type 'HeldOut'", "type 'PowerLaw'", kind=PowerLaw)
    path.unlink()
    refused(path, "no such file")
    for content in (b"", b"{", b"[1]", b"\x00" * 50):
        path.write_bytes(content)
        refused(path, "damaged")


def test_wrong_contents_are_refused(tmp_path):
    path = tmp_path / "record.json"
    save_record(path, HELD_OUT, INPUTS)
    text, whole = path.read_text(), load_record(path, HeldOut)

    def edit(change, *, with_sum=True):
        document = json.loads(text)
        change(document)
        if with_sum:
            document.pop("sha256", None)
            content = json.dumps(document).encode()
            document["sha256"] = hashlib.sha256(content).hexdigest()
        path.write_text(json.dumps(document))

    edit(lambda d: d["record"].update(actual=2.5), with_sum=False)
    refused(path, "content that does not match its SHA-256")
    edit(lambda d: d.pop("sha256"), with_sum=False)
    refused(path, "SHA-256")
    edit(lambda d: None)  # spaced in another way, which changes nothing
    assert same(load_record(path, HeldOut), whole)

    edit(lambda d: d.update(format=99))
    refused(path, "format 99", "format 1")
    edit(lambda d: d.update(inputs=3))
    refused(path, "inputs", "names and hashes", inputs=INPUTS)
    edit(lambda d: d["record"].pop("actual"))
    refused(path, "missing required field `actual`")
    edit(lambda d: d["record"].update(more=1))
    refused(path, "more", "an unknown key")
    edit(lambda d: d["record"].update(actual="two"))
    refused(path, "actual", "Expected `float`, got `str`")
    edit(lambda d: d["record"]["error"].update(high={"array": ["x"], "dtype": "f8"}))
    refused(path, "error.high", "array")
    edit(lambda d: d["record"]["error"].update(high={"array": "gone"}))
    refused(path, "no array 'gone'")


def test_records_with_arrays_in_place_of_their_names(tmp_path):
    path = tmp_path / "record.npz"
    curves = Curves(Setting("a", 1.0, 2, 3.0), np.arange(3.0), np.ones((3, 2)))
    save_record(path, curves, {})
    with np.load(path) as file:
        assert sorted(file.files) == ["record.json", "returns", "steps"]
        np.testing.assert_array_equal(file["returns"], curves.returns)


@pytest.mark.parametrize("suffix", ["npz", "json"])
@settings(max_examples=150, deadline=None)
@given(
    damage=st.lists(
        st.tuples(st.integers(0, 1 << 14), st.integers(1, 255)), max_size=4
    ),
    cut=st.integers(0, 3000),
)
def test_a_damaged_record_is_refused_or_equal(tmp_path_factory, suffix, damage, cut):
    path = tmp_path_factory.getbasetemp() / f"damaged.{suffix}"
    save_record(path, HELD_OUT, INPUTS)
    whole = load_record(path, HeldOut)
    broken = bytearray(path.read_bytes())[: cut or None]
    for position, mask in damage:
        broken[position % len(broken)] ^= mask
    path.write_bytes(broken)
    try:
        back = load_record(path, HeldOut, inputs=INPUTS)
    except ScalingError as error:
        assert "make figures" in str(error)
    else:
        assert same(back, whole)


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_each_byte_of_a_record_counts(tmp_path, suffix):
    """A changed bit in any byte is refused or has no effect."""
    path = tmp_path / f"record.{suffix}"
    record = Curves(Setting("Ant-v4", 1.0, 2, 3.0), np.arange(9.0), np.ones((9, 2)))
    save_record(path, record, INPUTS)
    whole = path.read_bytes()
    for position in range(len(whole)):
        bit = 1 << position % 8
        path.write_bytes(
            whole[:position] + bytes([whole[position] ^ bit]) + whole[position + 1 :]
        )
        try:
            back = load_record(path, Curves, inputs=INPUTS)
        except ScalingError:
            continue
        assert same(back, record), position


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_a_record_that_is_no_file(tmp_path, suffix):
    path = tmp_path / f"record.{suffix}"
    os.mkfifo(path)
    refused(path, "it is a FIFO, not a file")


def test_a_record_that_would_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(record_files, "ZIP_BYTES", 1000)
    path = tmp_path / "record.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("record.json", bytes(999))
        file.writestr("a.npy", bytes(2))
    refused(path, "1001 bytes")


def test_what_is_no_record_is_a_mistake_of_ours(tmp_path):
    with pytest.raises(TypeError, match="kind: a set"):
        save_record(tmp_path / "x.json", replace(HELD_OUT, kind={1}), {})
    with pytest.raises(TypeError, match="value: arrays of object"):
        record = Estimate(np.array([None]), np.array(1.0), np.array(1.0))
        save_record(tmp_path / "x.npz", record, {})
    assert not list(tmp_path.iterdir())
