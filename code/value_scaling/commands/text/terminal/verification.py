"""The report card, which compares published numbers with ours."""

import math

from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.report.verify import folded_name, plain_number, summary
from value_scaling.report.verify.card import (
    DIFFERS,
    VERDICTS,
    CardCell,
    CardRow,
    ReportCard,
)
from value_scaling.report.verify.expected import KINDS

_NAMES = (
    *("study", "number", "kind", "published", "ours [95%]", "tolerance", "cells"),
    "verdict",
)
_COUNTED = (*VERDICTS[:3], "information: agrees", "differs")


def report_card_parts(card: ReportCard) -> list[TextPart]:
    """Return all lines of the card, those that fail again, and the counts."""
    rows = []
    for study, own, absent in card.by_study():
        rows += [(study, *_cells(row)) for row in own]
        if absent:
            rows.append((study, *_folded(absent)))
    counts = [
        (f"{kind}: {name}", *(f"{card.only(kind=kind).counted(v)}" for v in VERDICTS))
        for kind, name in KINDS.items()
    ]
    return [
        *listing(_NAMES, rows, right=["published", "cells"]),
        *map(_failure, card.failed),
        *listing(("numbers", *_COUNTED), counts, right=_COUNTED),
        summary(card),
    ]


def _cells(row: CardRow) -> tuple[str, ...]:
    worst, tolerance = row.worst, str(row.tolerance)
    if worst is None:
        verdict = f"{row.verdict}: {row.why}"
        return (row.what, row.kind, "", "", tolerance, "", verdict)
    verdict = row.verdict + (f": {row.why}" if row.verdict == DIFFERS else "")
    if row.size_only:
        verdict += f" (the sign is not tested: {', '.join(row.size_only)})"
    return (
        row.what,
        row.kind,
        plain_number(worst.published),
        _ours(worst),
        tolerance,
        f"{row.cells_within}/{len(row.cells)}",
        verdict,
    )


def _folded(rows: tuple[CardRow, ...]) -> tuple[str, ...]:
    """Return one row for all lines of a study whose runs are not here."""
    verdict = (
        f"{rows[0].verdict}: {rows[0].why} (make data, without STUDY=, fetches them)"
    )
    return (folded_name(rows), "", "", "", "", "", verdict)


def _ours(cell: CardCell) -> str:
    text = plain_number(cell.ours)
    if math.isfinite(cell.low) and math.isfinite(cell.high):
        text += f" [{cell.low:.3g}, {cell.high:.3g}]"
    return text


def _failure(row: CardRow) -> str:
    worst = row.worst
    assert worst is not None  # a line that fails has cells
    where = f" at {worst.label}" if worst.label else ""
    return (
        f"OUTSIDE  {row.study}, {row.what}{where}: published "
        f"{plain_number(worst.published)}, ours {_ours(worst)}, tolerance "
        f"{row.tolerance} ({row.source}); {row.cells_within} of {len(row.cells)} within"
    )
