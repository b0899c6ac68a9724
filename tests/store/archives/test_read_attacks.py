"""Malicious archives: zip bombs, false headers and random damage."""

import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from value_scaling.records import Runs, ScalingError
from value_scaling.store.archives.npy import parse_npy
from value_scaling.store.archives.read import read_runs

MIB = 1 << 20
TOP = "tiny/utd_1/Ant-v4/returns/"
ANT = f"{TOP}bs_128_lr_0.001.npy"
SECOND = f"{TOP}bs_256_lr_0.001.npy"


@pytest.fixture
def peak():
    """Return the peak memory of Python objects since the test began, in MiB."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1] / MIB
    tracemalloc.stop()


def write_zeros(path, name, *, start=b"", mebibytes):
    """Write one member of `start` and zeros, block by block."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open(name, "w", force_zip64=True) as member,
    ):
        member.write(start)
        for _ in range(mebibytes):
            member.write(bytes(MIB))


def test_a_bomb_of_one_gibibyte_is_refused_unread(study, tmp_path, peak):
    path = tmp_path / "tiny_sweep.zip"
    write_zeros(path, ANT, mebibytes=1024)
    assert path.stat().st_size < 6 * MIB
    with pytest.raises(ScalingError, match="found 1024 MiB; expected at most 64 MiB"):
        read_runs(path, study, "sweep")
    assert peak() < 10


def test_many_large_members_are_refused_unread(study, tmp_path, peak):
    path = tmp_path / "tiny_sweep.zip"
    write_zeros(path, ANT, mebibytes=60)
    whole = path.read_bytes()
    directory = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry = whole[directory:end]
    entries = b"".join(
        entry.replace(b"bs_128", b"bs_%3d" % number) for number in range(100, 380)
    )
    tail = struct.pack("<4HLLH", 0, 0, 280, 280, len(entries), directory, 0)
    path.write_bytes(whole[:directory] + entries + b"PK\x05\x06" + tail)
    with pytest.raises(ScalingError, match=r"over 16.1 GiB uncompressed"):
        read_runs(path, study, "sweep")
    assert peak() < 10


def lie_about_size(path, size, checksum):
    """Let both headers promise `size` bytes where far more are packed."""
    whole = bytearray(path.read_bytes())
    entry = whole.index(b"PK\x01\x02")
    packed = struct.unpack_from("<L", whole, entry + 20)[0]
    struct.pack_into("<LLL", whole, 14, checksum, packed, size)
    struct.pack_into("<LLL", whole, entry + 16, checksum, packed, size)
    path.write_bytes(whole)


@pytest.mark.parametrize("forged", [False, True])
def test_a_lying_header_gets_no_more_than_it_promises(
    study, curve, tmp_path, to_npy, peak, forged
):
    path = tmp_path / "tiny_sweep.zip"
    good = to_npy(curve)
    write_zeros(path, ANT, start=good, mebibytes=300)
    lie_about_size(path, len(good), zlib.crc32(good) if forged else 0)
    if forged:  # then the promised bytes are all there is, and they are in order
        (curves,) = read_runs(path, study, "sweep").curves
        np.testing.assert_array_equal(curves.returns, curve[:, 1:])
    else:
        with pytest.raises(ScalingError, match=r"damaged member \(Bad CRC"):
            read_runs(path, study, "sweep")
    assert peak() < 15


def test_a_header_that_promises_too_much(study, curve, tmp_path, to_npy):
    path = tmp_path / "tiny_sweep.zip"
    write_zeros(path, ANT, start=to_npy(curve), mebibytes=0)
    lie_about_size(path, 200 * MIB, 0)
    with pytest.raises(ScalingError, match=r"bs_128_lr_0.001.npy: found"):
        read_runs(path, study, "sweep")


def test_a_member_without_a_name_is_refused(study, curve, tmp_path, to_npy):
    """The name in the directory begins with a zero byte, which ends it."""
    path = tmp_path / "tiny_sweep.zip"
    write_zeros(path, ANT, start=to_npy(curve), mebibytes=0)
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"PK\x01\x02") + 46] = 0
    path.write_bytes(whole)
    with pytest.raises(ScalingError, match="a member without a name"):
        read_runs(path, study, "sweep")


def read_or_refuse(path, study):
    try:
        assert isinstance(read_runs(path, study, "sweep"), Runs)
    except ScalingError as error:
        assert "What to do" in str(error)


positions = st.integers(0, 1 << 16)
damage = st.lists(st.tuples(positions, st.integers(1, 255)), min_size=1, max_size=8)


@pytest.fixture(scope="module", params=[zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def valid(request, tmp_path_factory, curve, to_npy):
    path = tmp_path_factory.mktemp("fuzz") / "tiny_sweep.zip"
    with zipfile.ZipFile(path, "w", request.param) as file:
        for name in (ANT, SECOND):
            file.writestr(name, to_npy(curve))
    return path, path.read_bytes()


@settings(max_examples=400, deadline=None)
@given(damage=damage)
def test_damaged_bytes_are_refused_or_harmless(valid, study, damage):
    path, whole = valid
    broken = bytearray(whole)
    for position, mask in damage:
        broken[position % len(whole)] ^= mask
    path.write_bytes(broken)
    read_or_refuse(path, study)


@settings(max_examples=100, deadline=None)
@given(start=positions, length=positions, insert=st.binary(max_size=40))
def test_cut_and_pasted_bytes_are_refused_or_harmless(
    valid, study, start, length, insert
):
    path, whole = valid
    start %= len(whole)
    path.write_bytes(whole[:start] + insert + whole[start + length % 400 :])
    read_or_refuse(path, study)


@settings(max_examples=400, deadline=None)
@given(damage=damage)
def test_damaged_arrays_inside_a_sound_zip(curve, to_npy, damage):
    broken = bytearray(to_npy(curve))
    for position, mask in damage:
        broken[position % len(broken)] ^= mask
    try:
        array = parse_npy(bytes(broken), "x.npy")
    except ScalingError as error:
        assert str(error).startswith("x.npy: found")
    else:
        assert array.ndim == 2
        assert np.isfinite(array).all()


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60), version=st.sampled_from([1, 2, 3]))
def test_any_text_as_array_header(text, version):
    raw = text.encode()
    size = struct.pack("<H" if version == 1 else "<L", len(raw))
    with pytest.raises(ScalingError, match="no npy file"):
        parse_npy(b"\x93NUMPY" + bytes([version, 0]) + size + raw, "x.npy")
