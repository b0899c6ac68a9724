"""What commands print and notebooks display: sentences and tables of texts."""

from collections.abc import Iterable, Sequence

from value_scaling.report.tables.formats.table import (
    Cell,
    Column,
    Table,
    without_empty_columns,
)

TextPart = str | Table
"""One or more whole lines of text, or a table."""


def listing(
    names: Sequence[str], rows: Iterable[Sequence[Cell]], *, right: Sequence[str] = ()
) -> list[TextPart]:
    """Make a table of texts; it leaves out columns without any text.

    Args:
        names: Headings of the columns.
        rows: A cell for each column.
        right: Headings of the columns that are aligned to the right.

    Returns:
        the table, or nothing if there are no rows.
    """
    columns, cells = without_empty_columns(
        [Column(name, align="r" if name in right else "l") for name in names],
        [tuple(row) for row in rows],
    )
    return [Table(slug="", caption="", columns=columns, rows=cells)] if columns else []
