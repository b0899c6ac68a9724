"""Safe reading of zip files in memory, within limits and without extraction."""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from value_scaling.records import ScalingError
from value_scaling.store.files.regular import ZIP_BYTES, open_file

MEMBER_BYTES = 64 << 20
"""Largest uncompressed size of a member in bytes: 64 MiB, a hundred times the largest
published member."""
MEMBERS = 250_000
"""Largest number of members: two metrics of 100,000 settings, and more."""

_BROKEN = (
    zipfile.BadZipFile,  # includes a wrong CRC
    zlib.error,
    struct.error,
    EOFError,
    OverflowError,
    OSError,
    RuntimeError,  # encryption; its subclass NotImplementedError: unknown zip features
    ValueError,  # includes names that are not Unicode
)
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_AGAIN = "fetch it again (`make data`), or zip the folder again"


@dataclass(frozen=True)
class Zip:
    """An open zip file with its SHA-256 and its members, except those of macOS."""

    path: Path
    members: dict[str, zipfile.ZipInfo]
    digest: str
    file: zipfile.ZipFile

    def read(self, name: str) -> bytes:
        """Return the content of one member, at most as large as `open_zip` accepted."""
        info = self.members[name]
        try:
            with self.file.open(info) as stream:
                # Headers can be false: the size that they promise limits the content.
                content = stream.read(info.file_size + 1)
        except _BROKEN as error:
            raise ScalingError(
                f"{self.path}: {name}",
                found=f"a damaged member ({error})",
                expected="one that can be unpacked",
                fix=_AGAIN,
            ) from error
        if len(content) != info.file_size:
            raise ScalingError(
                f"{self.path}: {name}",
                found=f"{len(content)} bytes",
                expected=f"the {info.file_size} bytes that its header promises",
                fix=_AGAIN,
            )
        return content


@contextmanager
def open_zip(path: Path, *, wanted: str = "a zip file") -> Iterator[Zip]:
    """Open a zip file and check its list of members before any is decompressed.

    Raises:
        ScalingError: the file is missing or is not a zip file, or it contains names
            that leave the folder, duplicate names, encryption, compression other than
            deflate, or more than MEMBER_BYTES, ZIP_BYTES or MEMBERS.
    """
    try:
        with open_file(path) as handle:
            size = handle.seek(0, 2)
            if size > ZIP_BYTES:
                raise _too_large(path, f"{size / 2**30:.1f} GiB on disk")
            handle.seek(0)
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
            try:
                file = zipfile.ZipFile(handle)
            except _BROKEN as error:
                raise ScalingError(
                    path,
                    found=f"no zip file, or an incomplete one ({error})",
                    expected=wanted,
                    fix=_AGAIN,
                ) from error
            with file:
                yield Zip(path, _checked(path, file.infolist()), digest, file)
    except OSError as error:
        raise ScalingError(
            path,
            found=f"nothing that can be read ({error.strerror or error})",
            expected=wanted,
            fix="fetch the published archives with `make data`, or put yours there",
        ) from error


def _checked(path: Path, infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > MEMBERS:
        raise _too_large(path, f"{len(infos)} members")
    total, members = 0, {}
    for info in infos:
        name = info.filename
        if not name:
            raise ScalingError(
                path,
                found="a member without a name",
                expected="members that are files of a folder",
                fix=_AGAIN,
            )
        parts = name.split("/")
        if name.startswith("/") or ".." in parts or set(name) & set("\\:"):
            raise ScalingError(
                f"{path}: {name}",
                found="a path that leaves the archive's folder",
                expected="a relative path with forward slashes and no '..'",
                fix="do not use this archive, or zip its folder again from outside",
            )
        if info.is_dir() or parts[0] == "__MACOSX" or parts[-1] == ".DS_Store":
            continue
        total += info.file_size
        if info.file_size > MEMBER_BYTES:
            raise _too_large(f"{path}: {name}", f"{info.file_size / 2**20:.0f} MiB")
        if total > ZIP_BYTES:
            raise _too_large(path, f"over {total / 2**30:.1f} GiB uncompressed")
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _KNOWN:
            raise ScalingError(
                f"{path}: {name}",
                found="a member that is encrypted or compressed in an unusual way",
                expected="a member that is stored or deflated, without a password",
                fix="zip the folder again with the usual settings",
            )
        if name in members:
            raise ScalingError(
                f"{path}: {name}",
                found="two members of this name",
                expected="one",
                fix="remove one of them, or zip the folder again",
            )
        members[name] = info
    return members


def _too_large(what: object, found: str) -> ScalingError:
    return ScalingError(
        what,
        found=found,
        expected=f"at most {MEMBER_BYTES >> 20} MiB per member, {ZIP_BYTES >> 30} GiB"
        f" and {MEMBERS} members per archive",
        fix="split the archive, or log fewer points per run",
    )
