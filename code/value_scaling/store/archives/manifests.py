"""The manifest of an archive, with its contents, units and hashes."""

import hashlib
import json
from pathlib import Path
from typing import Any

from value_scaling.records import ScalingError, Setting, Study
from value_scaling.store.archives.layout import is_manifest, parse_name
from value_scaling.store.archives.zips import Zip, open_zip
from value_scaling.store.progress import progress

FORMAT = 1
OUTSIDE = "outside"
"""Key of settings that stay in an archive although the study no longer has them."""
STOPPED_AT = "stopped_at"
"""Key of the step at which the runs of a setting ended because they had passed the
level `stop_at_level` of the training file."""
_REWRITE = "use the archive as it was written, or write it again with `scaling`"


def verify_manifest(path: Path) -> dict[str, Any] | None:
    """Check an archive against its manifest and return it, or None if there is none.

    Raises:
        ScalingError: a member is missing, added or changed, or the archive is broken.
    """
    with open_zip(path) as archive:
        return check_manifest(archive)


def check_manifest(archive: Zip) -> dict[str, Any] | None:
    """Check an open archive; see `verify_manifest`."""
    names = [name for name in archive.members if is_manifest(name)]
    if not names:
        return None
    where = f"{archive.path}: {names[0]}"
    if len(names) > 1:
        raise _wrong(where, f"another manifest, {names[1]}", "one manifest")
    try:
        manifest = json.loads(archive.read(names[0]))
        version, members = manifest["format"], manifest["members"]
        hashes = {str(name): str(value) for name, value in members.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        found = f"no manifest ({error!r:.200})"
        raise _wrong(where, found, "its format and the hash of each member") from error
    if version != FORMAT:
        raise _wrong(where, f"format {version!r}", f"format {FORMAT}")
    present = {name for name in archive.members if name != names[0]}
    for name in sorted(present ^ hashes.keys()):
        is_there = name in present
        raise _wrong(
            f"{archive.path}: {name}",
            "a member that the manifest does not list"
            if is_there
            else "no such member",
            "exactly the members of the manifest",
        )
    for name, wanted in progress(hashes.items(), f"{archive.path.name}, check", "file"):
        if hashlib.sha256(archive.read(name)).hexdigest() != wanted:
            found = "content that does not match the manifest"
            raise _wrong(f"{archive.path}: {name}", found, f"SHA-256 {wanted:.80}")
    return manifest


def left_out(manifest: dict[str, Any] | None, study: Study) -> set[Setting]:
    """Return the settings of an archive listed as `OUTSIDE` the study.

    Settings that have returned to the grid of the sweep are not among them.
    """
    if manifest is None or OUTSIDE not in manifest:
        return set()
    here = {parse_name(str(name), "manifest").setting for name in manifest[OUTSIDE]}
    return here.difference(study.grid) if manifest["set"] == "sweep" else here


def stopped(manifest: dict[str, Any] | None) -> set[Setting]:
    """Return the settings of an archive whose runs were stopped when solved."""
    notes = (manifest or {}).get("settings")
    if not isinstance(notes, dict):
        return set()
    return {
        parse_name(str(name), "manifest").setting
        for name, note in notes.items()
        if isinstance(note, dict) and STOPPED_AT in note
    }


def check_origin(
    path: Path, manifest: dict[str, Any] | None, *, study: str, set_name: str
) -> None:
    """Raise ScalingError if the manifest of an archive names another study or set."""
    if manifest is None:
        return
    found = (manifest.get("study"), manifest.get("set"))
    if found != (study, set_name):
        raise ScalingError(
            path,
            found=f"runs of study {found[0]!r}, set {found[1]!r}",
            expected=f"study {study!r}, set {set_name!r}",
            fix="put the right archive there, or correct `file` in the study file",
        )


def _wrong(where: str, found: str, expected: str) -> ScalingError:
    return ScalingError(where, found=found, expected=expected, fix=_REWRITE)
