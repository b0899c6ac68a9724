"""A table as Markdown: for the terminal, and for files that people open."""

import math

import numpy as np

from value_scaling.records import Estimate
from value_scaling.report.tables.table import (
    Cell,
    Code,
    Column,
    Heading,
    Percent,
    Share,
    Table,
    Tex,
)

UNKNOWN = "–"


def markdown(table: Table) -> str:
    """Write all columns under their names for machines, without groups of rows."""
    names = [column.name.replace("_", " ") for column in table.columns]
    lines = [names, ["---"] * len(names)]
    for row in table.rows:
        if not isinstance(row, Heading):
            pairs = zip(row, table.columns, strict=True)
            lines.append([_cell(cell, column) for cell, column in pairs])
    wide = [max(len(line[i]) for line in lines) for i in range(len(names))]
    return "\n".join(
        "| "
        + " | ".join(text.ljust(width) for text, width in zip(line, wide, strict=True))
        + " |"
        for line in lines
    )


def _cell(cell: Cell, column: Column) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float():
            return _number(cell, column.digits)
        case Estimate():
            return _interval(cell, column.digits)
        case Percent(Estimate() as value):
            return _interval(value, column.digits)
        case Percent(float(value)):
            return f"{100 * value:.0f}%" if math.isfinite(value) else UNKNOWN
        case Share(part, whole):
            return f"{part} of {whole}"
        case Code(text) | Tex(text):
            return text
        case _:
            return str(cell)


def _interval(values: Estimate, digits: int) -> str:
    value, low, high = (
        float(np.asarray(part)) for part in (values.value, values.low, values.high)
    )
    if not (math.isfinite(low) or math.isfinite(high)):
        return _number(value, digits)
    ends = ", ".join(_number(end, digits) for end in (low, high))
    return f"{_number(value, digits)} [{ends}]"


def _number(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return UNKNOWN
    if 10 ** (digits - 1) <= abs(value) < 1e7:
        return f"{value:.0f}"
    return f"{value:.{digits}g}"
