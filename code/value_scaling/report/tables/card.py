"""The report card as a table of the paper."""

import numpy as np

from value_scaling.records import Estimate
from value_scaling.report.latex import escape
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.table import Cell, Column, Heading, Row, Share, Table
from value_scaling.report.verify import DIFFERS, UNAVAILABLE, CardRow, ReportCard

_PARAGRAPH = r">{\raggedright\arraybackslash}p"


def card_table(card: ReportCard, everything: tuple[StudyResults, ...]) -> Table:
    """One row a line of the card, with its cell that is farthest off."""
    titles = {each.study.name: each.study.title for each in everything}
    rows: list[Row | Heading] = []
    for study in dict.fromkeys(row.study for row in card.rows):
        rows.append(Heading(escape(titles.get(study, study))))
        rows += [_row(row) for row in card.rows if row.study == study]
    return Table(
        slug="report_card",
        caption=(
            r"\textbf{Report card.} Published numbers beside ours, under the published "
            "choices unless said otherwise. Of a line that compares many cells the one "
            "that is farthest off is shown, and how many are within tolerance. Lines "
            "for information only say why they were expected to differ."
        ),
        columns=(
            Column("study"),
            Column("what", "What", _PARAGRAPH + r"{0.33\linewidth}"),
            Column("cell"),
            Column("published", "Published", digits=4),
            Column("ours", "Ours", digits=4),
            Column("tolerance", "Tolerance", "l"),
            Column("within", "Within"),
            Column("verdict", "Verdict", _PARAGRAPH + r"{0.2\linewidth}"),
            Column("why"),
            Column("source"),
        ),
        rows=tuple(rows),
        form="long",
    )


def _row(row: CardRow) -> Row:
    worst = row.worst
    published: Cell = None
    ours: Cell = None
    if worst is not None:
        published = worst.published
        ours = Estimate(*(np.asarray(p) for p in (worst.ours, worst.low, worst.high)))
    verdict = row.verdict
    if row.verdict in (UNAVAILABLE, DIFFERS):
        verdict = f"{row.verdict}: {row.why}"
    return (
        row.study,
        row.what,
        worst.label if worst else "",
        published,
        ours,
        row.tolerance,
        Share(row.cells_within, len(row.cells)) if worst else None,
        verdict,
        row.why,
        row.source,
    )
