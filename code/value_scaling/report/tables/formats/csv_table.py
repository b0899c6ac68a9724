"""A table as CSV with full numbers."""

import csv

import numpy as np

from value_scaling.records import Bounded, Estimate
from value_scaling.report.tables.formats.table import (
    Cell,
    Code,
    Percent,
    Share,
    Table,
    Tex,
    parts,
)

Value = str | bool | int | float | None
"""One value of a row."""


def csv_text(table: Table) -> str:
    """Write the values of a table in full, with three columns for an estimate."""
    names, _ = full_rows(table)
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(csv_rows(table))
    return "".join(lines.written)


def csv_rows(table: Table) -> list[list[str]]:
    """Return the rows of the CSV file as texts."""
    return [[_text(value) for value in row] for row in full_rows(table)[1]]


def full_rows(table: Table) -> tuple[list[str], list[list[Value]]]:
    """Return the column names and rows of a table for machines.

    A column with estimates becomes three: the value, and the ends of its interval as
    `<name>_low` and `<name>_high`.
    """
    columns, rows = table.full()
    wide = [False for _ in columns]
    for row in rows:
        wide = [
            triple or isinstance(cell, Estimate | Bounded | Percent)
            for cell, triple in zip(row, wide, strict=True)
        ]
    names: list[str] = []
    for column, triple in zip(columns, wide, strict=True):
        names += [column.name]
        names += [f"{column.name}_low", f"{column.name}_high"] if triple else []
    found: list[list[Value]] = []
    for row in rows:
        values: list[Value] = []
        for cell, triple in zip(row, wide, strict=True):
            values += _values(cell, 3 if triple else 1)
        found.append(values)
    return names, found


class _Lines:
    """In-memory target for `csv`, because this package opens no files."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)


def _values(cell: Cell, fields: int) -> list[Value]:
    """Return the values of a cell, filled up with None."""
    values: list[Value]
    match cell:
        case Bounded():
            values = [*parts(cell.values)]
        case Estimate():
            values = [*parts(cell)]
        case Percent():
            values = [*parts(cell.value)]
        case Share(part, whole):
            values = [f"{part}/{whole}"]
        case Code(text) | Tex(text):
            values = [text]
        case _:
            values = [cell]
    return values + [None] * (fields - len(values))


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.10g}" if np.isfinite(value) else ""
        case _:
            return str(value)
