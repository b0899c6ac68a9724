"""Paths of all files; no other module names folders."""

import os
from dataclasses import dataclass
from pathlib import Path

from value_scaling.records import ScalingError, Study

ROOT_VARIABLE = "VALUE_SCALING_ROOT"
RUNS_VARIABLE = "VALUE_SCALING_RUNS"
SAVE_FIGURES = "VALUE_SCALING_SAVE_FIGURES"
"""Environment variable that the build sets so that a notebook saves its figures. A
notebook opened by a user changes no file."""
RUNS = ("published", "fresh")
"""Kinds of archives: `published` ones, named in the study files, or `fresh` ones, from
runs trained here. The two kinds never share a file."""
FRESH = "fresh"
"""Name of the folder for everything made from fresh archives, and part of the names of
these archives."""


@dataclass(frozen=True)
class Folders:
    """The folders of one checkout; `dataclasses.replace` changes one of them."""

    root: Path
    archives: Path
    """Folder of run archives (zip)."""
    runs: Path
    """Folder of checkpoints and of runs that are not in an archive yet."""
    unfinished: Path
    """Folder of archives of sets that are not complete yet."""
    derived: Path
    """Folder of stage records, <study>/<variant>/<stage>.npz."""
    studies: Path
    """Folder of the user's own study files (TOML)."""
    expected: Path
    """Folder of published numbers (TOML)."""
    figures: Path
    generated: Path
    """Folder of tables and numbers that the paper inputs."""
    build: Path
    """Folder of logs, executed notebooks and the report card."""
    fresh: bool = False
    """Whether these are the folders of fresh runs."""

    @classmethod
    def at(cls, root: Path | None = None, *, runs: str | None = None) -> "Folders":
        """Return the usual folders below `root`, or below `find_root()` if it is None.

        Args:
            runs: `published` or `fresh`; None: $VALUE_SCALING_RUNS, else `published`.

        Raises:
            ScalingError: there is no checkout, `root` is not a folder, or `runs` is
                another word.
        """
        root = find_root() if root is None else Path(root)
        if not root.is_dir():
            raise ScalingError(
                f"--root {root}",
                found="no such folder",
                expected="the folder of a checkout",
                fix="correct the path, or leave it out inside a checkout",
            )
        fresh = which_runs(runs) == FRESH
        made = root / FRESH if fresh else root
        return cls(
            root=root,
            archives=root / "data" / "zip",
            runs=root / "data" / "runs",
            unfinished=root / "data" / "partial",
            derived=made / "data" / "derived",
            studies=root / "data" / "studies",
            expected=root / "data" / "expected",
            figures=made / "figures",
            generated=made / "paper" / "generated",
            build=made / "build",
            fresh=fresh,
        )

    def archive(self, study: Study, set_name: str) -> Path:
        """Return the archive of one set of a study."""
        return self.archives / study.archive(set_name).file

    def partial(self, study: Study, set_name: str) -> Path:
        """Return the archive of the finished part of a set that is not complete."""
        return self.unfinished / study.archive(set_name).file

    def report(self, study: Study) -> Path:
        """Return the HTML page of a study, e.g. figures/gym_report.html."""
        return self.figures / f"{study.name}_report.html"

    def finished(self, study: str, set_name: str) -> Path:
        """Return the folder of finished settings, e.g. data/runs/gym.fresh/sweep."""
        return self.runs / (f"{study}.{FRESH}" if self.fresh else study) / set_name

    def shown(self, path: Path) -> str:
        """Return a path for messages, relative to the checkout if it lies in it."""
        inside = path.is_relative_to(self.root)
        return str(path.relative_to(self.root) if inside else path)

    def record(self, study: str, variant: str, stage: str) -> Path:
        """Return the record of one stage, e.g. derived/gym/default/sweep.npz."""
        return self.derived / study / variant / f"{stage}.npz"


def which_runs(runs: str | None = None) -> str:
    """Return `runs`, or else $VALUE_SCALING_RUNS, or else `published`.

    Raises:
        ScalingError: the word is neither `published` nor `fresh`.
    """
    found = runs or os.environ.get(RUNS_VARIABLE) or RUNS[0]
    if found not in RUNS:
        raise ScalingError(
            "--runs" if runs else f"${RUNS_VARIABLE}",
            found=repr(found),
            expected=" or ".join(RUNS),
            fix="correct the word, or leave it out",
        )
    return found


def find_root(start: Path | None = None) -> Path:
    """Return $VALUE_SCALING_ROOT, or the nearest checkout at or above `start`.

    A checkout holds `code/value_scaling` and `data`.

    Raises:
        ScalingError: there is no checkout.
    """
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        if Path(named).is_dir():
            return Path(named)
        raise ScalingError(
            f"${ROOT_VARIABLE}",
            found=f"{named}, which is not a folder",
            expected="the folder of a checkout",
            fix=f"set {ROOT_VARIABLE} to the checkout, or unset it",
        )
    start = Path.cwd() if start is None else start
    for folder in (start, *start.parents):
        if (folder / "code" / "value_scaling").is_dir() and (folder / "data").is_dir():
            return folder
    raise ScalingError(
        f"folder {start}",
        found="no checkout here or above",
        expected="a folder that holds code/value_scaling and data",
        fix=f"change to the checkout, or set {ROOT_VARIABLE} to it",
    )
