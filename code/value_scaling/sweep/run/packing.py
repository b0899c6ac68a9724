"""Pack finished runs into an archive, to which `train` only ever adds.

The contents of an archive stay in it, byte for byte, including settings that the study
no longer has and runs of another machine. Under `outside`, its manifest names the
settings that the study no longer has; readers leave these out.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from value_scaling.learning.training.curves import RETURNS, UNITS
from value_scaling.learning.training.diagnostics import METRICS
from value_scaling.records import Curves, Runs, Setting
from value_scaling.records.schedule import TrainedResets
from value_scaling.store.archives.hours import save_hours
from value_scaling.store.archives.layout import format_name
from value_scaling.store.archives.manifests import OUTSIDE
from value_scaling.store.archives.resets import KEY, to_manifest
from value_scaling.store.archives.write import write_runs
from value_scaling.sweep.plan.archived_runs import OF_MACHINE, ArchivedRuns
from value_scaling.sweep.plan.finished import FinishedSetting


def pack(
    path: Path,
    study: str,
    set_name: str,
    packed: ArchivedRuns,
    finished: Iterable[FinishedSetting],
    planned: Iterable[Setting],
    resets: TrainedResets | None,
) -> bool:
    """Write what was packed and what is finished; return whether the archive changed.

    An archive to which nothing is added is not written. A setting whose seeds all
    failed has no curve, but the manifest names it. Hours are stored beside the archive.

    Args:
        packed: contents of this archive, and of others that it replaces.
        planned: settings that the study has.
        resets: schedule of network resets; None if the manifest states no schedule.

    Raises:
        ScalingError: a file cannot be written.
    """
    new = [each for each in finished if each.setting not in packed.notes]
    notes = packed.notes | {each.setting: each.note for each in new}
    labels = {each: setting_label(study, set_name, each) for each in sorted(notes)}
    hours = packed.hours | {
        labels[each.setting]: float(each.note["cpu_hours"])
        for each in new
        if "cpu_hours" in each.note
    }
    save_hours(path, hours)
    document: dict[str, Any] = {}
    for manifest in packed.manifests.values():
        document = manifest | document
    document |= _document({labels[each]: notes[each] for each in labels})
    document["units"] = UNITS | document.get("units", {})
    document[OUTSIDE] = [labels[each] for each in _outside(labels, planned, set_name)]
    if resets is not None:
        document[KEY] = to_manifest(resets)
    before = packed.manifests.get(path)
    if before is not None and all(
        before.get(key, []) == document.get(key, [])
        for key in ("settings", OUTSIDE, KEY)
    ):
        return False
    if not document[OUTSIDE]:
        del document[OUTSIDE]
    runs: dict[str, list[Curves]] = {name: [] for name in (RETURNS, *METRICS)}
    for each in new:
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
        manifest=document,
        kept={
            name: content
            for own in packed.members.values()
            for name, content in own.items()
        },
    )


def _document(notes: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the manifest's values for all settings together, and for each setting."""
    shared = {
        key: _common(note[key] for note in notes.values())
        for key in (*OF_MACHINE, "commit")
    }
    left_out = {key for key in OF_MACHINE if not isinstance(shared[key], list)}
    return {
        **shared,
        "settings": {
            name: {
                key: value
                for key, value in note.items()
                if key not in left_out and key != "cpu_hours"
            }
            for name, note in notes.items()
        },
    }


def _outside(
    settings: Iterable[Setting], planned: Iterable[Setting], set_name: str
) -> list[Setting]:
    """Return the settings that the study lacks, or has replaced by others.

    A fitted set has one setting for each (environment, σ), which changes with the fit.
    """
    there = set(planned)
    kept_apart = set_name != "sweep"
    cells = {(each.env, each.utd) for each in there}
    names = {each.env for each in there}
    return [
        each
        for each in settings
        if each not in there
        and (not kept_apart or each.env not in names or (each.env, each.utd) in cells)
    ]


def setting_label(study: str, set_name: str, setting: Setting) -> str:
    """Return the name of a setting in manifests and in the file of hours."""
    return format_name(f"{study}_{set_name}", setting, RETURNS)


def _common(values: Iterable[Any]) -> Any:
    """Return the value that all share, or the list of the different ones."""
    different: list[Any] = []
    for value in values:
        for each in value if isinstance(value, list) else [value]:
            if each not in different:
                different.append(each)
    return different[0] if len(different) == 1 else different
