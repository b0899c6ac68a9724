"""What an archive says about its study: settings, and the metric of its returns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from value_scaling.records import ScalingError, Setting
from value_scaling.store.archives.layout import is_manifest, parse_name
from value_scaling.store.archives.manifests import OUTSIDE, check_manifest
from value_scaling.store.archives.zips import open_zip
from value_scaling.store.studies.fresh import RETURNS


@dataclass(frozen=True)
class Listed:
    """The names in an archive, without its arrays."""

    settings: tuple[Setting, ...]
    """Settings that have returns, sorted, without those outside the study."""
    metric: str
    """Folder of the returns."""
    manifest: dict[str, Any]
    """Empty if there is none."""


def list_archive(path: Path, metric: str | None = None) -> Listed:
    """Read the names of the runs in an archive.

    Args:
        metric: folder of the returns; None: `episode.return`, or the only one.

    Raises:
        ScalingError: the archive is missing or wrong, or has no such metric.
    """
    with open_zip(path, wanted="a run archive") as archive:
        manifest = check_manifest(archive) or {}
        members = [
            parse_name(name, path) for name in archive.members if not is_manifest(name)
        ]
    metrics = sorted({member.metric for member in members})
    usual = RETURNS if RETURNS in metrics else metrics[0] if len(metrics) == 1 else None
    wanted = usual if metric is None else metric
    if wanted is None or wanted not in metrics:
        raise ScalingError(
            path,
            found=f"the metrics {', '.join(metrics) or 'of no run'}",
            expected="one of returns" if metric is None else metric,
            fix='name the one of the returns: metric = "…"',
        )
    outside = {
        parse_name(str(name), "manifest").setting for name in manifest.get(OUTSIDE, ())
    }
    found = {member.setting for member in members if member.metric == wanted}
    return Listed(tuple(sorted(found - outside)), wanted, manifest)
