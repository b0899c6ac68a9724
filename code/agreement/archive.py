"""Published runs as the other side of a row, read from the authors' archives."""

from collections.abc import Iterable
from pathlib import Path

from agreement.curves import Side
from agreement.rows import Row
from value_scaling.records import ScalingError
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study


def read_archive(row: Row, folders: Iterable[Path], root: Path) -> Side | None:
    """Return the runs at a row's task, σ, B and η; None if the archive is not here.

    Args:
        folders: where to look for the archive of `row.archive`, "<study>/<set>".

    Raises:
        ScalingError: the archive has no such setting.
    """
    name, _, set_name = row.archive.partition("/")
    study = load_study(name, Folders.at(root))
    file = study.archive(set_name).file
    for folder in folders:
        if (folder / file).exists():
            runs = read_runs(folder / file, study, set_name)
            for curves in runs.curves:
                if curves.setting == row.setting:
                    return Side(curves.steps, curves.returns)
            raise ScalingError(
                f"{folder / file}",
                found=f"no runs of {row.setting}",
                expected="them, for the row " + row.name,
                fix="correct σ, B or η in code/agreement/rows.toml",
            )
    return None
