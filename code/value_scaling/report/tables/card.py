"""The report card as a table of the paper."""

import numpy as np

from value_scaling.records import Estimate
from value_scaling.report.latex import bare, escape, prose
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.table import (
    Cell,
    Column,
    Heading,
    Row,
    Share,
    Table,
    Tex,
)
from value_scaling.report.verify import (
    DIFFERS,
    UNAVAILABLE,
    CardRow,
    ReportCard,
    Tolerance,
)


def card_table(card: ReportCard, everything: tuple[StudyResults, ...]) -> Table:
    """One row a line of the card, with its cell that is farthest off."""
    titles = {each.study.name: each.study.title for each in everything}
    told = [row.why for row in card.rows if row.verdict in (DIFFERS, UNAVAILABLE)]
    marks = {why: str(i) for i, why in enumerate(dict.fromkeys(told), start=1)}
    rows: list[Row | Heading] = []
    present = {row.study for row in card.rows}
    known = [study for study in titles if study in present]
    for study in dict.fromkeys([*known, *(row.study for row in card.rows)]):
        rows.append(Heading(escape(titles.get(study, study.capitalize()))))
        rows += [_row(row, marks) for row in card.rows if row.study == study]
    return Table(
        slug="report_card",
        caption=(
            r"\textbf{Report card.} Published numbers beside ours, with the published "
            "choices. Of a line that compares many cells the one that is farthest off "
            "is shown, and how many are within tolerance. Numbers with a percent or a "
            "power of ten as tolerance are compared by their ratio. Lines of the last "
            "kind in each group are for information."
        ),
        columns=(
            Column("study"),
            Column("what", "What", "l"),
            Column("cell"),
            Column("published", "Published", digits=4),
            Column("ours", "Ours", digits=4),
            Column("tolerance", r"$\pm$"),
            Column("within", "Within"),
            Column("verdict", "Verdict", "l"),
            Column("why"),
            Column("source"),
        ),
        rows=tuple(rows),
        notes=tuple(f"$^{{{mark}}}$ {prose(why)}." for why, mark in marks.items()),
        form="long",
    )


def _row(row: CardRow, marks: dict[str, str]) -> Row:
    worst = row.worst
    published: Cell = None
    ours: Cell = None
    if worst is not None:
        published = worst.published
        ours = Estimate(*(np.asarray(p) for p in (worst.ours, worst.low, worst.high)))
    mark = marks.get(row.why) if row.verdict in (DIFFERS, UNAVAILABLE) else None
    verdict = row.verdict.split(",")[0] + (f"$^{{{mark}}}$" if mark else "")
    return (
        row.study,
        row.what,
        worst.label if worst else "",
        published,
        ours,
        Tex(_tolerance(row.tolerance), str(row.tolerance)),
        Share(row.cells_within, len(row.cells)) if worst else None,
        Tex(verdict, row.verdict),
        row.why,
        row.source,
    )


def _tolerance(tolerance: Tolerance) -> str:
    """0 for equality; a share as percent where that is legible; decades as a ratio."""
    if tolerance.kind == "relative":
        return rf"${bare(100 * tolerance.size, 1)}\%$"
    if tolerance.kind == "decades":
        return rf"${bare(100 * (10**tolerance.size - 1), 2)}\%$"
    return f"${bare(tolerance.size, 2 if tolerance.size else 1)}$"
