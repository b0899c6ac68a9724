"""The study file of imported runs."""

import json
from pathlib import Path

from value_scaling.commands.importing.request import ENDING, ImportRequest
from value_scaling.records import Runs, ScalingError
from value_scaling.store.files.atomic import digest_file, replace_if_changed
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.proposed import archive_text, study_text


def write_study(
    wanted: ImportRequest, runs: Runs, folders: Folders
) -> tuple[Path, str]:
    """Write the study file, or add the set to the existing file.

    A file that someone has edited is kept. A file that is still as an import wrote it
    is written again.

    Returns:
        the path, and what was done, in words.

    Raises:
        ScalingError: the file would be refused; it is then unchanged.
    """
    path = folders.studies / f"{wanted.study}.toml"
    old = path.read_bytes() if path.exists() else None
    if old is not None and not _is_as_imported(path, wanted, folders):
        study = load_study(wanted.study, folders)
        if wanted.set_name in study.archives:
            return path, "kept"
        more = "\n" + archive_text(wanted.study, wanted.set_name)
        _replace(path, old + more.encode(), old, wanted, folders)
        return path, f"added [archives.{wanted.set_name}]"
    names = ", ".join(Path(each).name for each in wanted.sources)
    text = study_text(
        runs,
        source=f"{wanted.kind}: {names}",
        stated=wanted.stated,
    )
    _replace(path, text.encode(), old, wanted, folders)
    return path, "new" if old is None else "written again, as it was not edited"


def _replace(
    path: Path,
    content: bytes,
    old: bytes | None,
    wanted: ImportRequest,
    folders: Folders,
) -> None:
    """Write a study file, and restore the old one if the new one is refused."""
    replace_if_changed(path, content)
    try:
        load_study(wanted.study, folders)
    except ScalingError:
        if old is None:
            path.unlink()
        else:
            replace_if_changed(path, old)
        raise


def _is_as_imported(path: Path, wanted: ImportRequest, folders: Folders) -> bool:
    """Whether a study file with this set alone is still as its import wrote it."""
    study = load_study(wanted.study, folders)
    if set(study.archives) != {wanted.set_name}:
        return False
    archive = folders.archive(study, wanted.set_name)
    report = archive.with_name(archive.stem + ENDING)
    if not report.is_file():
        return False
    try:
        written = json.loads(report.read_text(encoding="utf-8")).get("study_file")
    except (ValueError, AttributeError):
        return False
    return bool(written == digest_file(path))
