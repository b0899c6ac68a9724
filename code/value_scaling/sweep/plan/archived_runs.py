"""The contents of a set's archives: its runs, and how each setting was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from value_scaling.records import ScalingError, Setting
from value_scaling.records.training import Training
from value_scaling.store.archives.hours import load_hours
from value_scaling.store.archives.layout import parse_name
from value_scaling.store.archives.manifests import check_manifest, check_origin
from value_scaling.store.archives.zips import open_zip
from value_scaling.sweep.plan.finished import check_digest

OF_MACHINE = ("packages", "cpu")
"""Keys that a manifest states only once if all settings have the same value."""


@dataclass(frozen=True)
class ArchivedRuns:
    """Contents of the archives of one set."""

    notes: dict[Setting, dict[str, Any]]
    """Notes of settings, as in `FinishedSetting`, without the hours."""
    members: dict[Setting, dict[str, bytes]]
    """Contents of the members of each setting, by their names."""
    hours: dict[str, float]
    """Hours of one core, by the label of the setting."""
    manifests: dict[Path, dict[str, Any]]
    """Manifest of each archive."""


def read_archived_runs(
    paths: Sequence[Path], study: str, set_name: str, training: Training
) -> ArchivedRuns:
    """Read the archives of a set that exist; the first has precedence.

    Raises:
        ScalingError: an archive was not written by `scaling train`, is of another study
            or set, is damaged, or has other training settings.
    """
    packed = ArchivedRuns({}, {}, {}, {})
    trained = {task.name for task in training.tasks}
    for path in paths:
        if not path.exists():
            continue
        one = _read(path, study, set_name)
        for setting, note in one.notes.items():
            if setting.env in trained:
                check_digest(path, note, setting, training)
        packed = ArchivedRuns(
            one.notes | packed.notes,
            one.members | packed.members,
            one.hours | packed.hours,
            one.manifests | packed.manifests,
        )
    return packed


def _read(path: Path, study: str, set_name: str) -> ArchivedRuns:
    try:
        with open_zip(path) as archive:
            manifest = check_manifest(archive)
            content = {name: archive.read(name) for name in archive.members}
    except ScalingError as error:
        raise ScalingError(
            error.what,
            found=error.found,
            expected=error.expected,
            fix=f"put back a copy of {path}, or move it away. Runs that were trained "
            "here are also in data/runs and are packed again; all others are trained "
            "again",
        ) from error
    notes = _notes(path, manifest)
    if manifest is None or notes is None:
        raise ScalingError(
            path,
            found="an archive that `scaling train` did not write",
            expected="its manifest, with the settings that are done",
            fix="move it away, or name another `file` in the study file; archives "
            "that others wrote are never overwritten",
        )
    check_origin(path, manifest, study=study, set_name=set_name)
    members: dict[Setting, dict[str, bytes]] = {setting: {} for setting in notes}
    for name in manifest["members"]:
        own = members.setdefault(parse_name(name, path).setting, {})
        own[name] = content[name]
    return ArchivedRuns(notes, members, load_hours(path), {path: manifest})


def _notes(
    path: Path, manifest: dict[str, Any] | None
) -> dict[Setting, dict[str, Any]] | None:
    """Return the note of each setting; None if `scaling train` wrote no manifest."""
    table = None if manifest is None else manifest.get("settings")
    if manifest is None or not isinstance(table, dict):
        return None
    shared = {key: manifest[key] for key in OF_MACHINE if key in manifest}
    notes = {}
    for name, note in table.items():
        if not isinstance(note, dict):
            return None
        whole = {**shared, **note}
        if not whole.keys() >= {*OF_MACHINE, "commit", "digest", "seeds", "failed"}:
            return None
        notes[parse_name(name, path).setting] = whole
    return notes
