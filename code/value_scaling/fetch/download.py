"""Download of archives from a mirror or from their authors, checked on arrival."""

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from value_scaling.fetch.archives import Archive, mismatch, registry
from value_scaling.fetch.transfer import (
    Unavailable,
    copy,
    download,
    host_of,
    without_user,
)
from value_scaling.records import ScalingError, shown

STALE = 3600.0
"""Age in seconds at which the unfinished file of a killed download is removed."""


@dataclass(frozen=True)
class Outcome:
    """Result of fetching one archive.

    `kept`: the right file was already there. `fetched`: the file was downloaded or
    copied. `absent`: no source has it. `wrong`: the file in the folder, or one that a
    source gave, is not the archive.
    """

    name: str
    state: Literal["kept", "fetched", "absent", "wrong"]
    detail: str
    file: str
    """Name of the file in the folder."""

    def __str__(self) -> str:
        return shown(f"{self.file}: {self.state}, {self.detail}")


def _get(
    source: str, part: Path, archive: Archive, *, progress: bool, dead: dict[str, str]
) -> str | None:
    """Copy or download `source` to `part`; return None, or the reason for a failure.

    `dead` holds the hosts that do not respond, with the reason. They are not asked
    again.
    """
    try:
        if "://" not in source:
            copy(Path(source), part, most=archive.most)
        elif (host := host_of(source)) in dead:
            return dead[host]
        else:
            download(source, part, most=archive.most, progress=progress)
    except Unavailable as error:
        if error.host:
            dead[host_of(source)] = str(error)
        return str(error)
    return None


def _sources(archive: Archive, mirror: str | None) -> list[str]:
    if mirror is None:
        return list(archive.addresses)
    files = dict.fromkeys(
        [archive.file, *(a.split("/")[-1] for a in archive.addresses)]
    )
    base = mirror.rstrip("/")
    last = archive.collection.rpartition("/")[2]
    folders = dict.fromkeys(["", f"{archive.collection}/", f"{last}/"])
    tried = (f"{base}/{folder}{file}" for folder in folders for file in files)
    return [*tried, *archive.addresses]


def _fetch_one(
    archive: Archive,
    folder: Path,
    *,
    mirror: str | None,
    progress: bool,
    dead: dict[str, str],
) -> Outcome:
    target = folder / archive.file
    if target.exists() and not target.is_file():
        what = f"{target} is not a file; remove or rename it"
        return Outcome(archive.name, "wrong", what, archive.file)
    before = mismatch(target, archive) if target.is_file() else None
    if target.is_file() and before is None:
        what = "there already, and right"
        return Outcome(archive.name, "kept", what, archive.file)
    failures, wrong = [], before is not None
    for source in _sources(archive, mirror):
        # The file gets its final name only after the check: it may be incomplete.
        handle, name = tempfile.mkstemp(
            prefix=f".{archive.file}.", suffix=".part", dir=folder
        )
        os.close(handle)
        part = Path(name)
        try:
            reason = _get(source, part, archive, progress=progress, dead=dead)
            if reason is None and (problem := mismatch(part, archive)):
                where = without_user(source)
                wrong, reason = True, f"{where} is not the archive ({problem})"
            if reason is None:
                part.chmod(0o644)
                part.replace(target)
                instead = f" in place of a wrong file ({before})" if before else ""
                where = f"from {without_user(source)}{instead}"
                return Outcome(archive.name, "fetched", where, archive.file)
        finally:
            part.unlink(missing_ok=True)
        failures.append(reason)
    if before:
        failures.insert(0, f"{target} is not the archive ({before}) and was left")
    reasons = "; ".join(dict.fromkeys(failures))
    state: Literal["wrong", "absent"] = "wrong" if wrong else "absent"
    return Outcome(archive.name, state, reasons, archive.file)


def _checked(mirror: str) -> str:
    """Return the mirror if it is a folder or an http address, or raise ScalingError."""
    mirror = mirror.removeprefix("file://")
    found = None
    if "://" not in mirror:
        found = None if Path(mirror).is_dir() else "no such folder"
    else:
        try:
            parts = urlsplit(mirror)
            (parts.hostname or "").encode("idna")
            if parts.scheme.lower() not in ("http", "https"):
                found = f"an address that begins with {parts.scheme}://"
            elif not parts.hostname:
                found = "an address without a host"
            elif parts.query or parts.fragment or parts.port == 0:
                found = "an address to which no file name can be added"
        except ValueError:  # an invalid port, IPv6 address or label of the host
            found = "an address with an invalid host or port"
    if found:
        raise ScalingError(
            f"mirror {mirror}",
            found=found,
            expected="a folder with the archives, or an http address",
            fix="correct DATA_MIRROR (or --mirror), or omit it.",
        )
    return mirror


def fetch(
    names: Iterable[str],
    folder: Path,
    *,
    mirror: str | None = None,
    progress: bool = True,
) -> list[Outcome]:
    """Put the named archives, or all if none is named, into `folder` and check them.

    `mirror`, a folder or an http address, is tried before the authors' address. When
    one archive is not available, the others are still fetched.

    Raises:
        ScalingError: a name is unknown, the mirror folder does not exist, or `folder`
            cannot be written to.
    """
    known = registry()
    by_file = {archive.file: name for name, archive in known.items()}
    wanted = [by_file.get(name, name) for name in names] or list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise ScalingError(
            "fetch",
            found=f"the name {unknown[0]}",
            expected=f"one of {', '.join(known)}",
            fix="use names from this list, or give no name to fetch all archives.",
        )
    mirror = _checked(mirror) if mirror else None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob(".*.part"):
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink(missing_ok=True)
        dead: dict[str, str] = {}
        outcomes = [
            _fetch_one(known[n], folder, mirror=mirror, progress=progress, dead=dead)
            for n in wanted
        ]
    except OSError as error:
        raise ScalingError(
            str(error.filename or folder),
            found=error.strerror or str(error),
            expected="to read and write there",
            fix="free space or set the permissions, then run the same command again.",
        ) from error
    return outcomes


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 2 if an archive is wrong or all are absent, and 0 otherwise."""
    wrong = any(outcome.state == "wrong" for outcome in outcomes)
    return 2 if wrong or all(o.state == "absent" for o in outcomes) else 0


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return one line on how many archives are in place and which are missing."""
    missing = [o.name for o in outcomes if o.state in ("absent", "wrong")]
    line = f"{len(outcomes) - len(missing)} of {len(outcomes)} archives are in place"
    if not missing:
        return f"{line}."
    return (
        f"{line}. MISSING: {', '.join(missing)}. Results that do not need these are "
        "still built. To try again, run make data, or make data "
        "DATA_MIRROR=<folder or address>."
    )
