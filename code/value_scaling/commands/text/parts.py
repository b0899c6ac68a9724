"""What commands print and notebooks display: sentences and tables of texts."""

from collections.abc import Iterable, Sequence

from value_scaling.report.tables.formats.table import Cell, Column, Table

Part = str | Table
"""One or more whole lines of text, or a table."""


def listing(
    names: Sequence[str], rows: Iterable[Sequence[Cell]], *, right: Sequence[str] = ()
) -> list[Part]:
    """Make a table of texts; it leaves out columns without any text.

    Args:
        names: Headings of the columns.
        rows: A cell for each column.
        right: Headings of the columns that are aligned to the right.

    Returns:
        the table, or nothing if there are no rows.
    """
    cells = [tuple(row) for row in rows]
    kept = [
        at
        for at in range(len(names))
        if any(row[at] not in ("", None) for row in cells)
    ]
    if not kept:
        return []
    columns = (
        Column(names[at], align="r" if names[at] in right else "l") for at in kept
    )
    shown = (tuple(row[at] for at in kept) for row in cells)
    return [Table(slug="", caption="", columns=tuple(columns), rows=tuple(shown))]
