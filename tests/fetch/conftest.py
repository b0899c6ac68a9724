"""A local server, and a registry of its two archives."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from served import FIRST, MEMBERS, SECOND, Server, serving

from value_scaling import fetch as package
from value_scaling.fetch import download, transfer


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as state:
        yield state


@pytest.fixture(autouse=True)
def archives(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict:
    """Register two archives, one by its hash, one by its blob id or contents."""
    blob = hashlib.sha1(b"blob %d\0" % len(FIRST) + FIRST).hexdigest()
    hashes = {k: hashlib.sha256(v).hexdigest() for k, v in MEMBERS.items()}
    lines = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    known = {
        "first": package.Archive(
            name="first",
            addresses=(f"{server.address}/first.zip",),
            git_blob=blob,
            contents=hashlib.sha256(lines.encode()).hexdigest(),
        ),
        "second": package.Archive(
            name="second",
            addresses=(f"{server.address}/second.zip", f"{server.address}/old.zip"),
            sha256=hashlib.sha256(SECOND).hexdigest(),
        ),
    }
    monkeypatch.setattr(download, "registry", lambda: known)
    monkeypatch.setattr(transfer, "FIRST_PAUSE", 0.0)
    server.files = {"/first.zip": FIRST, "/second.zip": SECOND}
    return known
