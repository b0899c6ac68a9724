"""From a data frame in long form to the runs of one set."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import msgspec
import numpy as np
import pandas as pd

from value_scaling.importers.gather import gather
from value_scaling.importers.options import Rules
from value_scaling.importers.report import Report
from value_scaling.importers.sources.tables import runs_of_frame
from value_scaling.records import Runs, ScalingError
from value_scaling.records.axes import AXES, required

STEP, VALUE, SEED, ENV = "step", "value", "seed", "env"
RULES = (
    *("every", "window", "at", "resumed", "duplicates", "short", "least"),
    *("not_finite", "step_scale"),
)
"""Rules of `scaling import` that apply to frames."""
_SHOWN = 3
_OPTION = re.compile(
    r"--(every|window|value-at|resumed|duplicates|short|least|nan|step-scale|step)\b"
    r"(?: (refuse|first|last|mean|continue|all|cut|drop|points|run)\b)?"
)
_KEYWORDS = {"value-at": "at", "nan": "not_finite", "step-scale": "step_scale"}


def rules_of(options: Mapping[str, Any]) -> Rules:
    """Return the rules of an import, or raise ScalingError for a wrong one."""
    for name in options:
        if name not in RULES:
            raise ScalingError(
                "vs.fit",
                found=f"an argument {name!r}",
                expected=f"an argument of its documentation, or one of {_list(RULES)}",
                fix="correct the name",
            )
    try:
        return msgspec.convert(dict(options), Rules)
    except msgspec.ValidationError as error:
        raise ScalingError(
            "vs.fit",
            found=str(error),
            expected="rules as in docs/import.md",
            fix="correct the argument",
        ) from error


def runs_of(
    frame: pd.DataFrame,
    columns: Mapping[str, str],
    rules: Rules,
    *,
    study: str,
    set_name: str,
) -> tuple[Runs, Report]:
    """Return the runs of a frame with one row for each run and step.

    Args:
        columns: name of the column of each of `env`, the axes, `seed`, `step`, `value`.

    Raises:
        ScalingError: a column is missing or has a wrong value, the frame has one UTD
            ratio only, or a rule refuses a run.
    """
    what = f"the frame of the {set_name} runs"
    table = _selected(frame, columns, what)
    metric = columns[VALUE] if columns[VALUE] not in table else VALUE
    table = table.rename(columns={VALUE: metric})
    rules = replace(rules, metric=metric, step=STEP)
    logs = runs_of_frame(table, rules, name=set_name)
    runs, report = gather(
        logs, rules, study=study, set_name=set_name, resumed="refuse", is_table=True
    )
    try:
        report.check()
    except ScalingError as error:
        parts = (error.found, error.expected, error.fix)
        found, expected, fix = map(in_python, parts)
        if "go back" in found:
            fix += f"; if rows have no order, frame.sort_values({columns[STEP]!r})"
        raise ScalingError(
            f"{what}, {error.what}", found=found, expected=expected, fix=fix
        ) from error
    return replace(runs, curves=tuple(runs.curves)), report


def in_python(text: str) -> str:
    """Replace options of the command line by the keywords of `vs.fit`."""

    def keyword(match: re.Match[str]) -> str:
        option, word = match.groups()
        name = _KEYWORDS.get(option, option)
        return f'{name}="{word}"' if word else name

    return _OPTION.sub(keyword, text.removesuffix(". --dry-run shows every run"))


def _selected(
    frame: pd.DataFrame, columns: Mapping[str, str], what: str
) -> pd.DataFrame:
    """Return the columns that are used, renamed to what they contain."""
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        found = "no rows" if isinstance(frame, pd.DataFrame) else f"{type(frame)}"
        raise ScalingError(
            what,
            found=found,
            expected="a pandas DataFrame with a row for each run and step",
            fix="give such a frame",
        )
    missing = {name: each for name, each in columns.items() if each not in frame}
    if missing:
        name, column = next(iter(missing.items()))
        raise ScalingError(
            what,
            found=f"no column {_list(missing.values())} among {_list(frame.columns)}",
            expected=f"columns of {_list(columns)}",
            fix=f'name the column of {name}: {name}="…" (now {column!r})',
        )
    table = {}
    for name, column in columns.items():
        series = frame[column]
        if isinstance(series, pd.DataFrame):
            raise ScalingError(
                f"{what}, column {column!r}",
                found=f"{series.shape[1]} columns of that name",
                expected="one",
                fix="rename the others",
            )
        numeric = name not in (ENV, SEED)
        table[name] = (
            _numbers(series, f"{what}, column {column!r}") if numeric else series
        )
        if name != VALUE and table[name].isna().any():
            raise ScalingError(
                f"{what}, column {column!r}",
                found=f"{int(table[name].isna().sum())} rows without a value",
                expected=f"a value of {name} in every row",
                fix="fill these rows in, or leave them out: frame.dropna(subset=…)",
            )
        if name in AXES:
            _check_range(table[name], name, f"{what}, column {column!r}")
    utds = table["utd"].unique()
    if len(utds) < 2:
        raise ScalingError(
            f"{what}, column {columns['utd']!r}",
            found=f"one UTD ratio, {utds[0]:g}, in every row",
            expected="two UTD ratios or more, since the fits are functions of it",
            fix="add runs at another UTD ratio",
        )
    return pd.DataFrame(table)


def _numbers(series: pd.Series, what: str) -> pd.Series:
    """Return a column as numbers; missing values become NaN."""
    numbers = pd.to_numeric(series, errors="coerce")
    wrong = series[numbers.isna() & series.notna()]
    if len(wrong) or np.iscomplexobj(numbers):
        shown = _list(wrong.unique()[:_SHOWN]) if len(wrong) else "complex numbers"
        raise ScalingError(
            what,
            found=f"{len(wrong)} values that are not numbers, such as {shown}",
            expected="numbers",
            fix="correct them, or name another column",
        )
    return numbers


def _check_range(values: pd.Series, name: str, what: str) -> None:
    """Refuse values that an axis cannot have."""
    kind, meta = get_args(AXES[name].hint)
    for value in values.unique():
        try:
            if kind(value) != value:
                raise ValueError
            msgspec.convert(kind(value), AXES[name].hint)
        except (ValueError, OverflowError) as error:
            raise ScalingError(
                what,
                found=f"{value:g}",
                expected=meta.description,
                fix="correct the value, or name another column",
            ) from error


def columns_of(names: Mapping[str, str]) -> dict[str, str]:
    """Return the columns in the order env, axes, seed, step, value."""
    axes = (axis.name for axis in required())
    return {name: names[name] for name in (ENV, *axes, SEED, STEP, VALUE)}


def _list(names: Any) -> str:
    return ", ".join(map(repr, names))
