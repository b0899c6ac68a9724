"""Long tables: a row for each run and step, in CSV, Parquet or a data frame.

Columns of settings, seeds and experiments determine which rows are one run. If there is
a column `metric`, it names the metric and the column `value` holds its number;
otherwise each metric has its own column.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.rules.fields import recognised, required
from value_scaling.importers.sources.files import find, name_of, unreadable
from value_scaling.importers.sources.metrics import choose_metric
from value_scaling.importers.spool import Spool, SpoolPosition
from value_scaling.records import ScalingError

_NAMES = ("exp_name", "run_name", "run", "run_id", "name")
"""Columns that name a run; a name pattern is matched with the first of them."""
_STEPS = ("env_step", "env_steps", "global_step", "total_steps", "step")
_METRIC, _VALUE = "metric", "value"
ROWS = 1 << 19
"""Rows of a file that are in memory at a time."""
Frames = Iterator[pd.DataFrame]
"""Consecutive parts of a table."""


def read_csv(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs of one CSV file, or of all below a folder."""

    def names(path: Path) -> list[str]:
        return [str(column) for column in pd.read_csv(path, nrows=0).columns]

    def read(path: Path, columns: Sequence[str]) -> Frames:
        wanted = list(columns)
        with pd.read_csv(path, usecols=wanted, chunksize=ROWS) as parts:
            first = next(parts, None)
            if first is None or len(first) < ROWS:
                yield from () if first is None else (first,)
                return
            # A later part may show that a column holds texts or fractions.
            kinds = _common_kinds(chain([first], parts))
        with pd.read_csv(path, usecols=wanted, chunksize=ROWS, dtype=kinds) as parts:
            yield from parts

    yield from _files(source, rules, "*.csv", "a CSV table", names, read)


def _common_kinds(parts: Iterable[pd.DataFrame]) -> dict[Any, Any]:
    """Return the type of each column that holds the values of all parts."""
    kinds: dict[Any, set[Any]] = {}
    for part in parts:
        for name, kind in part.dtypes.items():
            kinds.setdefault(name, set()).add(kind)
    return {
        name: np.result_type(*own) if all(_is_number(k) for k in own) else object
        for name, own in kinds.items()
    }


def _is_number(kind: Any) -> bool:
    return isinstance(kind, np.dtype) and kind.kind in "iuf"


