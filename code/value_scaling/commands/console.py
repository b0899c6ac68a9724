"""What commands print: sentences, tables and JSON documents.

Rich lays out the tables. On a terminal a table fits the width and long cells wrap; its
headings are bold unless $NO_COLOR is set. In a pipe or a file each row is one line of
plain text.
"""

import json
import os
import shutil
import sys
from dataclasses import replace
from io import StringIO
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table as RichTable

from value_scaling.commands.text.parts import TextPart
from value_scaling.report.tables.formats.cell_text import (
    cell_text,
    heading,
    longest_word,
)
from value_scaling.report.tables.formats.table import Table
from value_scaling.terminal import plain

_UNLIMITED = 100_000
"""Characters of a line that nothing wraps."""
_GAP = 3
"""Most characters between two columns."""


def print_json(document: dict[str, Any]) -> None:
    """Print the one JSON document of a command.

    Raises:
        ValueError: a number is not finite.
    """
    print(json.dumps(document, indent=1, allow_nan=False))


def show(*parts: TextPart) -> None:
    """Print sentences and tables."""
    out = sys.stdout
    width = shutil.get_terminal_size().columns if out.isatty() else None
    print(as_text(*parts, encoding=out.encoding or "utf-8", width=width))


def as_text(*parts: TextPart, encoding: str = "utf-8", width: int | None = None) -> str:
    """Return sentences and tables as text, without the line break at the end.

    An empty line follows each table but the last.

    Args:
        encoding: Characters that it lacks are replaced before columns are measured.
        width: Number of columns of the terminal; None: this is no terminal.
    """
    last = len(parts) - 1
    return "\n".join(
        part
        if isinstance(part, str)
        else _laid_out(part, encoding, width) + "\n" * (number < last)
        for number, part in enumerate(parts)
    )


def _laid_out(table: Table, encoding: str, width: int | None) -> str:
    columns, rows = table.full()
    console = Console(
        file=StringIO(),
        force_terminal=width is not None,
        width=width or _UNLIMITED,
        highlight=False,
        markup=False,
        emoji=False,
    )
    style = "" if os.environ.get("NO_COLOR") else "bold"
    lines = width is not None and encoding.lower().startswith("utf")
    laid_out = RichTable(
        box=SIMPLE_HEAD if lines else None, pad_edge=False, header_style=style
    )
    names = [plain(heading(column), encoding) for column in columns]
    lines_of_texts = [
        [
            plain(" ".join(filter(None, cell_text(*pair))), encoding)
            for pair in zip(row, columns, strict=True)
        ]
        for row in rows
    ]
    texts_of_columns = list(zip(names, *lines_of_texts, strict=True))
    words = sum(max(map(longest_word, texts)) for texts in texts_of_columns)
    # A column of names is not wrapped where the terminal has room for every word.
    fits = words + _GAP * len(columns) <= (width or _UNLIMITED)
    for column, texts in zip(columns, texts_of_columns, strict=True):
        name, is_name = texts[0], all(len(text.split()) < 2 for text in texts)
        justify: JustifyMethod = "right" if column.align == "r" else "left"
        laid_out.add_column(
            name, justify=justify, overflow="fold", no_wrap=fits and is_name
        )
    for cells in lines_of_texts:
        laid_out.add_row(*cells)
    with console.capture() as capture:
        console.print(laid_out)
    return "\n".join(line.rstrip() for line in capture.get().strip("\n").splitlines())


def first_rows(table: Table, most: int) -> tuple[Table, int]:
    """Return the first rows of a table for readers, and the number of the others."""
    rows = table.data_rows()
    shown = replace(table, rows=tuple(rows[:most]), machine=None)
    return shown, max(0, len(rows) - most)
