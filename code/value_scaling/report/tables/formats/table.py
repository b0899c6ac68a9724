"""Data types of tables: columns, rows and cells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from value_scaling.records import Bounded, Estimate


@dataclass(frozen=True)
class Heading:
    """A row that names the group of rows below it; the CSV file omits it."""

    text: str
    """Name of the group, as LaTeX."""


@dataclass(frozen=True)
class Share:
    """A count out of a total, e.g. the number of intervals that include zero."""

    part: int
    whole: int


@dataclass(frozen=True)
class Percent:
    """A relative error or share in percent, with or without an interval."""

    value: Estimate | float


@dataclass(frozen=True)
class Code:
    """Text in a monospaced font, e.g. the name of a file."""

    text: str


@dataclass(frozen=True)
class Tex:
    """LaTeX, in tables with a separate table for the CSV file."""

    latex: str


Cell = (
    str | bool | int | float | Estimate | Bounded | Share | Percent | Code | Tex | None
)
Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Column:
    """Name, heading and format of a column."""

    name: str
    """Heading in the CSV file, with the unit, e.g. `data_env_steps`."""
    head: str = ""
    """Heading as LaTeX; empty if the column is only in the CSV file."""
    align: str = "r"
    digits: int = 3
    unit: float = 1.0
    """Divisor of the numbers in LaTeX; the CSV file has undivided numbers."""


@dataclass(frozen=True)
class Table:
    """A table, which `latex` and `csv_text` write."""

    slug: str
    """Name of the table's files, and of its label `tab:<slug>`."""
    caption: str
    """Caption as LaTeX."""
    columns: tuple[Column, ...]
    rows: tuple[Row | Heading, ...]
    form: Literal["block", "stacked", "wide", "long"] = "stacked"
    """Placement in the paper. `block`: in the text. `wide`: a float over both columns.
    In the one-column appendix, `stacked`: with the figures; `long`: over several pages.
    """
    machine: "Table | None" = None
    """Table for the CSV file, if this one is only a summary."""
    notes: tuple[str, ...] = ()
    """Notes below a table over several pages, as LaTeX."""
    in_paper: bool = True
    """Whether the paper shows the table."""
    in_csv: bool = True
    """Whether the table has a CSV file."""

    def full(self) -> tuple[tuple[Column, ...], list[Row]]:
        """Return the columns and rows of the CSV file."""
        table = self.machine or self
        return table.columns, table.data_rows()

    def data_rows(self) -> list[Row]:
        """Return the rows without headings of groups."""
        return [row for row in self.rows if not isinstance(row, Heading)]


def without_empty_columns(
    columns: Sequence[Column], rows: Sequence[Row]
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Leave out the columns that have no text or value in any row."""
    kept = [
        at
        for at in range(len(columns))
        if any(row[at] not in (None, "") for row in rows)
    ]
    return (
        tuple(columns[at] for at in kept),
        tuple(tuple(row[at] for at in kept) for row in rows),
    )


def filled(table: Table) -> Table:
    """Return the table of the CSV file without its empty columns."""
    columns, rows = without_empty_columns(*table.full())
    return replace(table, columns=columns, rows=rows, machine=None)


def parts(value: Estimate | float) -> list[float]:
    """Return value, low and high; the ends are NaN for a plain number."""
    if isinstance(value, Estimate):
        return [float(np.asarray(p)) for p in (value.value, value.low, value.high)]
    return [value, np.nan, np.nan]
