"""Tables in the terminal: of a fixed width and without colours where it is none."""

import sys
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from value_scaling.terminal import plain

WIDTH = 100
"""Characters of a line where the output is no terminal."""


def show_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, its first column to the left and the others to the right.

    Colours are for terminals without $NO_COLOR; characters that the encoding lacks are
    replaced before the columns are measured.
    """
    out = sys.stdout
    encoding = out.encoding or "utf-8"
    terminal = out.isatty()
    width = None if terminal else WIDTH
    console = Console(file=out, highlight=False, markup=False, width=width)
    box = SIMPLE_HEAD if terminal and encoding.lower().startswith("utf") else None
    table = Table(box=box, show_header=bool(heading), pad_edge=False)
    for at in range(max(map(len, rows), default=len(heading))):
        words = plain(heading[at], encoding) if heading else ""
        table.add_column(words, justify="right" if at else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(plain(cell, encoding) for cell in row))
    console.print(table)
