"""Get archives from a mirror or from their authors, each checked before it lands."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pooch
import requests
from tqdm import tqdm

from value_scaling.fetch.archives import Archive, mismatch, registry
from value_scaling.records import ScalingError

TIMEOUT = (5.0, 20.0)
"""Seconds to connect and between two pieces: without network, soon an answer."""
STALE = 3600.0
"""Seconds after which the unfinished file of a killed download is swept away."""


@dataclass(frozen=True)
class Outcome:
    """What became of one archive.

    `kept`: it was there and right; `fetched`: it is there now; `absent`: no source
    has it; `wrong`: what could be had, or lies in the folder, is not it.
    """

    name: str
    state: Literal["kept", "fetched", "absent", "wrong"]
    detail: str

    def __str__(self) -> str:
        return f"{self.name}.zip: {self.state}, {self.detail}"


def _get(source: str, part: Path, *, progress: bool, dead: set[str]) -> str | None:
    """Copy or download `source` to `part`; None, or why it could not be had."""
    host = urlsplit(source).netloc
    if "://" not in source:
        try:
            shutil.copyfile(source, part)
        except FileNotFoundError:
            return f"not in {Path(source).parent}"
        except (PermissionError, IsADirectoryError) as error:
            return f"{source} cannot be read ({error.strerror})"
        return None
    if host in dead:
        return f"no connection to {host}"
    # pooch sets the total; the bar shows itself on a terminal only (disable=None).
    bar = tqdm(
        total=1,
        desc=source.split("/")[-1],
        unit="B",
        unit_scale=True,
        leave=False,
        disable=None if progress else True,
    )
    download = pooch.HTTPDownloader(progressbar=bar, chunk_size=2**16, timeout=TIMEOUT)
    try:
        download(source, str(part), None)
    except requests.HTTPError as error:
        return str(error)
    except (requests.ConnectionError, requests.Timeout):
        dead.add(host)
        return f"no connection to {host}"
    except requests.RequestException as error:
        return f"{source} broke off ({type(error).__name__})"
    finally:
        bar.close()
    return None


def _sources(archive: Archive, mirror: str | None) -> list[str]:
    if mirror is None:
        return list(archive.addresses)
    files = dict.fromkeys(
        [archive.file, *(a.split("/")[-1] for a in archive.addresses)]
    )
    return [f"{mirror.rstrip('/')}/{file}" for file in files] + list(archive.addresses)


def _fetch_one(
    archive: Archive,
    folder: Path,
    *,
    mirror: str | None,
    progress: bool,
    dead: set[str],
) -> Outcome:
    target = folder / archive.file
    before = mismatch(target, archive) if target.is_file() else None
    if target.is_file() and before is None:
        return Outcome(archive.name, "kept", "there already, and right")
    failures, wrong = [], before is not None
    for source in _sources(archive, mirror):
        # Never under its final name before its check: a cut-off file is no archive.
        handle, name = tempfile.mkstemp(
            prefix=f".{archive.file}.", suffix=".part", dir=folder
        )
        os.close(handle)
        part = Path(name)
        try:
            reason = _get(source, part, progress=progress, dead=dead)
            if reason is None and (problem := mismatch(part, archive)):
                wrong, reason = True, f"{source} is not the archive ({problem})"
            if reason is None:
                part.chmod(0o644)
                part.replace(target)
                instead = f" in place of a wrong file ({before})" if before else ""
                return Outcome(archive.name, "fetched", f"from {source}{instead}")
        finally:
            part.unlink(missing_ok=True)
        failures.append(reason)
    if before:
        failures.insert(0, f"{target} is not the archive ({before}) and was left")
    reasons = "; ".join(dict.fromkeys(failures))
    return Outcome(archive.name, "wrong" if wrong else "absent", reasons)


def fetch(
    names: Iterable[str],
    folder: Path,
    *,
    mirror: str | None = None,
    progress: bool = True,
) -> list[Outcome]:
    """Put the named archives (none named: all) into `folder`, each checked.

    `mirror`, a folder or an http address, is asked before the authors' address. One
    archive that cannot be had does not stop the others.

    Raises:
        ScalingError: an unknown name, a mirror folder that is not there, or a folder
            that cannot be written to.
    """
    known = registry()
    wanted = [name.removesuffix(".zip") for name in names] or list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise ScalingError(
            "fetch",
            found=f"the name {unknown[0]}",
            expected=f"one of {', '.join(known)}",
            fix="name archives as in this list, or none for all of them.",
        )
    mirror = mirror.removeprefix("file://") if mirror else None
    if mirror and "://" not in mirror and not Path(mirror).is_dir():
        raise ScalingError(
            f"mirror {mirror}",
            found="no such folder",
            expected="a folder with the archives, or an http address",
            fix="correct DATA_MIRROR (or --mirror), or leave it out.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob(".*.part"):
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink(missing_ok=True)
        dead: set[str] = set()
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
    """2 if an archive is wrong or none could be had; 0 if some are merely absent."""
    wrong = any(outcome.state == "wrong" for outcome in outcomes)
    return 2 if wrong or all(o.state == "absent" for o in outcomes) else 0


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line for the end: how many are in place, which are not, what follows."""
    missing = [o.name for o in outcomes if o.state in ("absent", "wrong")]
    line = f"{len(outcomes) - len(missing)} of {len(outcomes)} archives are in place"
    if not missing:
        return f"{line}."
    return (
        f"{line}. MISSING: {', '.join(missing)}. What needs only the others is still "
        "built. To try again: make data, or make data DATA_MIRROR=<folder or address>."
    )
