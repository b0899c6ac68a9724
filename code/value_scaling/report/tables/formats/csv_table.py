"""A table as CSV with full numbers."""

import csv

import numpy as np

from value_scaling.records import Bounded, Estimate
from value_scaling.report.tables.formats.table import (
    Cell,
    Code,
    Heading,
    Percent,
    Share,
    Table,
    Tex,
    parts,
)


def csv_text(table: Table) -> str:
    """Write the values of a table in full, with three columns for an estimate."""
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
    """In-memory target for `csv`, because this package opens no files."""

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
            texts = [_full(part) for part in parts(cell.values)]
        case Estimate() | Percent():
            values = cell.value if isinstance(cell, Percent) else cell
            texts = [_full(part) for part in parts(values)]
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
