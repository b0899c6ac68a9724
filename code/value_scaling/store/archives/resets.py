"""Reset schedule of the runs in an archive, from the archive or the study file."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from value_scaling.records import ArchiveRule, ScalingError
from value_scaling.records.schedule import PublishedResets, Resets, TrainedResets
from value_scaling.store.files.typed import convert, mismatches, refuse

KEY = "resets"
"""Key of the schedule in the manifest of an archive that `scaling train` wrote."""


def to_manifest(resets: TrainedResets) -> dict[str, Any]:
    """Return the entry of a manifest for a schedule."""
    table = asdict(resets)
    return {**table, "at_steps": list(resets.at_steps)}


def find_resets(
    path: Path, manifest: dict[str, Any] | None, rule: ArchiveRule
) -> Resets | None:
    """Return the reset schedule of an archive's runs, or None if there were no resets.

    The archive takes precedence, even if the training file has changed since. If it
    states no schedule, the rule of the study file applies, which is the published one.

    Raises:
        ScalingError: the archive comes from `scaling train`, and its schedule is
            invalid or missing although the study file states resets.
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
            expected=f"its schedule, because the study file states resets "
            f"(reset_every = {rule.reset_every:g})",
            fix="run the `scaling train` command of this set again: it adds the "
            "schedule and repeats no finished runs",
        )
    wrong = list(mismatches(manifest[KEY], TrainedResets, KEY))
    if wrong:
        raise refuse(path, wrong, "use the archive as `scaling train` wrote it")
    resets = convert(manifest[KEY], TrainedResets)
    return None if resets.never else resets
