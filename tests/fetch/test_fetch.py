"""Only correct archives reach the folder, from any source."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from served import FIRST, MEMBERS, SECOND, Server, names, pack, states

from value_scaling import fetch as package
from value_scaling.fetch import download as module
from value_scaling.fetch import exit_code, fetch, registry, summary, transfer
from value_scaling.records import ScalingError


def test_all_are_fetched_from_their_address_and_then_kept(
    server: Server, tmp_path: Path
) -> None:
    assert states(fetch([], tmp_path)) == ["fetched", "fetched"]
    assert (tmp_path / "first.zip").read_bytes() == FIRST
    assert (tmp_path / "second.zip").read_bytes() == SECOND
    assert names(tmp_path) == {"first.zip", "second.zip"}
    before = list(server.asked)
    again = fetch([], tmp_path)
    assert states(again) == ["kept", "kept"]
    assert exit_code(again) == 0
    assert server.asked == before


def test_only_the_named_are_fetched(tmp_path: Path) -> None:
    assert states(fetch(["second.zip"], tmp_path)) == ["fetched"]
    assert names(tmp_path) == {"second.zip"}


def test_the_second_published_name_is_asked_when_the_first_is_not_there(
    server: Server, tmp_path: Path
) -> None:
    server.files["/old.zip"] = server.files.pop("/second.zip")
    assert states(fetch(["second"], tmp_path)) == ["fetched"]
    assert (tmp_path / "second.zip").read_bytes() == SECOND


def test_a_folder_mirror_is_asked_first_and_the_address_for_the_rest(
    server: Server, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "first.zip").write_bytes(FIRST)
    outcomes = fetch([], tmp_path / "zip", mirror=str(mirror))
    assert states(outcomes) == ["fetched", "fetched"]
    assert str(mirror) in outcomes[0].detail
    assert server.asked == ["/second.zip"]


def test_a_mirror_may_have_a_folder_for_each_collection(
    server: Server, archives: dict, tmp_path: Path
) -> None:
    archives["second"] = replace(archives["second"], collection="other")
    for folder, name, content in (
        ("published", "first.zip", FIRST),
        ("other", "second.zip", SECOND),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(content)
    outcomes = fetch([], tmp_path / "zip", mirror=str(tmp_path))
    assert states(outcomes) == ["fetched", "fetched"]
    assert server.asked == []


def test_each_archive_has_the_address_of_its_collection() -> None:
    known = registry()
    hosts = {archive.collection: set() for archive in known.values()}
    for archive in known.values():
        hosts[archive.collection] |= {a.rsplit("/", 1)[0] for a in archive.addresses}
    assert {name: len(found) for name, found in hosts.items()} == {
        "published": 1,
        "followup": 1,
        "thirdparty/SimbaV2_utd": 1,
        "thirdparty/SimbaV2_param": 1,
        "thirdparty/FlashSAC_scaling": 1,
    }
    assert hosts["published"] != hosts["followup"]


def test_a_table_keeps_its_suffix(
    archives: dict, server: Server, tmp_path: Path
) -> None:
    table = b"env_step,value\n0,1\n"
    archives["runs_1.5"] = package.Archive(
        "runs_1.5",
        (f"{server.address}/1.5.csv",),
        hashlib.sha256(table).hexdigest(),
        suffix=".csv",
    )
    server.files["/1.5.csv"] = table
    (outcome,) = fetch(["runs_1.5.csv"], tmp_path)
    assert str(outcome).startswith("runs_1.5.csv: fetched")
    assert (tmp_path / "runs_1.5.csv").read_bytes() == table
    assert states(fetch(["runs_1.5"], tmp_path)) == ["kept"]


def test_an_http_mirror_is_asked_first(server: Server, tmp_path: Path) -> None:
    server.files["/mirror/first.zip"] = FIRST
    fetch(["first"], tmp_path, mirror=f"{server.address}/mirror/")
    assert server.asked == ["/mirror/first.zip"]


def test_a_copy_packed_again_is_accepted_for_its_contents(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    again = dict(reversed(MEMBERS.items())) | {"__MACOSX/a/x.npy": b"resource fork"}
    (mirror / "first.zip").write_bytes(pack(again, compression=zipfile.ZIP_STORED))
    outcomes = fetch(["first"], tmp_path / "zip", mirror=str(mirror))
    assert str(mirror) in outcomes[0].detail


@pytest.mark.parametrize(
    "changed",
    [
        MEMBERS | {"a/utd_1/x.npy": b"0ne" * 999},
        {"a/utd_1/x.npy": MEMBERS["a/utd_1/x.npy"]},
        MEMBERS | {"a/utd_3/x.npy": b""},
        {name.upper(): content for name, content in MEMBERS.items()},
    ],
    ids=["a value", "a member less", "a member more", "other names"],
)
def test_other_contents_are_not_accepted(
    changed: dict[str, bytes], server: Server, tmp_path: Path
) -> None:
    server.files["/first.zip"] = pack(changed)
    outcomes = fetch(["first"], tmp_path)
    assert states(outcomes) == ["wrong"]
    assert exit_code(outcomes) == 2
    assert names(tmp_path) == set()


def test_a_cut_off_download_does_not_land_and_the_others_go_on(
    server: Server, tmp_path: Path
) -> None:
    server.send_only["/first.zip"] = len(FIRST) // 2
    outcomes = fetch([], tmp_path)
    assert states(outcomes) == ["absent", "fetched"]
    assert "broke off" in outcomes[0].detail
    assert names(tmp_path) == {"second.zip"}
    assert exit_code(outcomes) == 0
    assert "MISSING: first." in summary(outcomes)


def test_a_wrong_file_from_the_mirror_is_told_and_the_address_asked(
    tmp_path: Path,
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "second.zip").write_bytes(SECOND[:-1])
    outcomes = fetch(["second"], tmp_path / "zip", mirror=str(mirror))
    assert states(outcomes) == ["fetched"]
    assert (tmp_path / "zip" / "second.zip").read_bytes() == SECOND


def test_a_wrong_file_in_place_is_replaced_by_a_right_one(tmp_path: Path) -> None:
    (tmp_path / "second.zip").write_bytes(SECOND[:-1])
    outcomes = fetch(["second"], tmp_path)
    assert states(outcomes) == ["fetched"]
    assert "in place of a wrong file" in outcomes[0].detail
    assert (tmp_path / "second.zip").read_bytes() == SECOND


def test_a_wrong_file_in_place_stays_when_no_right_one_can_be_had(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "second.zip").write_bytes(b"mine")
    server.files.clear()
    outcomes = fetch(["second"], tmp_path)
    assert states(outcomes) == ["wrong"]
    assert "4 bytes" in outcomes[0].detail
    assert (tmp_path / "second.zip").read_bytes() == b"mine"
    assert exit_code(outcomes) == 2


def test_absent_everywhere_is_an_error_only_when_nothing_was_had(
    server: Server, tmp_path: Path
) -> None:
    del server.files["/first.zip"]
    some = fetch([], tmp_path)
    assert states(some) == ["absent", "fetched"]
    assert "404" in some[0].detail
    assert exit_code(some) == 0
    assert exit_code(fetch(["first"], tmp_path)) == 2


def test_without_network_it_is_tried_once(
    archives: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failures are not repeated for each archive, and the answer comes at once."""
    looked_up, look_up = [], socket.getaddrinfo

    def counted(*address: Any, **options: Any) -> Any:
        looked_up.append(address)
        return look_up(*address, **options)

    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    dead = {
        name: package.Archive(name, (f"http://127.0.0.1:{port}/{name}.zip",), "0" * 64)
        for name in archives
    }
    monkeypatch.setattr(module, "registry", lambda: dead)
    monkeypatch.setattr(socket, "getaddrinfo", counted)
    outcomes = fetch([], tmp_path)
    assert len(looked_up) == 1
    assert states(outcomes) == ["absent", "absent"]
    assert "no connection" in outcomes[1].detail
    assert exit_code(outcomes) == 2


