"""The published archives and tables, and the checks that identify a file as one."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from value_scaling.records import ScalingError
from value_scaling.store.archives.zips import open_zip

REGISTRY = Path(__file__).parents[1] / "registry.toml"
LARGEST = 64 << 20
"""Largest allowed size in bytes of an archive whose size is not stated. The largest
stated size is 6.6 MB."""
UNPACKED = 9
"""Largest factor by which an archive may grow when it is stored without compression."""
CONTENTS = 256 << 20
"""Largest total size in bytes of the members that are hashed. The largest archive has
26 MB of them."""


@dataclass(frozen=True)
class Archive:
    """A published archive or table and its checks. A file must pass one of them.

    `contents` is the SHA-256 of the lines `<sha256>  <member>`, one for each .npy
    member, sorted by name. It does not change when the archive is packed again.
    """

    name: str
    addresses: tuple[str, ...]
    sha256: str | None = None
    git_blob: str | None = None
    contents: str | None = None
    bytes: int | None = None
    """Size of the file as last published; None if it is not known."""
    collection: str = "published"
    """Folder of a mirror in which the archive may lie."""
    suffix: str = ".zip"
    """End of the file's name."""

    @property
    def file(self) -> str:
        return f"{self.name}{self.suffix}"

    @property
    def most(self) -> int:
        """Largest size in bytes of a copy, even of one packed without compression."""
        return LARGEST if self.bytes is None else 2 * UNPACKED * self.bytes


def registry(path: Path = REGISTRY) -> dict[str, Archive]:
    """Return the published archives by name, with their checks and addresses."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    collections = {"published": table["address"]} | table["collections"]
    archives = {}
    for name, entry in table["archives"].items():
        suffix = entry.get("suffix", ".zip")
        files = entry.get("published_as", [f"{name}{suffix}"])
        checks = {
            key: entry.get(key) for key in ("sha256", "git_blob", "contents", "bytes")
        }
        collection = entry.get("collection", "published")
        base = collections[collection].rstrip("/")
        addresses = tuple(f"{base}/{file}" for file in files)
        archives[name] = Archive(
            name=name,
            addresses=addresses,
            collection=collection,
            suffix=suffix,
            **checks,
        )
    return archives


def contents_hash(path: Path) -> str | None:
    """Return the `contents` hash of `Archive`; None if the file is not a usable zip."""
    try:
        with open_zip(path) as packed:
            members = sorted(name for name in packed.members if name.endswith(".npy"))
            if sum(packed.members[name].file_size for name in members) > CONTENTS:
                return None
            lines = [
                f"{hashlib.sha256(packed.read(name)).hexdigest()}  {name}\n"
                for name in members
            ]
    except ScalingError:  # a damaged file cannot be the archive
        return None
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def mismatch(path: Path, archive: Archive) -> str | None:
    """Return None if the file is the archive, else a text on how it differs."""
    try:
        if (size := path.stat().st_size) > archive.most:
            return f"{size} bytes; the archive has at most {archive.most}"
        content = path.read_bytes()
    except OSError as error:
        return f"a file that cannot be read: {error.strerror or error}"
    found = hashlib.sha256(content).hexdigest()
    if found == archive.sha256:
        return None
    header = b"blob %d\0" % len(content)
    blob = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
    if blob == archive.git_blob:
        return None
    if archive.contents and contents_hash(path) == archive.contents:
        return None
    if archive.sha256:
        expected = f"sha256 {archive.sha256[:12]}"
    else:
        expected, found = f"git blob {(archive.git_blob or '')[:12]}", blob
    return f"{len(content)} bytes with {found[:12]}… where {expected}… was expected"
