"""Markdown tables, made from texts or from tables of the paper."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from value_scaling.records import Estimate
from value_scaling.report.tables.formats.cell_text import cell_text
from value_scaling.report.tables.formats.table import (
    Cell,
    Column,
    Heading,
    Percent,
    Row,
    Table,
    Tex,
    parts,
)
from value_scaling.report.text.latex import scaled
from value_scaling.report.text.markdown import markdown_of

_FORMULA = re.compile(r"\$(.+?)\$")
_POWER = re.compile(r"\^\{?(-?[0-9]+)\}?")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_REFERENCE = re.compile(r"(?:Figure|Table)~\\ref\{(?:fig|tab):(.*?)\}")
_TYPE_SIZE = re.compile(r"\\(scriptsize|footnotesize|small) ?")


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table of Markdown texts."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def reader_grid(table: Table) -> str:
    """Return a table as the paper shows it, in Markdown with groups in bold."""
    shown = [column for column in table.columns if column.head]
    rows = [
        [f"**{prose(row.text)}**", *[""] * (len(shown) - 1)]
        if isinstance(row, Heading)
        else _texts(row, table)
        for row in table.rows
    ]
    return grid([prose(column.head) for column in shown], rows)


def prose(latex: str) -> str:
    """Write text of the paper as Markdown, with Unicode symbols in its formulas."""
    text = markdown_of(_REFERENCE.sub(r"`\1`", latex)).replace("|", r"\|")
    return _FORMULA.sub(lambda formula: _flat(formula[1]), text)


def _flat(formula: str) -> str:
    raised = _POWER.sub(lambda power: power[1].translate(_RAISED), formula)
    text = re.sub(r"\^\{?\*\}?", "*", _TYPE_SIZE.sub("", raised))
    return re.sub(r"[{}\\]", "", text).replace("*", r"\*")


def _texts(row: Row, table: Table) -> list[str]:
    pairs = zip(row, table.columns, strict=True)
    return [_text(cell, column) for cell, column in pairs if column.head]


def _text(cell: Cell, column: Column) -> str:
    match cell:
        case Percent(Estimate() as values):
            value, low, high = map(_percent, parts(values))
            return f"{value} [{low}, {high}]" if low and high else value
        case Estimate():
            cell = scaled(cell, column.unit)
        case float():
            cell = cell / column.unit
        case Tex(latex):
            return prose(latex)
        case str():
            return re.sub(r"([*|<])", r"\\\1", cell)
    return " ".join(filter(None, cell_text(cell, column)))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if np.isfinite(share) else ""
