"""Archives that a study file names and that are missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from value_scaling.records import SETS, ScalingError, Study
from value_scaling.store.folders import Folders

SIMILAR = 0.75
"""Least similarity of two names, out of 1, for one to be a misspelling of the other."""


@dataclass(frozen=True)
class MissingArchive:
    """One missing archive."""

    set_name: str
    path: Path
    found: str
    """Description of what was found in its place."""

    def error(self, study: Study, *, fix: str) -> ScalingError:
        """Return the error for a command that needs this archive."""
        return ScalingError(
            self.path,
            found=self.found,
            expected=f"the {self.set_name} runs of study {study.name}, as "
            f"[archives.{self.set_name}] of the study file says",
            fix=fix,
        )


def missing_archives(
    study: Study, folders: Folders, *, studies: Sequence[str] = ()
) -> tuple[MissingArchive, ...]:
    """Return the archives that a study file names and that are missing.

    Args:
        studies: names of all studies; files named after another study are ignored.
    """
    foreign = tuple(f"{name}_" for name in studies if name != study.name)
    own = {rule.file for rule in study.archives.values()}
    here = folders.archives.iterdir() if folders.archives.is_dir() else ()
    others = sorted(
        path.name
        for path in here
        if path.suffix.lower() == ".zip"
        and path.name not in own
        and not path.name.startswith(foreign)
    )
    return tuple(
        MissingArchive(name, path, _in_place_of(path, others))
        for name in SETS
        if name in study.archives
        and not (path := folders.archive(study, name)).exists()
    )


def _in_place_of(path: Path, others: list[str]) -> str:
    if path.is_symlink():
        return f"a link to {path.readlink()}, which is not there"
    by_folded = {name.casefold(): name for name in others}
    near = get_close_matches(path.name.casefold(), by_folded, n=3, cutoff=SIMILAR)
    if not near:
        return "no such file, nor one of a similar name"
    return f"no such file, but {', '.join(by_folded[name] for name in near)}"
