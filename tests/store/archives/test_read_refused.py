"""Refused archives give a message that names the member and says what to do."""

import os
import pickle
import socket
import struct
import zipfile

import numpy as np
import pytest

from value_scaling.records import ScalingError
from value_scaling.store.archives import npy, read, zips
from value_scaling.store.archives.read import read_runs

TOP = "tiny/utd_1/Ant-v4/returns/"
ANT = f"{TOP}bs_128_lr_0.001.npy"
NPY_1_0 = b"\x93NUMPY\x01\x00"


def refused(path, study, *fragments):
    """Check that reading raises a ScalingError whose message has every fragment."""
    with pytest.raises(ScalingError) as error:
        read_runs(path, study, "sweep")
    for fragment in (str(path), "expected", "What to do", *fragments):
        assert fragment in str(error.value), f"{fragment!r} not in {error.value}"


def rows(*steps, seeds=2):
    column = np.array(steps, dtype=float)[:, None]
    return np.hstack([column, np.ones((len(steps), seeds))])


def changed(curve, value):
    array = curve.copy()
    array[2, 1] = value
    return array


NUMBERS = {
    "one NaN": (lambda c: changed(c, np.nan), "1 NaN and 0 infinite of 12", "row 2"),
    "infinite": (lambda c: changed(c, -np.inf), "0 NaN and 1 infinite", "column 1"),
    "all NaN": (lambda c: c * np.nan, "12 NaN"),
    "long doubles too large": (
        lambda c: c.astype(np.longdouble) * np.longdouble("1e4000"),
        "infinite",
    ),
    "steps fall": (lambda c: rows(5, 7, 6), "step 6 after 7 in row 2", "steps = {"),
    "steps repeat": (lambda c: rows(5, 5), "step 5 after 5", "duplicates"),
    "steps negative": (lambda c: rows(-1, 5), "step -1 in row 0", "negative"),
    "steps NaN": (lambda c: rows(1, np.nan), "1 NaN", "column 0"),
    "no step column": (lambda c: np.full((4, 3), 7.0), "[archives.sweep]"),
    "zero rows": (lambda c: c[:0], "0 rows and 2 seeds"),
    "zero seeds": (lambda c: c[:, :1], "4 rows and 0 seeds"),
    "zero columns": (lambda c: c[:, :0], "seeds"),
    "one axis": (lambda c: c[:, 0], "shape (4,)", "numpy.save"),
    "no axis": (lambda c: np.array(3.0), "shape ()"),
    "three axes": (lambda c: c[None], "shape (1, 4, 3)"),
    "complex": (lambda c: c + 1j, "complex128"),
    "texts": (lambda c: c.astype(str), "type <U"),
    "truths": (lambda c: c > 0, "bool"),
    "dates": (lambda c: c.astype("M8[s]"), "datetime64"),
    "fields": (lambda c: np.zeros((2, 2), dtype="f8,i4"), "type ["),
}


@pytest.mark.parametrize("case", NUMBERS.values(), ids=NUMBERS)
def test_arrays(study, curve, make_zip, case):
    make, *fragments = case
    refused(make_zip({ANT: make(curve)}), study, ANT, *fragments)


def header(text, version=NPY_1_0):
    raw = text.encode("latin1")
    return version + struct.pack("<H", len(raw)) + raw


FLOATS = "{'descr': '<f8', 'fortran_order': False, 'shape': %s}\n"
FILES = {
    "pickle": (pickle.dumps([1, 2]), "pickle, which is never loaded"),
    "text": (b"step,return\n1,2\n", "no npy file"),
    "empty": (b"", "no npy file"),
    "huge shape": (header(FLOATS % "(10**9, 9)"), "no npy file"),
    "huge shape as numbers": (header(FLOATS % "(1000000000, 9)"), "9000000000 values"),
    "overflowing shape": (header(FLOATS % f"({2**40}, {2**40})"), "values, over"),
    "negative shape": (header(FLOATS % "(-1, -9)"), "shape (-1, -9)"),
    "too short": (header(FLOATS % "(2, 2)") + bytes(31), "31 bytes", "needs 32"),
    "too long": (header(FLOATS % "(2, 2)") + bytes(33), "33 bytes"),
    "version 9": (NPY_1_0[:6] + b"\x09\x00" + bytes(90), "no npy file"),
    "deep header": (header("(" * 5000), "no npy file"),
    "long header": (NPY_1_0[:6] + b"\x02\x00\xff\xff\xff\xff", "no npy file"),
}