def test_a_silent_server_is_given_up_and_not_asked_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "TIMEOUT", (0.3, 0.3))
    server.hang_after = 10
    assert states(fetch([], tmp_path)) == ["absent", "absent"]
    assert server.asked == ["/first.zip"]
    assert names(tmp_path) == set()


def test_a_killed_download_leaves_nothing_that_counts_as_there(
    server: Server, tmp_path: Path
) -> None:
    server.hang_after = len(SECOND) // 2
    code = f"""
        import pathlib
        from value_scaling.fetch import Archive, download
        download.registry = lambda: {{"second": Archive(
            "second", ("{server.address}/second.zip",), "{"0" * 64}")}}
        download.fetch([], pathlib.Path({str(tmp_path)!r}))
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    deadline = time.monotonic() + 120
    while not names(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    (left,) = names(tmp_path)
    assert left.endswith(".part")
    server.hang_after = None
    assert states(fetch(["second"], tmp_path)) == ["fetched"]
    os.utime(tmp_path / left, (0, 0))
    fetch(["second"], tmp_path)
    assert names(tmp_path) == {"second.zip"}


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match=r"thrid.*first, second"):
        fetch(["thrid"], tmp_path)


def test_a_mirror_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScalingError, match="no such folder"):
        fetch([], tmp_path, mirror=str(tmp_path / "nowhere"))


def test_a_target_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "zip").write_text("a file")
    with pytest.raises(ScalingError, match="zip"):
        fetch([], tmp_path / "zip")


def test_the_real_registry_states_a_check_and_an_address_for_each() -> None:
    for name, archive in registry().items():
        assert archive.sha256 or archive.git_blob, name
        for check, length in (("sha256", 64), ("git_blob", 40), ("contents", 64)):
            value = getattr(archive, check)
            assert value is None or (len(value) == length and int(value, 16)), name
        assert all(address.startswith("https://") for address in archive.addresses)


def test_the_published_copies_are_what_the_registry_says(published: Path) -> None:
    known = registry()
    present = [known[path.stem] for path in published.glob("*.zip")]
    assert len(present) >= 5
    for archive in present:
        assert package.mismatch(published / archive.file, archive) is None
