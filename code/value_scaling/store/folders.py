"""Where everything lies: the only file that names folders."""

import os
from dataclasses import dataclass
from pathlib import Path

from value_scaling.records import ScalingError, Study

ROOT_VARIABLE = "VALUE_SCALING_ROOT"


@dataclass(frozen=True)
class Folders:
    """The folders of one checkout; `dataclasses.replace` sets one of them apart."""

    root: Path
    archives: Path
    """Run archives (zip)."""
    runs: Path
    """Fresh runs, not yet in an archive."""
    derived: Path
    """Stage records, <study>/<variant>/<stage>.npz."""
    studies: Path
    """Users' own study files (toml)."""
    expected: Path
    """Published numbers (toml)."""
    figures: Path
    generated: Path
    """What the paper inputs: tables and numbers."""
    build: Path
    """Logs, executed notebooks, the report card."""

    @classmethod
    def at(cls, root: Path | None = None) -> "Folders":
        """Return the usual folders below `root`; None: `find_root()`."""
        root = find_root() if root is None else Path(root)
        return cls(
            root=root,
            archives=root / "data" / "zip",
            runs=root / "data" / "runs",
            derived=root / "data" / "derived",
            studies=root / "data" / "studies",
            expected=root / "data" / "expected",
            figures=root / "figures",
            generated=root / "paper" / "generated",
            build=root / "build",
        )

    def archive(self, study: Study, set_name: str) -> Path:
        """Return the archive of one set of a study."""
        return self.archives / study.archive(set_name).file

    def record(self, study: str, variant: str, stage: str) -> Path:
        """Return the record of one stage, e.g. derived/gym/default/sweep.npz."""
        return self.derived / study / variant / f"{stage}.npz"


def find_root(start: Path | None = None) -> Path:
    """Return $VALUE_SCALING_ROOT, or the nearest folder upwards that is a checkout.

    A checkout holds `code/value_scaling` and `data`.

    Raises:
        ScalingError: there is none.
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