def read_parquet(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs of one Parquet file, or of all below a folder."""
    import pyarrow.parquet

    def names(path: Path) -> list[str]:
        return list(pyarrow.parquet.read_schema(path).names)

    def read(path: Path, columns: Sequence[str]) -> Frames:
        # With a buffer, all parts that have been read stay in memory until the end.
        with pyarrow.parquet.ParquetFile(path, pre_buffer=False) as file:
            wanted = list(columns)
            for part in file.iter_batches(batch_size=ROWS, columns=wanted):
                yield part.to_pandas()

    yield from _files(source, rules, "*.parquet", "a Parquet table", names, read)


def _files(
    source: str,
    rules: Rules,
    pattern: str,
    what: str,
    names: Callable[[Path], list[str]],
    read: Callable[[Path, Sequence[str]], Frames],
) -> Iterator[Logged]:
    def parts(path: Path, columns: Sequence[str]) -> Frames:
        try:
            # The bar appears only on a terminal, and only if reading takes long.
            yield from tqdm(
                read(path, columns),
                desc=path.name,
                unit_scale=ROWS,
                unit="row",
                delay=2,
                leave=False,
                disable=None,
            )
        except (ValueError, OSError) as error:  # of pandas and pyarrow
            raise unreadable(path, error, what) from error

    for path in find(source, [pattern], what):
        if path.name.endswith("monitor.csv"):
            continue
        name = name_of(path, source)
        try:
            columns = _Columns.among(names(path), rules, name)
        except (ValueError, OSError) as error:
            raise unreadable(path, error, what) from error
        name = name.removesuffix(path.suffix)
        metric = columns.value
        if columns.metric is not None:
            named = (part[columns.metric] for part in parts(path, [columns.metric]))
            metrics = dict.fromkeys(value for own in named for value in own.unique())
            metric = _metric(columns, metrics, rules, name)
        yield from _runs(parts(path, columns.all), columns, metric, name)


@dataclass(frozen=True)
class _Columns:
    """The columns of a table, by their contents."""

    keys: list[str]
    """Columns that tell which rows are one run."""
    step: str
    metric: str | None
    """Column that names the metric; None if each metric has its own column."""
    value: str

    @property
    def all(self) -> list[str]:
        """Every column that is read."""
        named = [] if self.metric is None else [self.metric]
        return list(dict.fromkeys([*self.keys, *named, self.step, self.value]))

    @classmethod
    def among(cls, columns: Sequence[str], rules: Rules, where: str) -> "_Columns":
        """Find the columns by their usual names, or by the names in the rules.

        Raises:
            ScalingError: the step or the return is in none of them.
        """
        stated = [
            part
            for expression in rules.config.values()
            for part in (expression, *expression.replace("*", "/").split("/"))
        ]
        known = [*_NAMES, *(key for name in required() for key in recognised(name))]
        keys = [name for name in dict.fromkeys([*known, *stated]) if name in columns]
        steps = [name for name in (rules.step or "", *_STEPS) if name in columns]
        if not steps or rules.step not in (None, *columns):
            raise ScalingError(
                where,
                found=f"columns {', '.join(columns)}",
                expected=f"{rules.step or ' or '.join(_STEPS)}, the environment step",
                fix="name the column with --step",
            )
        if _METRIC in columns and _VALUE in columns:
            return cls(keys, steps[0], _METRIC, _VALUE)
        numbers = [name for name in columns if name not in (*keys, *steps)]
        wanted = rules.metric
        if wanted is None and _VALUE in numbers:
            wanted = _VALUE
        return cls(keys, steps[0], None, choose_metric(wanted, numbers, where))


def runs_of_frame(frame: pd.DataFrame, rules: Rules, *, name: str) -> Iterator[Logged]:
    """Yield the runs of a table in memory, in the order of their first rows.

    Args:
        name: name of the table, also used for runs without a name of their own.

    Raises:
        ScalingError: a column is missing, or holds something other than numbers.
    """
    columns = _Columns.among([str(column) for column in frame.columns], rules, name)
    metric = columns.value
    if columns.metric is not None:
        metric = _metric(columns, frame[columns.metric].unique(), rules, name)
    yield from _runs(iter([frame]), columns, metric, name)


def _metric(columns: _Columns, found: Iterable[object], rules: Rules, name: str) -> str:
    """Return the metric of a table in which a column names the metric."""
    names = [str(each) for each in found]
    if rules.metric is None and len(names) == 1:
        return names[0]
    return choose_metric(rules.metric, names, name)


def _runs(parts: Frames, columns: _Columns, metric: str, name: str) -> Iterator[Logged]:
    """Yield the runs of a table; only one part of it is in memory."""
    spool = Spool()
    places: dict[tuple[Any, ...], list[SpoolPosition]] = {}
    for part in parts:
        for labels, rows in _groups(part, columns, metric):
            steps = _numbers(rows, columns.step, name)
            values = _numbers(rows, columns.value, name)
            key = tuple(None if pd.isna(value) else value for value in labels.values())
            places.setdefault(key, []).append(spool.put(steps, values))
    for key, own in places.items():
        steps, values = (
            np.concatenate([read(place) for place in own])
            for read in (spool.steps, spool.values)
        )
        known = (np.nan if value is None else value for value in key)
        labels = dict(zip(columns.keys, known, strict=True))
        yield _run(steps, values, labels, name, metric)


def _groups(
    part: pd.DataFrame, columns: _Columns, metric: str
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield the labels and the rows of each run, in the order of their first rows."""
    if columns.metric is not None:
        part = part[part[columns.metric].astype(str) == metric]
    if not columns.keys:
        yield {}, part
        return
    for values, rows in part.groupby(columns.keys, sort=False, dropna=False):
        yield dict(zip(columns.keys, values, strict=True)), rows


def _run(
    steps: np.ndarray,
    values: np.ndarray,
    labels: Mapping[str, Any],
    name: str,
    metric: str,
) -> Logged:
    own = next((labels[key] for key in _NAMES if key in labels), None)
    known = name.split("/")
    others = [str(value) for value in labels.values() if str(value) not in known]
    shown = ", ".join(others)
    return Logged(
        name=name if own is None else str(own),
        steps=steps,
        values=values,
        labels={key: value for key, value in labels.items() if pd.notna(value)},
        metric=metric,
        report_name=f"{name}: {shown}" if shown else name,
    )


def _numbers(rows: pd.DataFrame, column: str, name: str) -> np.ndarray:
    try:
        return np.asarray(pd.to_numeric(rows[column]), dtype=float)
    except (ValueError, TypeError) as error:
        raise ScalingError(
            f"{name}, column {column}",
            found=str(error),
            expected="numbers",
            fix="correct the table, or name another column",
        ) from error
