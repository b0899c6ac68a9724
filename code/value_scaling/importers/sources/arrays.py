"""Archives of arrays in another layout: npy files in a zip file or a folder.

An array has a row for each log point. Column 0 holds the environment steps, and each
further column a seed; under `--row-steps`, every column is a seed. The name pattern
selects the files to read; others, such as those of other metrics, are skipped.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.rules.pattern import Pattern
from value_scaling.importers.sources.files import find, name_of, unreadable
from value_scaling.records import ScalingError
from value_scaling.store.archives.npy import parse_npy
from value_scaling.store.archives.zips import MEMBER_BYTES, Zip, open_zip
from value_scaling.store.files.regular import read_file

_END = ".npy"
_SHOWN = 3


def read_arrays(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield each seed of each array whose name, without `.npy`, matches the pattern.

    Raises:
        ScalingError: there is no pattern, no name matches it, or a zip file or an array
            is refused as in `store.archives`.
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
    for name, read in _members(source):
        if pattern.read(name) is None:
            others.append(name)
            continue
        found = True
        yield from _seeds(name, read(), rules)
    if not found:
        raise ScalingError(
            source,
            found=f"{len(others)} arrays, such as {', '.join(others[:_SHOWN])}",
            expected=f"names that match {rules.pattern!r}",
            fix="correct --name; {} stands for text that does not matter",
        )


def _members(source: str) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    """Yield the names of the arrays, each with a function that reads it."""
    for path in find(source, [f"*{_END}", "*.zip"], "npy files, or a zip file of them"):
        if path.suffix == _END:
            yield name_of(path, source).removesuffix(_END), partial(_array, path)
            continue
        with open_zip(path, wanted="a zip file of npy files") as archive:
            for member in sorted(archive.members):
                if member.endswith(_END):
                    read = partial(_member, archive, member)
                    yield member.removesuffix(_END), read


def _array(path: Path) -> np.ndarray:
    try:
        content = read_file(path, most=MEMBER_BYTES)
    except OSError as error:
        raise unreadable(path, error, "an npy file") from error
    return parse_npy(content, str(path), must_be_finite=False)


def _member(archive: Zip, member: str) -> np.ndarray:
    where = f"{archive.path}: {member}"
    return parse_npy(archive.read(member), where, must_be_finite=False)


def _seeds(name: str, array: np.ndarray, rules: Rules) -> Iterator[Logged]:
    """Yield the columns of one array."""
    if array.shape[1] <= (rules.row_steps is None):
        raise ScalingError(
            name,
            found=f"an array of shape {array.shape}, which has no seeds",
            expected="a column of steps, and a column for each seed"
            if rules.row_steps is None
            else "a column for each seed",
            fix="correct --row-steps, or narrow --name to other arrays",
        )
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
            report_name=f"{name}, column {seed}",
        )