@pytest.mark.parametrize("case", FILES.values(), ids=FILES)
def test_files(study, make_zip, case):
    content, *fragments = case
    refused(make_zip({ANT: content}), study, ANT, *fragments)


def test_array_of_objects(study, curve, make_zip, to_npy):
    content = to_npy(curve.astype(object), allow_pickle=True)
    refused(make_zip({ANT: content}), study, ANT, "Python objects")


NAMES = {
    "upwards": ("../evil.npy", "leaves the archive's folder"),
    "upwards inside": (f"tiny/../../{ANT}", "no '..'"),
    "absolute": ("/etc/passwd", "leaves the archive's folder"),
    "drive": ("C:/tiny/x.npy", "leaves the archive's folder"),
    "backslashes": (ANT.replace("/", "\\"), "forward slashes"),
    "a text beside": ("tiny/README.txt", "leave it out"),
    "too deep": (f"deep/{ANT}", "layout"),
    "too shallow": ("bs_128_lr_0.001.npy", "<top>/utd_<σ>"),
    "no batch size": (f"{TOP}lr_0.001.npy", "rename the file"),
    "batch size a fraction": (f"{TOP}bs_12.8_lr_0.001.npy", "layout"),
    "rate no number": (f"{TOP}bs_128_lr_fast.npy", "layout"),
    "rate NaN": (f"{TOP}bs_128_lr_nan.npy", "layout"),
    "rate zero": (f"{TOP}bs_128_lr_0.npy", "positive"),
    "rate infinite": (f"{TOP}bs_128_lr_1e999.npy", "positive"),
    "batch size zero": (f"{TOP}bs_0_lr_0.001.npy", "positive"),
    "batch size endless": (f"{TOP}bs_{'9' * 400}_lr_0.001.npy", "positive"),
    "other environment": (
        ANT.replace("Ant-v4", "Hopper-v4"),
        "'Hopper-v4'; expected one of Ant-v4, Walker2d-v4",
        "add it to the study file",
    ),
    "other metric": (
        f"tiny/utd_2/Ant-v4/{'reward'}/bs_128_lr_0.001.npy",
        "Ant-v4, UTD 2, B 128, lr 0.001",
        "found reward",
        "correct `metric`",
    ),
    "same setting": (f"{TOP}bs_128_lr_1e-3.npy", f"same setting as in {ANT}"),
    "two studies": (f"other{ANT[4:]}", "two studies", "other, tiny"),
}


@pytest.mark.parametrize("case", NAMES.values(), ids=NAMES)
def test_names(study, curve, make_zip, case):
    name, *fragments = case
    member = [] if "two studies" in fragments else [name]
    refused(make_zip({ANT: curve, name: curve}), study, *member, *fragments)


def test_twofold_name(study, curve, make_zip):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = make_zip({ANT: curve})
        with zipfile.ZipFile(path, "a") as file:
            file.writestr(ANT, b"another")
    refused(path, study, ANT, "two members of this name")


def test_no_curves(study, make_zip):
    refused(make_zip({}), study, "no curves", "make data")
    refused(make_zip({"tiny/": b""}), study, "no curves")


def test_not_a_zip_and_missing(study, tmp_path):
    path = tmp_path / "tiny_sweep.zip"
    refused(path, study, "No such file", "sweep runs of study tiny", "make data")
    for content in (b"", b"<html>404</html>", b"PK\x03\x04" + bytes(40)):
        path.write_bytes(content)
        refused(path, study, "no zip file", "make data")
    path.unlink()
    path.mkdir()
    refused(path, study, "it is a folder, not a file")


