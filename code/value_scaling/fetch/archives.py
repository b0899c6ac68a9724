"""The published archives, and what proves that a file is one of them."""

import hashlib
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pooch

REGISTRY = Path(__file__).parents[1] / "registry.toml"
MEMBER_LIMIT = 64 * 2**20
"""Bytes; the largest published member has 0.3 MB."""


@dataclass(frozen=True)
class Archive:
    """A published archive and what proves that a file is it; any one check is enough.

    The hash of the contents is that of the lines `<sha256>  <member>`, one for each
    .npy member, sorted by name: the same for an archive that was packed again.
    """

    name: str
    addresses: tuple[str, ...]
    sha256: str | None = None
    git_blob: str | None = None
    contents: str | None = None

    @property
    def file(self) -> str:
        return f"{self.name}.zip"


def registry(path: Path = REGISTRY) -> dict[str, Archive]:
    """The published archives by name, with their checks and addresses."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    base = table["address"].rstrip("/")
    archives = {}
    for name, entry in table["archives"].items():
        files = entry.get("published_as", [f"{name}.zip"])
        checks = {key: entry.get(key) for key in ("sha256", "git_blob", "contents")}
        addresses = tuple(f"{base}/{file}" for file in files)
        archives[name] = Archive(name=name, addresses=addresses, **checks)
    return archives


def contents_hash(path: Path) -> str | None:
    """SHA-256 over the .npy members (see `Archive`); None if this is no such zip."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = [
                member
                for member in packed.infolist()
                if member.filename.endswith(".npy")
                and not member.filename.startswith("__MACOSX/")
            ]
            if any(member.file_size > MEMBER_LIMIT for member in members):
                return None
            lines = [
                f"{hashlib.sha256(packed.read(member)).hexdigest()}  {member.filename}"
                for member in sorted(members, key=lambda member: member.filename)
            ]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        return None
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def mismatch(path: Path, archive: Archive) -> str | None:
    """None if the file is the archive, else what was found and what was expected."""
    found = pooch.file_hash(str(path), alg="sha256")
    if found == archive.sha256:
        return None
    content = path.read_bytes()
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
