"""Writing of run archives in the authors' layout, with a manifest of hashes."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.records import Curves, Runs, ScalingError
from value_scaling.store.archives.layout import MANIFEST, format_name, parse_name
from value_scaling.store.archives.manifests import FORMAT
from value_scaling.store.files.atomic import write_if_changed
from value_scaling.store.files.zip_files import npy, write_zip
from value_scaling.store.progress import progress

_CALLER_KEYS = {"units", "packages", "commit"}


def write_runs(
    path: Path,
    runs_by_metric: dict[str, Runs],
    *,
    manifest: dict[str, Any],
    kept: Mapping[str, bytes] | None = None,
) -> bool:
    """Write the runs of one set to an archive for `read_runs`.

    Equal runs give equal bytes, because members are sorted and have no date.

    Args:
        runs_by_metric: runs of one study and set, by metric folder, e.g.
            `episode.return`.
        manifest: `units` (unit of each metric and of `step`), `packages` (version of
            each) and `commit` (of the code that made the runs); further keys are kept.
        kept: members of the same study and set to copy byte for byte, by name.

    Returns:
        whether the file changed.

    Raises:
        ScalingError: a value is not finite, or the file cannot be written.
        ValueError: the runs or the manifest do not fit this description.
    """
    origins = {(runs.study, runs.set_name) for runs in runs_by_metric.values()}
    if len(origins) != 1:
        raise ValueError(f"an archive holds one study and set, not {sorted(origins)}")
    ((study, set_name),) = origins
    if missing := _CALLER_KEYS - manifest.keys():
        raise ValueError(f"the manifest lacks {sorted(missing)}")
    if missing := {"step", *runs_by_metric} - manifest["units"].keys():
        raise ValueError(f"the manifest gives no unit for {sorted(missing)}")
    top = f"{study}_{set_name}"
    members: dict[str, Callable[[], bytes]] = {
        name: partial(bytes, content) for name, content in (kept or {}).items()
    }
    metrics = {parse_name(name, path).metric for name in members}
    for metric, runs in runs_by_metric.items():
        for at, setting in enumerate(runs.settings):
            name = format_name(top, setting, metric)
            read_back = parse_name(name, path)
            if (read_back.setting, read_back.metric) != (setting, metric):
                raise ValueError(f"{name!r} cannot be read back")
            if name in members:
                raise ValueError(f"{name!r} twice")
            members[name] = partial(_npy, runs.curves, at, path)
    # The manifest, which comes first, has the hash of each member. Members are made
    # twice because they may not fit into memory together.
    document = {
        **manifest,
        "format": FORMAT,
        "study": study,
        "set": set_name,
        "metrics": sorted(metrics.union(runs_by_metric)),
        "members": {
            name: hashlib.sha256(content()).hexdigest()
            for name, content in progress(
                sorted(members.items()), f"{path.name}, hashes", "file"
            )
        },
    }
    text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"
    members[f"{top}/{MANIFEST}"] = text.encode
    made = (
        (name, content())
        for name, content in progress(sorted(members.items()), path.name, "file")
    )
    return write_if_changed(path, lambda part: write_zip(part, made))


def _npy(every: Sequence[Curves], at: int, path: Path) -> bytes:
    curves = every[at]
    array = np.column_stack([curves.steps, curves.returns]).astype("<f8")
    if not np.isfinite(array).all():
        raise ScalingError(
            f"{path}: {curves.setting}",
            found=f"{(~np.isfinite(array)).sum()} values that are not finite",
            expected="finite numbers",
            fix="leave out the seeds that diverged, or run them again",
        )
    return npy(array)
