"""Tables of the page: cells as shown, and as the CSV file has them."""

import re
from typing import Any

from value_scaling.report.tables.formats.cell_text import cell_text, heading
from value_scaling.report.tables.formats.csv_table import csv_rows, full_rows
from value_scaling.report.tables.formats.table import Column, Table, filled
from value_scaling.report.text.html import html_of
from value_scaling.report.text.plain import capitalised


def table_data(table: Table) -> dict[str, Any]:
    """Return a table for the page's script.

    Every row has two lists: the text of each cell with its interval, and the values of
    the CSV file. `spans` counts the columns of the CSV file for each column shown.
    """
    shown = filled(table)
    names, _ = full_rows(shown)
    caption = html_of(table.caption)
    columns, rows = shown.full()
    return {
        "slug": table.slug,
        "title": _title(caption) or capitalised(heading(Column(table.slug))),
        "caption": caption,
        "headings": [heading(each) for each in columns],
        "names": names,
        "spans": _spans([each.name for each in columns], names),
        "rows": [
            [
                [cell_text(*pair) for pair in zip(row, columns, strict=True)],
                values,
            ]
            for row, values in zip(rows, csv_rows(shown), strict=True)
        ],
    }


def _title(caption: str) -> str:
    """Return the bold beginning of a caption, or an empty text."""
    found = re.match("<b>(.*?)</b>", caption)
    return found[1].rstrip(" .,") if found else ""


def _spans(columns: list[str], names: list[str]) -> list[int]:
    """Return how many columns of the CSV file each column has: one, or three."""
    return [3 if f"{each}_low" in names else 1 for each in columns]