def test_truncated_at_any_place(study, curve, make_zip):
    path = make_zip({ANT: curve})
    whole = path.read_bytes()
    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        refused(path, study, "no zip file", "fetch it again")


def test_changed_content_fails_its_checksum(study, curve, make_zip):
    path = make_zip({ANT: curve}, deflate=False)
    whole = path.read_bytes()
    at = whole.index(curve.tobytes())
    path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
    refused(path, study, ANT, "Bad CRC-32", "damaged member")


def test_encrypted_and_other_compression(study, curve, make_zip):
    path = make_zip({ANT: curve})
    whole = bytearray(path.read_bytes())
    at = whole.rindex(b"PK\x01\x02")
    for offset, value in ((8, 1), (10, zipfile.ZIP_LZMA), (10, 99)):
        damaged = whole.copy()
        damaged[at + offset] = value
        path.write_bytes(damaged)
        refused(path, study, ANT, "encrypted or compressed", "zip the folder again")


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(zips, "MEMBER_BYTES", 5000)
    monkeypatch.setattr(zips, "ZIP_BYTES", 12000)
    monkeypatch.setattr(zips, "MEMBERS", 3)
    monkeypatch.setattr(npy, "MEMBER_BYTES", 5000)
    monkeypatch.setattr(read, "SETTINGS", 4)


def test_limits(study, make_zip, small_limits):
    names = [f"{TOP}bs_{number}_lr_0.001.npy" for number in (1, 2, 3, 4)]
    small, large = np.ones((250, 2)), np.ones((350, 2))
    refused(make_zip({names[0]: large}), study, names[0], "split the archive")
    refused(make_zip(dict.fromkeys(names[:3], small)), study, "uncompressed")
    refused(make_zip(dict.fromkeys(names, small[:5])), study, "4 members")
    wide = np.ones((60, 60), dtype=np.uint8)
    refused(make_zip({names[0]: wide}), study, names[0], "3600 values")
    path = make_zip({names[0]: b"x"})
    path.write_bytes(path.read_bytes() + bytes(12000))
    refused(path, study, "on disk")


def test_more_settings_than_an_analysis_can_take(study, make_zip, monkeypatch):
    """Refused before any of them is read."""
    monkeypatch.setattr(read, "SETTINGS", 2)
    names = [f"{TOP}bs_{number}_lr_0.001.npy" for number in (1, 2, 3)]
    refused(make_zip(dict.fromkeys(names, b"")), study, "found 3 settings", "split")


@pytest.mark.parametrize("what", ["a FIFO", "a device", "a folder", "a socket"])
def test_what_is_no_file_is_refused_and_not_waited_for(study, tmp_path, what):
    path = tmp_path / "tiny_sweep.zip"
    match what:
        case "a FIFO":
            os.mkfifo(path)
        case "a device":
            path.symlink_to("/dev/zero")
        case "a folder":
            path.mkdir()
        case "a socket":
            with socket.socket(socket.AF_UNIX) as unix:
                unix.bind(str(path))
    refused(path, study, f"it is {what}, not a file", "sweep runs of study tiny")


def test_names_do_not_reach_the_terminal_as_they_are(study, curve, make_zip):
    """Escape codes in names of members, folders and environments are not shown."""
    red, title = "\x1b[31m", "\x1b]0;title\x07"
    for name in (
        f"{red}x.npy",
        ANT.replace("Ant-v4", f"{red}Ant"),
        f"{title}/{ANT[5:]}",
        ANT.replace("returns/bs_128", f"{red}returns/bs_256"),
    ):
        with pytest.raises(ScalingError) as error:
            read_runs(make_zip({ANT: curve, name: curve}), study, "sweep")
        assert str(error.value).isprintable()
        assert r"\x1b" in str(error.value)


def test_nothing_is_written_while_reading(study, curve, make_zip, tmp_path):
    refused(make_zip({ANT: curve, "../evil.npy": curve}), study, "evil")
    assert [each.name for each in tmp_path.iterdir()] == ["tiny_sweep.zip"]
    assert not list(tmp_path.parent.glob("evil*"))
