"""Find the user's files below a folder, and name them in reports."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from value_scaling.importers.logged import flat
from value_scaling.records import ScalingError
from value_scaling.store.files.regular import read_file

_SIDECARS = ("config.json", "args.json", "params.json", "hparams.json")
_LARGEST = 1 << 20
"""Most bytes of a file of settings."""


def find(source: str, patterns: Iterable[str], what: str) -> list[Path]:
    """Return the files of a source, sorted: the file itself, or those below a folder.

    Args:
        patterns: patterns for names of files, e.g. `*.csv`.
        what: description of these files, for the message.

    Raises:
        ScalingError: there is no such file or folder, or no file below the folder.
    """
    root, patterns = Path(source), tuple(patterns)
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise ScalingError(
            source,
            found="no such file or folder",
            expected=f"{what}, or a folder with such files in it",
            fix="correct the path",
        )
    found = {path for pattern in patterns for path in root.rglob(pattern)}
    if not found:
        raise ScalingError(
            source,
            found=f"no {' or '.join(patterns)} in it or below",
            expected=what,
            fix="correct the path, or --from",
        )
    return sorted(path for path in found if path.is_file())


def name_of(path: Path, source: str) -> str:
    """Return a path for patterns and reports; it begins with the source's own name."""
    root = Path(source).resolve()
    path = path.resolve()
    if not path.is_relative_to(root):
        return path.name
    return "/".join((root.name, *path.relative_to(root).parts))


def settings_beside(folder: Path) -> dict[str, Any]:
    """Return the contents of JSON files of settings in a run's folder, as flat keys.

    Raises:
        ScalingError: a file is too large, or is not JSON.
    """
    found: dict[str, Any] = {}
    for name in _SIDECARS:
        path = folder / name
        if not path.is_file():
            continue
        try:
            table = json.loads(read_file(path, most=_LARGEST))
        except (OSError, ValueError, RecursionError) as error:
            raise unreadable(path, error, "a JSON file of settings") from error
        if isinstance(table, dict):
            found |= flat(table)
    return found


def unreadable(path: object, error: Exception, expected: str) -> ScalingError:
    """Return the error for a file that is not of its format."""
    return ScalingError(
        path,
        found=f"something else ({getattr(error, 'strerror', None) or error!s:.200})",
        expected=expected,
        fix="take the file out of the source, or correct --from",
    )
