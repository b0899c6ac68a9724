"""Archives of arrays in another layout: npy files in a zip file or a folder.

An array has a row for each log point. Column 0 holds the environment steps, and each
further column a seed; under `--row-steps`, every column is a seed. The name pattern
selects the files to read; others, such as those of other metrics, are skipped.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.rules.pattern import Pattern
from value_scaling.importers.sources.files import find, name_of, unreadable
from value_scaling.records import ScalingError

_END = ".npy"
_LARGEST = 64 << 20
"""Most bytes of one array."""
_SHOWN = 3


def read_arrays(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield each seed of each array whose name, without `.npy`, matches the pattern.

    Raises:
        ScalingError: there is no pattern, no name matches it, or a file is not an
            array.
    """
    if rules.pattern is None:
        raise ScalingError(
            "--from arrays",
            found="no --name",
            expected="the pattern of the arrays' names, with slashes for folders",
            fix="give it, e.g. --name 'utd_{utd}/{env}/return/bs_{batch_size}_lr_"
            "{learning_rate}'",
        )
    pattern, others = Pattern(rules.pattern), []
    found = False
    for name, content in _members(source):
        if pattern.read(name) is None:
            others.append(name)
            continue
        found = True
        yield from _seeds(name, content(), rules)
    if not found:
        raise ScalingError(
            source,
            found=f"{len(others)} arrays, such as {', '.join(others[:_SHOWN])}",
            expected=f"names that match {rules.pattern!r}",
            fix="correct --name; {} stands for text that does not matter",
        )


def _members(source: str) -> Iterator[tuple[str, "_Content"]]:
    """Yield the names of the arrays, each with a function that reads it."""
    for path in find(source, ["*.npy", "*.zip"], "npy files, or a zip file of them"):
        if path.suffix == _END:
            yield name_of(path, source).removesuffix(_END), _Content(path)
            continue
        try:
            with zipfile.ZipFile(path) as archive:
                for member in sorted(archive.namelist()):
                    if member.endswith(_END) and not member.startswith("__MACOSX"):
                        yield member.removesuffix(_END), _Content(path, archive, member)
        except (OSError, zipfile.BadZipFile) as error:
            raise unreadable(path, error, "a zip file of npy files") from error


class _Content:
    """One npy file, which is read when the object is called."""

    def __init__(
        self, path: Path, archive: zipfile.ZipFile | None = None, member: str = ""
    ) -> None:
        self._path, self._archive, self._member = path, archive, member

    def __call__(self) -> np.ndarray:
        where = f"{self._path}: {self._member}" if self._archive else str(self._path)
        try:
            if self._archive is None:
                size = self._path.stat().st_size
                content = b"" if size > _LARGEST else self._path.read_bytes()
            else:
                size = self._archive.getinfo(self._member).file_size
                content = b"" if size > _LARGEST else self._archive.read(self._member)
            if size > _LARGEST:
                raise ValueError(f"{size >> 20} MiB, over {_LARGEST >> 20}")
            array = np.load(io.BytesIO(content), allow_pickle=False)
            if array.ndim != 2 or array.dtype.kind not in "iuf":
                raise ValueError(f"an array of shape {array.shape}, type {array.dtype}")
        except (
            *(ValueError, EOFError, OSError, RuntimeError),
            *(zipfile.BadZipFile, zlib.error),
        ) as error:
            raise unreadable(where, error, "an array, [log points, seeds]") from error
        return array.astype(float)


def _seeds(name: str, array: np.ndarray, rules: Rules) -> Iterator[Logged]:
    """Yield the columns of one array."""
    if rules.row_steps is None:
        steps, columns = array[:, 0], array[:, 1:]
    else:
        start, every = rules.row_steps
        steps, columns = start + every * np.arange(len(array), dtype=float), array
    for seed, values in enumerate(columns.T):
        # A column without any value means that the run was not made.
        there = bool(np.isfinite(values).any())
        yield Logged(
            name=name,
            steps=steps if there else steps[:0],
            values=values if there else values[:0],
            labels={"seed": seed},
            kind="points",
            metric=rules.metric or "the arrays",
            place=f"{name}, column {seed}",
        )
