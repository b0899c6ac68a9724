"""The report card as a table with one row for each line."""

from value_scaling.report.tables.formats.table import Column, Row, Share, Table
from value_scaling.report.verify import CardRow, ReportCard

_COLUMNS = (
    *("what", "kind", "verdict", "cells_within", "largest_deviation"),
    *("published", "ours", "tolerance", "why", "source"),
)


def card_lines(card: ReportCard) -> Table:
    """Return a table of the lines, each with the cell that deviates most."""
    return Table(
        slug="report_card",
        caption=(
            r"A line may compare many cells; the columns \emph{largest deviation}, "
            r"\emph{published} and \emph{ours} are about the cell that deviates most. "
            r"The file \texttt{paper/generated/report\_card.csv} has all cells."
        ),
        columns=tuple(map(Column, _COLUMNS)),
        rows=tuple(map(_row, card.rows)),
    )


def _row(row: CardRow) -> Row:
    worst = row.worst
    return (
        row.what,
        row.kind,
        row.verdict,
        Share(row.cells_within, len(row.cells)) if row.cells else None,
        worst.label if worst else None,
        worst.published if worst else None,
        worst.ours if worst else None,
        str(row.tolerance),
        row.why,
        row.source,
    )
