"""Finished runs: from a group to a file for each setting, and back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.learning.training.curves import RETURNS, Curve
from value_scaling.learning.training.diagnostics import METRICS
from value_scaling.records import ScalingError, Setting
from value_scaling.records.training import Training
from value_scaling.store.archives.layout import format_name
from value_scaling.store.archives.manifests import STOPPED_AT
from value_scaling.store.files.run_files import load_arrays, save_arrays
from value_scaling.sweep.plan.digests import digest


@dataclass(frozen=True)
class FinishedSetting:
    """One finished setting."""

    setting: Setting
    arrays: dict[str, np.ndarray]
    """An array for each metric, [points, 1 + seeds], with steps in column 0 and without
    the failed seeds."""
    note: dict[str, Any]
    """`digest`, `failed`, `seeds`, `commit`, `packages`, `cpu`, `cpu_hours`, and
    `stopped_at` if the runs ended before their last step."""


def collect(
    setting: Setting, curves: Sequence[Curve], note: dict[str, Any]
) -> FinishedSetting:
    """Join the runs of one setting; failed runs are noted and left out of curves."""
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
    if first.stopped_at >= 0:
        note[STOPPED_AT] = first.stopped_at
    if first.inexact_resumes:
        note["resume_gaps"] = first.inexact_resumes
    return FinishedSetting(setting, arrays, note)


def setting_path(folder: Path, setting: Setting) -> Path:
    """Return the file of the finished runs of one setting."""
    name = format_name(folder.name, setting, "runs")
    return folder.parent / name.replace("/runs/", "/").replace(".npy", ".npz")


def save_finished(folder: Path, finished: FinishedSetting) -> None:
    """Write one setting atomically."""
    save_arrays(setting_path(folder, finished.setting), finished.arrays, finished.note)


def are_finished(folder: Path, settings: Iterable[Setting]) -> bool:
    """Whether each of these settings has its file."""
    return all(setting_path(folder, setting).exists() for setting in settings)


def load_finished(
    folder: Path, setting: Setting, training: Training
) -> FinishedSetting | None:
    """Read one setting; None if it is not finished.

    Raises:
        ScalingError: it was made with other training settings.
    """
    path = setting_path(folder, setting)
    if not path.exists():
        return None
    arrays, note = load_arrays(path)
    check_digest(path, note, setting, training)
    return FinishedSetting(setting, arrays, note)


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
                fix=f"continue with --seeds {seeds} (make: SEEDS={seeds}), since a "
                "finished setting gets no further seeds. For a new archive, move the "
                "old one and the folder of its runs away",
            )
        raise ScalingError(
            f"{path}: {setting}",
            found="runs made with other training settings",
            expected="the settings of the training file as it is now",
            fix="restore the training file, or give the changed study another name. "
            "For a new archive under this name, move the old one and the folder of "
            "its runs away; an archive is never overwritten",
        )
