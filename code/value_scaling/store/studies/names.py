"""Checks that no two studies share a name or an archive."""

import re
from collections.abc import Sequence
from pathlib import Path

from value_scaling.records import SETS, ScalingError, Study
from value_scaling.store.files.toml_files import read_toml
from value_scaling.store.studies.complete import archive_file
from value_scaling.store.studies.model_size import list_size_studies, load_size_study

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def is_name(name: str) -> bool:
    """Return whether a study may have this name."""
    return _NAME.fullmatch(name) is not None


def clash(path: Path, study: Study, files: Sequence[Path]) -> ScalingError | None:
    """Return an error if another study has the same name or archive, or else None.

    Each archive belongs to one study because training adds to it. Names that differ
    only in case are the same file on some systems.

    Args:
        path: path of the study's file.
        files: paths of all study files, including this one.
    """
    if error := _name_clash(path, files):
        return error
    own = {rule.file.casefold(): rule.file for rule in study.archives.values()}
    for other in files:
        # A file that cannot be a study, such as an oddly named copy, owns no archive.
        if other == path or not is_name(other.stem) or _name_clash(other, files):
            continue
        for file in archives_of(other):
            if file.casefold() in own:
                return _archive_clash(path, own[file.casefold()], f"study in {other}")
    for name in list_size_studies() if own else ():
        for file in load_size_study(name).files:
            if file.casefold() in own:
                return _archive_clash(path, file, f"bundled study {name}")
    return None


def _archive_clash(path: Path, file: str, owner: str) -> ScalingError:
    return ScalingError(
        f"{path}, archives",
        found=f"the file {file}, which belongs to the {owner}",
        expected="archives of its own",
        fix="name another file in one of the two studies, or remove one of them; to "
        "analyse the same runs in another way, copy the archive to another name",
    )


def _name_clash(path: Path, files: Sequence[Path]) -> ScalingError | None:
    """Return an error if another study file has the same name, or else None."""
    name = path.stem.casefold()
    for other in files:
        theirs = other.stem.casefold()
        if other == path:
            continue
        if name == theirs:
            found = f"the name of the study in {other}"
        elif name in {f"{theirs}_{each}" for each in SETS}:
            found = f"a name that stands for a set of the study in {other}"
        else:
            continue
        return ScalingError(
            path,
            found=found,
            expected="a name of its own",
            fix=f"rename it, e.g. to my_{path.name}, and its archives' names in it",
        )
    return None


def archives_of(path: Path) -> list[str]:
    """Return the archives that a study file names, even if the file has errors."""
    try:
        table, _ = read_toml(path, "a study file", path.name)
    except ScalingError:
        return []  # reported where that study is read
    sets = table.get("archives", {each: {} for each in SETS})
    rules = sets if isinstance(sets, dict) else {}
    files = [
        rule.get("file", archive_file(path.stem, each))
        for each, rule in rules.items()
        if isinstance(rule, dict)
    ]
    return [file for file in files if isinstance(file, str)]
