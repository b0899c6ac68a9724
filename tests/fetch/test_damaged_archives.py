"""Damaged, foreign or special files in place of an archive."""

import os
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from served import FIRST, MEMBERS, SECOND, Server, names, pack, states

from value_scaling.fetch import contents_hash, exit_code, fetch
from value_scaling.fetch import download as module

BLOCK = 32


def damaged(whole: bytes, kind: str, draw: random.Random) -> bytes:
    """Return the file with one block overwritten, zeroed, removed or cut off."""
    at = draw.randrange(len(whole))
    return {
        "random": whole[:at] + draw.randbytes(BLOCK) + whole[at + BLOCK :],
        "zeros": whole[:at] + bytes(BLOCK) + whole[at + BLOCK :],
        "gone": whole[:at] + whole[at + BLOCK :],
        "cut": whole[:at],
    }[kind]


@pytest.fixture(scope="module")
def many() -> tuple[bytes, bytes]:
    """One archive, deflated and stored, of members that differ."""
    draw = random.Random(0)
    members = {
        f"top/utd_{n}/Ant-v4/returns/bs_128_lr_0.001.npy": draw.randbytes(90) * 4
        for n in range(1, 9)
    }
    return pack(members), pack(members, compression=zipfile.ZIP_STORED)


@pytest.mark.parametrize("kind", ["random", "zeros", "gone", "cut"])
def test_a_damaged_archive_is_replaced_and_the_others_are_fetched(
    kind: str,
    many: tuple[bytes, bytes],
    archives: dict,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Register the archive by contents alone, so each damaged file is opened."""
    mirror, folder = tmp_path / "mirror", tmp_path / "zip"
    mirror.mkdir()
    folder.mkdir()
    (mirror / "first.zip").write_bytes(many[0])
    known = {
        "first": replace(
            archives["first"],
            git_blob=None,
            contents=contents_hash(mirror / "first.zip"),
        ),
        "second": archives["second"],
    }
    monkeypatch.setattr(module, "registry", lambda: known)
    (mirror / "second.zip").write_bytes(SECOND)
    target, draw = folder / "first.zip", random.Random(kind)
    for number in range(40):
        broken = damaged(many[number % 2], kind, draw)
        target.write_bytes(broken)
        (folder / "second.zip").unlink(missing_ok=True)
        was_right = contents_hash(target) == known["first"].contents
        outcomes = fetch([], folder, mirror=str(mirror), progress=False)
        assert states(outcomes) == ["kept" if was_right else "fetched", "fetched"]
        assert contents_hash(target) == known["first"].contents
        assert target.read_bytes() == (broken if was_right else many[0])


def entry(content: bytes, offset: int, value: bytes) -> bytes:
    """The zip file with bytes of its first directory entry changed."""
    at = content.index(b"PK\x01\x02") + offset
    return content[:at] + value + content[at + len(value) :]


LYING = {
    "encrypted": entry(FIRST, 8, b"\x01"),
    "another compression": entry(FIRST, 10, b"\x0e"),
    "no compression": entry(FIRST, 10, b"\x63"),
    "a name that is no Unicode": entry(entry(FIRST, 46, b"\xff"), 9, b"\x08"),
    "a promise of 4 GiB": entry(FIRST, 24, b"\xf0\xff\xff\xff"),
    "a header elsewhere": entry(FIRST, 42, b"\xff\xff\xff\x7f"),
    "a path outside": pack({"../x.npy": b"x"}),
    "no members": pack({}),
    "a page": b"<html>404</html>",
    "nothing": b"",
}


@pytest.mark.parametrize("content", LYING.values(), ids=LYING)
def test_a_zip_file_that_lies_is_replaced(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "first.zip").write_bytes(content)
    assert states(fetch([], tmp_path)) == ["fetched", "fetched"]
    assert (tmp_path / "first.zip").read_bytes() == FIRST


def test_a_bomb_is_not_unpacked(
    tmp_path: Path, archives: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "first.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
        file.open("a.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))

    def read(*arguments: object) -> bytes:
        raise AssertionError("a member was read")

    monkeypatch.setattr("value_scaling.store.archives.zips.Zip.read", read)
    assert contents_hash(bomb) is None


def test_one_that_is_far_too_large_is_not_read(
    tmp_path: Path, archives: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "second.zip"
    with target.open("wb") as file:
        file.truncate(archives["second"].most + 1)

    def read(self: Path) -> bytes:
        raise AssertionError(f"{self} was read")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", read)
        assert module.mismatch(target, archives["second"])
    assert states(fetch(["second"], tmp_path)) == ["fetched"]


@pytest.mark.parametrize("what", ["folder", "FIFO", "device"])
def test_what_is_no_file_is_left_and_told(what: str, tmp_path: Path) -> None:
    target = tmp_path / "first.zip"
    if what == "folder":
        target.mkdir()
    elif what == "FIFO":
        os.mkfifo(target)
    else:
        target.symlink_to("/dev/zero")
    outcomes = fetch([], tmp_path)
    assert states(outcomes) == ["wrong", "fetched"]
    assert "is not a file" in outcomes[0].detail
    assert exit_code(outcomes) == 2
    assert names(tmp_path) == {"first.zip", "second.zip"}


@pytest.mark.parametrize("what", ["folder", "FIFO", "device", "endless file"])
def test_a_mirror_that_has_no_file_there(
    what: str, server: Server, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    target = mirror / "first.zip"
    if what == "folder":
        target.mkdir()
    elif what == "FIFO":
        os.mkfifo(target)
    elif what == "device":
        target.symlink_to("/dev/zero")
    else:
        with target.open("wb") as file:
            file.truncate(1 << 40)
    outcomes = fetch(["first"], tmp_path / "zip", mirror=str(mirror))
    assert states(outcomes) == ["fetched"]
    server.files.clear()
    again = fetch(["first"], tmp_path / "zip2", mirror=str(mirror))
    assert states(again) == ["absent"]
    expected = "at most" if what == "endless file" else "is not a file"
    assert expected in again[0].detail


def test_members_is_what_the_registry_of_these_tests_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(FIRST)
    (tmp_path / "b.zip").write_bytes(pack(dict(reversed(MEMBERS.items()))))
    assert contents_hash(tmp_path / "a.zip") == contents_hash(tmp_path / "b.zip")
