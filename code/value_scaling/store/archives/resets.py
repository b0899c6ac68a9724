"""When the networks behind an archive were reset, by itself or by the study file."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from value_scaling.records import ArchiveRule, ScalingError
from value_scaling.records.schedule import PublishedResets, Resets, TrainedResets
from value_scaling.store.files.typed import convert, mismatches, refuse

KEY = "resets"
"""Key in the manifest of an archive that `scaling train` wrote."""


def to_manifest(resets: TrainedResets) -> dict[str, Any]:
    """Return what a manifest says of a schedule."""
    table = asdict(resets)
    return {**table, "at_steps": list(resets.at_steps)}


def find_resets(
    path: Path, manifest: dict[str, Any] | None, rule: ArchiveRule
) -> Resets | None:
    """Return the schedule of an archive's runs; None: no networks were reset.

    The archive has precedence, even if the training file has changed since. If it
    states nothing, the rule of the study file, which is the published one, applies.

    Raises:
        ScalingError: the archive comes from `scaling train` and does not state the
            resets that the study file says it has, or states them wrongly.
    """
    published = None if rule.reset_every is None else PublishedResets(rule.reset_every)
    if manifest is None or "settings" not in manifest:
        return published
    if KEY not in manifest:
        if published is None:
            return None
        raise ScalingError(
            path,
            found="a manifest that does not say when networks were reset (an earlier "
            "version of `scaling train` wrote it)",
            expected=f"its schedule, as the study file says that there are resets "
            f"(reset_every = {rule.reset_every:g})",
            fix="run the `scaling train` command of this set again: it adds the "
            "schedule and trains nothing that is done",
        )
    wrong = list(mismatches(manifest[KEY], TrainedResets, KEY))
    if wrong:
        raise refuse(path, wrong, "use the archive as `scaling train` wrote it")
    resets = convert(manifest[KEY], TrainedResets)
    return None if resets.never else resets
