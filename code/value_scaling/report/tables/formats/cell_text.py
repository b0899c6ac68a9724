"""One cell of a table as plain text, with its interval separate."""

import math

from value_scaling.records import Bounded, Estimate
from value_scaling.report.tables.formats.table import (
    Cell,
    Code,
    Column,
    Percent,
    Share,
    Tex,
)
from value_scaling.report.text.plain import (
    UNKNOWN,
    bound_and_ends,
    plain,
    value_and_ends,
)


def cell_text(cell: Cell, column: Column) -> tuple[str, str]:
    """Return the text of a cell, and the interval of an estimate or an empty text."""
    match cell:
        case Bounded():
            return bound_and_ends(cell, column.digits)
        case Estimate():
            return value_and_ends(cell, column.digits)
        case Percent(Estimate() as values):
            return value_and_ends(values, column.digits)
        case None:
            text = ""
        case bool():
            text = "yes" if cell else "no"
        case float():
            text = plain(cell, column.digits)
        case Percent(float(value)):
            text = f"{100 * value:.0f}%" if math.isfinite(value) else UNKNOWN
        case Share(part, whole):
            text = f"{part} of {whole}"
        case Code(words) | Tex(words):
            text = words
        case _:
            text = str(cell)
    return text, ""


def heading(column: Column) -> str:
    """Return the name of a column in words."""
    return column.name.replace("_", " ")


def longest_word(text: str) -> int:
    """Return the number of characters of the longest word."""
    return max(map(len, text.split()), default=0)
