"""The report card as a table of the paper."""

import numpy as np

from value_scaling.records import Estimate
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.formats.table import (
    Column,
    Heading,
    Row,
    Table,
    Tex,
)
from value_scaling.report.text.latex import (
    MISSING,
    bounds,
    count,
    escape,
    prose,
)
from value_scaling.report.text.plain import capitalised
from value_scaling.report.verify import (
    AGREES,
    DIFFERS,
    KINDS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    CardCell,
    CardRow,
    ReportCard,
    Tolerance,
    folded_name,
)

_WHOLE = 1e7
"""Limit below which whole numbers are written in full."""


def card_table(card: ReportCard, everything: tuple[StudyResults, ...]) -> Table:
    """Return a table with a row for each line of the card and its largest deviation."""
    titles = {each.study.name: each.study.title for each in everything}
    rows: list[Row | Heading] = []
    parts = {study: (own, absent) for study, own, absent in card.by_study()}
    known = [study for study in titles if study in parts]
    order = tuple(dict.fromkeys([*known, *parts]))
    shown = [row for study in order for part in parts[study] for row in part]
    reasons = [row.why for row in shown if row.verdict in (DIFFERS, UNAVAILABLE)]
    marks = {why: str(i) for i, why in enumerate(dict.fromkeys(reasons), start=1)}
    for study in order:
        rows.append(Heading(escape(titles.get(study, study.capitalize()))))
        own, absent = parts[study]
        rows += [_row(row, marks) for row in own]
        if absent:
            within = _within(absent[0], marks)
            rows.append((folded_name(absent), None, None, None, None, within))
    return Table(
        slug="report_card",
        caption=(
            r"\textbf{Report card.} Published numbers and ours, with the published "
            "choices. A line that compares many cells shows the cell that deviates "
            r"most and the number within tolerance ($\pm$; with a percent sign: "
            "of the ratio). Three kinds of numbers are counted separately: "
            + "; ".join(_count(card, kind) for kind in KINDS)
            + ". Numbered lines are explained below; those that differ are for "
            r"information. $^\dagger$: the tolerance is wider than one of the numbers, "
            "so the line tests its size, not its sign."
        ),
        columns=(
            Column("what", "What", "l"),
            Column("kind", "Kind", "l"),
            Column("published", "Published"),
            Column("ours", "Ours"),
            Column("tolerance", r"$\pm$"),
            Column("within", "Within"),
        ),
        rows=tuple(rows),
        notes=tuple(
            f"$^{{{mark}}}$ {prose(capitalised(why))}." for why, mark in marks.items()
        ),
        form="long",
        machine=_machine(card),
    )


def _count(card: ReportCard, kind: str) -> str:
    """State the counts of one kind of numbers."""
    own = card.only(kind=kind)
    checked, untested = own.counted(WITHIN, OUTSIDE), own.counted(AGREES, DIFFERS)
    parts = [f"{own.counted(WITHIN)} of {checked} within tolerance"] if checked else []
    if untested:
        parts.append(f"{own.counted(AGREES)} of {untested} agree, for information")
    if absent := own.counted(UNAVAILABLE):
        parts.append(f"{absent} not available")
    return rf"{KINDS[kind]} ({kind[0].upper()}), {', '.join(parts) or 'no line'}"


def _machine(card: ReportCard) -> Table:
    """Return a table of all cells of the card."""
    names = (
        "study",
        "what",
        "kind",
        "cell",
        "published",
        "ours",
        "tolerance",
        "within",
    )
    return Table(
        slug="report_card",
        caption="",
        columns=tuple(
            Column(name) for name in (*names, "sign", "verdict", "why", "source")
        ),
        rows=tuple(
            (
                row.study,
                row.what,
                row.kind,
                *_values(cell, str(row.tolerance)),
                row.verdict,
                row.why,
                row.source,
            )
            for row in card.rows
            for cell in row.cells or (None,)
        ),
    )


def _values(cell: CardCell | None, tolerance: str) -> Row:
    if cell is None:
        return ("", None, None, tolerance, None, None)
    parts = (np.asarray(part) for part in (cell.ours, cell.low, cell.high))
    sign = "tested" if cell.sign_tested else "not tested"
    ours = Estimate(*parts)
    return (cell.label, cell.published, ours, tolerance, cell.within, sign)


def _row(row: CardRow, marks: dict[str, str]) -> Row:
    worst = row.worst
    return (
        row.what,
        row.kind[0].upper(),
        Tex(_number(worst.published)) if worst else None,
        Tex(_ours(worst)) if worst else None,
        Tex(_tolerance(row.tolerance) + (r"$^\dagger$" if row.size_only else "")),
        _within(row, marks),
    )


def _within(row: CardRow, marks: dict[str, str]) -> Tex:
    """Write how many cells are within tolerance, and any other verdict."""
    words = [f"{row.cells_within} of {len(row.cells)}"] if row.worst else []
    if row.verdict != WITHIN:
        mark = marks.get(row.why) if row.verdict in (DIFFERS, UNAVAILABLE) else None
        word = row.verdict.split(",")[0]
        words.append(word + (f"$^{{{mark}}}$" if mark else ""))
    return Tex(", ".join(words))


def _number(value: float) -> str:
    """Write whole numbers in full and others to six digits."""
    if value.is_integer() and abs(value) < _WHOLE:
        return count(int(value))
    return f"${_general(value, 6)}$" if np.isfinite(value) else MISSING


def _ours(cell: CardCell) -> str:
    parts = (np.asarray(part) for part in (cell.ours, cell.low, cell.high))
    ends = bounds(Estimate(*parts), digits=2)
    value = _number(cell.ours)
    return value if ends == MISSING else f"{value} {ends}"


def _tolerance(tolerance: Tolerance) -> str:
    """Write a tolerance: 0 for equality, percents for ratios and decades."""
    if tolerance.kind == "sign":
        return "sign"
    if tolerance.kind == "relative":
        return rf"${_general(100 * tolerance.size, 3)}\%$"
    if tolerance.kind == "decades":
        return rf"${_general(100 * (10**tolerance.size - 1), 2)}\%$"
    return f"${_general(tolerance.size, 3)}$"


def _general(value: float, digits: int) -> str:
    """Write a number inside math mode, with at most `digits` digits."""
    mantissa, _, power = f"{value:.{digits}g}".partition("e")
    return mantissa + (f"\\times 10^{{{int(power)}}}" if power else "")
