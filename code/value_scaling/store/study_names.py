"""Names that belong to one study alone: its own, and those of its archives."""

import re
from collections.abc import Sequence
from pathlib import Path

from value_scaling.records import SETS, ScalingError, Study
from value_scaling.store.toml_files import read_toml

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def is_name(name: str) -> bool:
    """Whether a study may be called that."""
    return _NAME.fullmatch(name) is not None


def clash(path: Path, study: Study, files: Sequence[Path]) -> ScalingError | None:
    """Return what a study and another one both claim; None: nothing.

    Archives have one owner, as training adds to them. Names that differ in case alone
    are one file on some systems.

    Args:
        path: of the study's file.
        files: of all studies, this one too.
    """
    own = {rule.file.casefold(): rule.file for rule in study.archives.values()}
    for other in files:
        if other == path:
            continue
        name, theirs = study.name.casefold(), other.stem.casefold()
        if name == theirs:
            return ScalingError(
                path,
                found=f"the name of the study in {other}",
                expected="a name of its own",
                fix=f"rename it, e.g. to my_{path.name}, and its archives' names in it",
            )
        if name in {f"{theirs}_{each}" for each in SETS}:
            return ScalingError(
                path,
                found=f"a name that stands for a set of the study in {other}",
                expected="a name of its own",
                fix=f"rename it, e.g. to my_{path.name}, and its archives' names in it",
            )
        for file in _archives(other):
            if file.casefold() in own:
                return ScalingError(
                    f"{path}, archives",
                    found=f"the file {own[file.casefold()]}, which belongs to the "
                    f"study in {other}",
                    expected="archives of its own",
                    fix=f"name another file, e.g. {study.name}_sweep.zip; to analyse "
                    "the same runs in another way, copy the archive to that name",
                )
    return None


def _archives(path: Path) -> list[str]:
    """The archives that a study file names, whatever else is wrong with it."""
    try:
        table, _ = read_toml(path, "a study file", path.name)
    except ScalingError:
        return []  # it is told where that study is read
    sets = table.get("archives")
    rules = sets.values() if isinstance(sets, dict) else ()
    files = [rule.get("file") for rule in rules if isinstance(rule, dict)]
    return [file for file in files if isinstance(file, str)]
