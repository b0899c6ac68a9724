"""Long tables: a row for each run and step, in CSV, Parquet or a pandas frame.

Columns of settings, seeds and experiments determine which rows are one run. If there is
a column `metric`, it names the metric and the column `value` holds its number;
otherwise each metric has its own column.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.rules.fields import recognised, required
from value_scaling.importers.sources.files import find, name_of, unreadable
from value_scaling.importers.sources.metrics import choose_metric
from value_scaling.records import ScalingError

_NAMES = ("exp_name", "run_name", "run", "run_id", "name")
"""Columns that name a run; a name pattern is matched with the first of them."""
_STEPS = ("env_step", "env_steps", "global_step", "total_steps", "step")
_METRIC, _VALUE = "metric", "value"


def read_csv(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs of one CSV file, or of all below a folder."""

    def read(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
        if columns is None:
            return pd.read_csv(path, nrows=0)
        return pd.read_csv(path, usecols=list(columns))

    yield from _files(source, rules, "*.csv", "a CSV table", read)


def read_parquet(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs of one Parquet file, or of all below a folder."""

    def read(path: Path, columns: Sequence[str] | None) -> pd.DataFrame:
        import pyarrow.parquet

        if columns is None:
            names = pyarrow.parquet.read_schema(path).names
            return pd.DataFrame(columns=names)
        return pyarrow.parquet.read_table(path, columns=list(columns)).to_pandas()

    yield from _files(source, rules, "*.parquet", "a Parquet table", read)


def _files(
    source: str,
    rules: Rules,
    pattern: str,
    what: str,
    read: Callable[[Path, Sequence[str] | None], pd.DataFrame],
) -> Iterator[Logged]:
    for path in find(source, [pattern], what):
        if path.name.endswith("monitor.csv"):
            continue
        name = name_of(path, source)
        try:
            columns = [str(column) for column in read(path, None).columns]
            wanted = _Columns.among(columns, rules, name)
            frame = read(path, wanted.all)
        except (ValueError, OSError, ImportError) as error:  # of pandas and pyarrow
            raise unreadable(path, error, what) from error
        yield from runs_of_frame(frame, rules, name=name.removesuffix(path.suffix))


class _Columns:
    """The columns of a table, by their contents."""

    def __init__(
        self, keys: list[str], step: str, metric: str | None, value: str
    ) -> None:
        self.keys, self.step, self.metric, self.value = keys, step, metric, value

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
        names = [str(each) for each in frame[columns.metric].unique()]
        metric = names[0] if len(names) == 1 else ""
        if rules.metric is not None or not metric:
            metric = choose_metric(rules.metric, names, name)
        frame = frame[frame[columns.metric].astype(str) == metric]
    if not columns.keys:
        yield _run(frame, columns, {}, name, metric)
        return
    for values, rows in frame.groupby(columns.keys, sort=False, dropna=False):
        labels = dict(zip(columns.keys, values, strict=True))
        yield _run(rows, columns, labels, name, metric)


def _run(
    rows: pd.DataFrame, columns: _Columns, labels: dict, name: str, metric: str
) -> Logged:
    own = next((labels[key] for key in _NAMES if key in labels), None)
    known = name.split("/")
    others = [str(value) for value in labels.values() if str(value) not in known]
    shown = ", ".join(others)
    return Logged(
        name=name if own is None else str(own),
        steps=_numbers(rows, columns.step, name),
        values=_numbers(rows, columns.value, name),
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
