"""Finished runs: from a group to files, from files to an archive, and back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.learning.base_group import RETURNS, UNITS, Curve
from value_scaling.learning.diagnostics import METRICS
from value_scaling.records import Curves, Runs, ScalingError, Setting
from value_scaling.records.training import Training
from value_scaling.store.archive_writer import write_runs
from value_scaling.store.hours import load_hours, save_hours
from value_scaling.store.layout import format_name
from value_scaling.store.manifests import verify_manifest
from value_scaling.store.npy import parse_npy
from value_scaling.store.run_files import load_arrays, save_arrays, setting_path
from value_scaling.store.zips import open_zip
from value_scaling.sweep.plan import digest


@dataclass(frozen=True)
class Finished:
    """One setting that is done."""

    setting: Setting
    arrays: dict[str, np.ndarray]
    """By metric, [points, 1 + seeds], steps in column 0; without the failed seeds."""
    note: dict[str, Any]
    """`digest`, `failed`, `seeds`, `commit`, `packages`, `cpu`; `cpu_hours`, unless
    the archive they come from lacks its file of hours."""


def collect(
    setting: Setting, curves: Sequence[Curve], note: dict[str, Any]
) -> Finished:
    """Put the runs of one setting side by side; failed ones are named, not averaged.

    Raises:
        ScalingError: every seed failed.
    """
    good = [curve for curve in curves if curve.failed_at < 0]
    failed = {
        str(curve.run.seed): curve.failed_at for curve in curves if curve.failed_at >= 0
    }
    first = curves[0]
    arrays = {
        RETURNS: np.column_stack([first.log_steps, *[c.returns for c in good]]),
        **{
            metric: np.column_stack(
                [first.diagnostic_steps, *[c.diagnostics[:, place] for c in good]]
            )
            for place, metric in enumerate(METRICS)
        },
    }
    arrays = {name: values.astype(np.float32) for name, values in arrays.items()}
    note = {**note, "failed": failed, "seeds": len(curves)}
    if first.gaps:
        note["resume_gaps"] = first.gaps
    return Finished(setting, arrays, note)


def save_finished(folder: Path, finished: Finished) -> None:
    """Write one setting at once, or not at all."""
    save_arrays(setting_path(folder, finished.setting), finished.arrays, finished.note)


def load_finished(
    folder: Path, setting: Setting, training: Training
) -> Finished | None:
    """Read one setting; None: it is not done.

    Raises:
        ScalingError: it was made with other training settings.
    """
    path = setting_path(folder, setting)
    if not path.exists():
        return None
    arrays, note = load_arrays(path)
    check_digest(path, note, setting, training)
    return Finished(setting, arrays, note)


def check_digest(
    path: object, note: dict[str, Any], setting: Setting, training: Training
) -> None:
    """Refuse runs that the present training file would not make."""
    seeds = note.get("seeds")
    if note.get("digest") != digest(setting, training):
        if isinstance(seeds, int) and note.get("digest") == digest(
            setting, replace(training, seeds=seeds)
        ):
            raise ScalingError(
                f"{path}: {setting}",
                found=f"runs of {seeds} seeds",
                expected=f"{training.seeds} seeds",
                fix=f"go on with --seeds {seeds} (make: SEEDS={seeds}), or remove the "
                "old runs and their archive: a finished setting takes up no more seeds",
            )
        raise ScalingError(
            f"{path}: {setting}",
            found="runs made with other training settings",
            expected="the settings of the training file as it is now",
            fix="put the training file back as it was, give the changed study another "
            "name, or remove the old runs and their archive",
        )


def assemble(
    path: Path, study: str, set_name: str, finished: Sequence[Finished]
) -> bool:
    """Write the archive of everything that is finished; return whether it changed.

    A setting whose seeds all failed has no curve: the manifest names it. Hours lie
    beside the archive.
    """
    finished = sorted(finished, key=lambda each: each.setting)
    hours = {
        _label(study, set_name, each.setting): float(each.note["cpu_hours"])
        for each in finished
        if "cpu_hours" in each.note
    }
    save_hours(path, hours)
    runs: dict[str, list[Curves]] = {name: [] for name in (RETURNS, *METRICS)}
    for each in finished:
        for metric, values in each.arrays.items():
            if values.shape[1] > 1:
                steps, columns = values[:, 0], values[:, 1:]
                runs[metric].append(
                    Curves(each.setting, steps.astype(float), columns.astype(float))
                )
    return write_runs(
        path,
        {
            metric: Runs(study=study, set_name=set_name, curves=tuple(curves))
            for metric, curves in runs.items()
        },
        manifest={
            "units": UNITS,
            "packages": _common(each.note["packages"] for each in finished),
            "commit": _common(each.note["commit"] for each in finished),
            "cpu": _common(each.note["cpu"] for each in finished),
            "settings": {
                _label(study, set_name, each.setting): {
                    key: value
                    for key, value in each.note.items()
                    if key not in ("packages", "cpu", "cpu_hours")
                }
                for each in finished
            },
        },
    )


def unpack(
    path: Path,
    folder: Path,
    study: str,
    set_name: str,
    settings: Sequence[Setting],
    training: Training,
) -> int:
    """Bring back the settings of an archive that `folder` lacks; return how many.

    Raises:
        ScalingError: the archive is not of ours, or of other training settings.
    """
    manifest = verify_manifest(path)
    if manifest is None or "settings" not in manifest:
        raise ScalingError(
            path,
            found="an archive that `scaling train` did not write",
            expected="its manifest, with the settings that are done",
            fix="move it away, or give the study another name",
        )
    hours = load_hours(path)
    count = 0
    with open_zip(path) as archive:
        for setting in settings:
            label = _label(study, set_name, setting)
            note = manifest["settings"].get(label)
            if note is None or setting_path(folder, setting).exists():
                continue
            check_digest(path, note, setting, training)
            note = {**note, "packages": manifest["packages"], "cpu": manifest["cpu"]}
            if label in hours:
                note["cpu_hours"] = hours[label]
            arrays = {}
            for metric in (RETURNS, *METRICS):
                name = format_name(f"{study}_{set_name}", setting, metric)
                if name in archive.members:
                    values = parse_npy(archive.read(name), f"{path}: {name}")
                    arrays[metric] = values.astype(np.float32)
            save_finished(folder, Finished(setting, arrays, note))
            count += 1
    return count


def _label(study: str, set_name: str, setting: Setting) -> str:
    return format_name(f"{study}_{set_name}", setting, RETURNS)


def _common(values: Any) -> Any:
    """Return the value that all share, or the list of the different ones."""
    different: list[Any] = []
    for value in values:
        for each in value if isinstance(value, list) else [value]:
            if each not in different:
                different.append(each)
    return different[0] if len(different) == 1 else different
