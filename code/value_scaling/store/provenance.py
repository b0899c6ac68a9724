"""Provenance of runs, read from the manifests that `scaling train` wrote."""

from pathlib import Path
from typing import Any

from value_scaling.records import SETS, ScalingError, Setting, Study
from value_scaling.records.provenance import MadeSet, Provenance
from value_scaling.records.training import Training
from value_scaling.store.archives.hours import load_hours
from value_scaling.store.archives.layout import parse_name
from value_scaling.store.archives.manifests import left_out, verify_manifest
from value_scaling.store.folders import Folders
from value_scaling.store.studies.training import load_training


def read_provenance(study: Study, folders: Folders) -> Provenance | None:
    """Return the provenance of a study's archives; None if `scaling train` made none.

    Raises:
        ScalingError: an archive or the training file is incomplete or damaged.
    """
    manifests = {}
    for name in SETS:
        path = folders.archive(study, name) if name in study.archives else None
        if path is not None and path.exists():
            manifest = verify_manifest(path)
            if manifest is not None and "settings" in manifest:
                manifests[name] = path, manifest
    if not manifests:
        return None
    training = load_training(study, folders)
    return Provenance(
        training,
        tuple(
            _made(name, path, manifest, training, left_out(manifest, study))
            for name, (path, manifest) in manifests.items()
        ),
    )


def _made(
    name: str,
    path: Path,
    manifest: dict[str, Any],
    training: Training,
    outside: set[Setting],
) -> MadeSet:
    try:
        notes = {
            label: note
            for label, note in manifest["settings"].items()
            if parse_name(label, path).setting not in outside
        }
        hours = load_hours(path)
        runs = {label: int(note["seeds"]) for label, note in notes.items()}
        return MadeSet(
            name=name,
            settings=len(notes),
            runs=sum(runs.values()),
            failed=sum(len(note["failed"]) for note in notes.values()),
            steps=sum(
                count * training.steps(parse_name(label, path).setting)
                for label, count in runs.items()
            ),
            cpu_hours=sum(hours[label] for label in notes)
            if hours.keys() >= notes.keys()
            else None,
            cpus=_listed(manifest["cpu"]),
            commits=_listed(manifest["commit"]),
            packages=_packages(manifest["packages"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ScalingError(
            path,
            found=f"a manifest without {error!r:.100}",
            expected="the settings, packages and commits of its runs",
            fix="use the archive as `scaling train` wrote it",
        ) from error


def _listed(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _packages(value: Any) -> tuple[tuple[str, str], ...]:
    """Return names and versions; a package has a list of versions after an upgrade."""
    each = value if isinstance(value, list) else [value]
    pairs = {(str(k), str(v)) for packages in each for k, v in packages.items()}
    return tuple(sorted(pairs))
