"""A table as HTML that fits a page, with wrapped words and intervals below values."""

from html import escape

from value_scaling.report.tables.formats.cell_text import (
    cell_text,
    heading,
    longest_word,
)
from value_scaling.report.tables.formats.table import Table

_TABLE = "table-layout:auto;width:auto;max-width:100%;border-collapse:collapse"
_CELL = (
    "white-space:normal;max-width:none;text-align:left;vertical-align:top;"
    "padding:0.2em 0.5em;overflow-wrap:"
)
_WRAP = {"th": "normal", "td": "anywhere"}
"""Wrapping of headings and cells. Cells contain names of any length from users."""
_WHOLE = 26
"""Characters of a word that is kept in one piece; longer ones may be broken."""


def html(table: Table) -> str:
    """Write every column of the CSV table, with its own styles.

    Jupyter and pages made from notebooks have different styles for tables.
    """
    columns, rows = table.full()
    texts = [
        [cell_text(*pair) for pair in zip(row, columns, strict=True)] for row in rows
    ]
    widths = [
        min(_WHOLE, max((longest_word(row[number][0]) for row in texts), default=0))
        for number in range(len(columns))
    ]
    head = "".join(_element("th", escape(heading(each))) for each in columns)
    lines = [f"<tr>{head}</tr>"]
    for row in texts:
        cells = (
            _element("td", _stacked(*cell), f"min-width:{width}ch")
            for cell, width in zip(row, widths, strict=True)
        )
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f'<table style="{_TABLE}">\n' + "\n".join(lines) + "\n</table>"


def _stacked(value: str, interval: str) -> str:
    below = f'<br><small style="white-space:nowrap">{escape(interval)}</small>'
    return escape(value) + (below if interval else "")


def _element(tag: str, content: str, *styles: str) -> str:
    style = ";".join((_CELL + _WRAP[tag], *styles))
    return f'<{tag} style="{style}">{content}</{tag}>'
