"""One table: for readers as LaTeX, for machines as CSV."""

import csv
from dataclasses import dataclass
from typing import Literal

import numpy as np

from value_scaling.records import Bounded, Estimate
from value_scaling.report.text.latex import (
    MISSING,
    bare_percent,
    bounded,
    count,
    escape,
    number,
    prose,
    scaled,
    with_bounds,
)

_TYPE = r"\footnotesize\setlength{\tabcolsep}{3.5pt}"
"""Eight points: the smallest type of the paper."""


@dataclass(frozen=True)
class Heading:
    """A row that only names the group of rows below it (not in the CSV)."""

    text: str
    """LaTeX."""


@dataclass(frozen=True)
class Share:
    """k of n, e.g. how many intervals held."""

    part: int
    whole: int


@dataclass(frozen=True)
class Percent:
    """A relative error or share, written as percents; also with an interval."""

    value: Estimate | float


@dataclass(frozen=True)
class Code:
    """Text that is set in type of one width, e.g. a file's name."""

    text: str


@dataclass(frozen=True)
class Tex:
    """LaTeX, in tables that have another one for machines."""

    latex: str


Cell = (
    str | bool | int | float | Estimate | Bounded | Share | Percent | Code | Tex | None
)
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Column:
    """How a column is named and written."""

    name: str
    """Heading of the CSV; its unit belongs to it, e.g. `data_env_steps`."""
    head: str = ""
    """Heading as LaTeX; empty: this column is in the CSV only."""
    align: str = "r"
    digits: int = 3
    unit: float = 1.0
    """Numbers are divided by it in LaTeX, never in the CSV."""


@dataclass(frozen=True)
class Table:
    """What a table holds; `latex` and `csv_text` write it."""

    slug: str
    """Name of its files, and of its label `tab:<slug>`."""
    caption: str
    """LaTeX."""
    columns: tuple[Column, ...]
    rows: tuple[Row | Heading, ...]
    form: Literal["block", "stacked", "wide", "long"] = "stacked"
    """A block where it stands or a float over both columns; or, for the appendix of one
    column, one that is stacked with the figures or that breaks over pages."""
    machine: "Table | None" = None
    """Written as the CSV in place of this one, where readers get a summary."""
    notes: tuple[str, ...] = ()
    """Said below it, LaTeX; for a table that breaks over pages."""
    in_paper: bool = True
    """Whether the paper shows it."""
    in_csv: bool = True
    """Whether it is written for machines."""


def latex(table: Table) -> str:
    """Write the table with its caption and label."""
    shown = [column for column in table.columns if column.head]
    layout = "@{}" + "".join(column.align for column in shown) + "@{}"
    head = " & ".join(column.head for column in shown) + r" \\"
    body = "\n".join(_latex_row(row, table) for row in table.rows)
    caption = rf"{{{table.caption}}}\label{{tab:{table.slug}}}"
    tabular = (
        f"\\fittable{{%\n"
        f"\\begin{{tabular}}{{{layout}}}\n\\toprule\n{head}\n\\midrule\n{body}\n"
        "\\bottomrule\n\\end{tabular}}"
    )
    if table.form == "long":
        return (
            f"\\begingroup{_TYPE}\n\\begin{{longtable}}{{{layout}}}\n"
            f"\\caption{caption}\\\\\n"
            f"\\toprule {head} \\midrule \\endfirsthead\n"
            f"\\toprule {head} \\midrule \\endhead\n"
            f"\\bottomrule \\endlastfoot\n{body}\n\\end{{longtable}}\n"
            f"{_notes(table)}\\endgroup\n"
        )
    if table.form == "wide":
        return (
            f"\\begin{{table*}}\n\\centering{_TYPE}\n\\caption{caption}\n"
            f"{tabular}\n\\end{{table*}}\n"
        )
    item = "stack" if table.form == "stacked" else "stackitem"
    return f"\\{item}{{\\centering{_TYPE}\n\\captionof{{table}}{caption}\n{tabular}}}\n"


def _notes(table: Table) -> str:
    return "".join(f"\\noindent {note}\\par\n" for note in table.notes)


def _latex_row(row: Row | Heading, table: Table) -> str:
    if isinstance(row, Heading):
        span = sum(bool(column.head) for column in table.columns)
        start = "" if row is table.rows[0] else r"\addlinespace "
        return rf"{start}\multicolumn{{{span}}}{{@{{}}l}}{{\textit{{{row.text}}}}} \\*"
    cells = (
        _latex_cell(cell, column)
        for cell, column in zip(row, table.columns, strict=True)
        if column.head
    )
    return " & ".join(cells) + r" \\"


def _latex_cell(cell: Cell, column: Column) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case str():
            return prose(cell)
        case Code(text):
            return rf"\texttt{{{escape(text)}}}"
        case Tex(text):
            return text
        case int():
            return count(cell)
        case float():
            return number(cell / column.unit, column.digits)
        case Bounded():
            return bounded(cell, column.digits)
        case Estimate():
            return with_bounds(scaled(cell, column.unit), column.digits)
        case Share(part, whole):
            return f"{part} of {whole}"
        case Percent(value):
            return _percent(value)
    raise TypeError(f"no way to write {cell!r}")


def _percent(value: Estimate | float) -> str:
    """Write whole percents, with the interval if one is known."""
    parts = _parts(value)
    if not np.isfinite(parts[0]):
        return MISSING
    text = f"${bare_percent(parts[0])}\\%$"
    if not np.isfinite(parts[1:]).all():
        return text
    low, high = (bare_percent(part) for part in parts[1:])
    return f"{text} $[{low}, {high}]$"


def _parts(value: Estimate | float) -> list[float]:
    """Value, low and high; the ends are NaN for a plain number."""
    if isinstance(value, Estimate):
        return [float(np.asarray(p)) for p in (value.value, value.low, value.high)]
    return [value, np.nan, np.nan]


def csv_text(table: Table) -> str:
    """Write the table's values in full: an estimate gets three columns."""
    table = table.machine or table
    rows = [row for row in table.rows if not isinstance(row, Heading)]
    wide = [False for _ in table.columns]
    for row in rows:
        wide = [
            triple or isinstance(cell, Estimate | Bounded | Percent)
            for cell, triple in zip(row, wide, strict=True)
        ]
    names: list[str] = []
    for column, triple in zip(table.columns, wide, strict=True):
        names += [column.name]
        names += [f"{column.name}_low", f"{column.name}_high"] if triple else []
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        fields: list[str] = []
        for cell, triple in zip(row, wide, strict=True):
            fields += _csv_cell(cell, 3 if triple else 1)
        writer.writerow(fields)
    return "".join(lines.written)


class _Lines:
    """Takes what `csv` writes: nothing in this package opens a file."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)


def _csv_cell(cell: Cell, fields: int) -> list[str]:
    match cell:
        case None:
            texts = [""]
        case bool():
            texts = ["yes" if cell else "no"]
        case Bounded():
            texts = [_full(part) for part in _parts(cell.values)]
        case Estimate() | Percent():
            values = cell.value if isinstance(cell, Percent) else cell
            texts = [_full(part) for part in _parts(values)]
        case float():
            texts = [_full(cell)]
        case Share(part, whole):
            texts = [f"{part}/{whole}"]
        case Code(text) | Tex(text):
            texts = [text]
        case _:
            texts = [str(cell)]
    return texts + [""] * (fields - len(texts))


def _full(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else ""
