"""What a table is: columns, rows of typed cells, and where it is shown."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from value_scaling.records import Bounded, Estimate


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


def parts(value: Estimate | float) -> list[float]:
    """Value, low and high; the ends are NaN for a plain number."""
    if isinstance(value, Estimate):
        return [float(np.asarray(p)) for p in (value.value, value.low, value.high)]
    return [value, np.nan, np.nan]
