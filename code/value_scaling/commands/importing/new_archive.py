"""The archive of imported runs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from value_scaling import __version__
from value_scaling.commands.importing.request import ImportRequest
from value_scaling.records import Runs, ScalingError
from value_scaling.store.archives.read import check_limit
from value_scaling.store.archives.write import write_runs
from value_scaling.store.files.atomic import digest_file
from value_scaling.store.folders import Folders
from value_scaling.store.studies.complete import archive_file
from value_scaling.store.studies.fresh import RETURNS
from value_scaling.store.studies.load import load_study


@contextmanager
def new_archive(
    runs: Runs, wanted: ImportRequest, document: dict[str, Any], folders: Folders
) -> Iterator[tuple[Path, Path]]:
    """Yield the path of the archive, and a temporary file with its content.

    Raises:
        ScalingError: another archive is there and may not be replaced, or there are
            more runs than an archive may have.
    """
    path = folders.archives / archive_file(wanted.study, wanted.set_name)
    if (folders.studies / f"{wanted.study}.toml").exists():
        study = load_study(wanted.study, folders)
        if wanted.set_name in study.archives:
            path = folders.archive(study, wanted.set_name)
    check_limit(f"the archive {path.name}", len(runs.curves))
    metric = ", ".join(document["origins"].get("return", {}))
    manifest = {
        "units": {"step": "environment steps", RETURNS: f"return, logged as {metric}"},
        "packages": {"value-scaling": __version__},
        "commit": f"not known: imported from {wanted.kind}",
        "imported": {"from": wanted.kind, "options": document["options"]},
    }
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / path.name
        write_runs(new, {RETURNS: runs}, manifest=manifest)
        if (
            path.exists()
            and not wanted.replaces
            and digest_file(path) != digest_file(new)
        ):
            raise ScalingError(
                path,
                found="an archive with other content",
                expected="none, or one of the same runs",
                fix="choose another name for the study, or --replace, which replaces "
                "the archive",
            )
        yield path, new
