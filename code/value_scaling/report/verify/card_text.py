"""The report card as text for the terminal."""

import math

from value_scaling.report.verify.card import (
    AGREES,
    DIFFERS,
    OUTSIDE,
    UNAVAILABLE,
    VERDICTS,
    WITHIN,
    CardRow,
    Comparison,
    ReportCard,
)
from value_scaling.report.verify.expected import KINDS

_HEAD = ("", "kind", "published", "ours [95%]", "tolerance", "cells", "verdict")
_WIDEST = 58


def card_text(card: ReportCard) -> str:
    """Write the card as aligned text by study, with failures repeated at the end."""
    table: list[tuple[str, ...]] = [_HEAD]
    lines: list[tuple[str, ...] | str] = []
    for study, rows, absent in card.by_study():
        lines.append(f"\n{study}")
        shown = [_cells(row) for row in rows]
        if absent:
            shown.append(_folded(absent))
        table += shown
        lines += shown
    widths = [max(len(cells[c]) for cells in table) for c in range(len(_HEAD))]

    def aligned(cells: tuple[str, ...]) -> str:
        padded = (text.ljust(width) for text, width in zip(cells, widths, strict=True))
        return "  ".join(padded).rstrip()

    body = [line if isinstance(line, str) else aligned(line) for line in lines]
    failures = [_failure(row) for row in card.failed]
    return "\n".join(
        [aligned(_HEAD), *body, "", *failures, *_counts(card), "", summary(card)]
    )


def _counts(card: ReportCard) -> list[str]:
    """Return a heading and a line of verdict counts for each kind of numbers."""
    heads = (*VERDICTS[:3], "information: agrees", "differs")
    first = max(len(f"{kind}: {name}") for kind, name in KINDS.items())
    lines = ["  ".join((" " * first, *heads))]
    for kind, name in KINDS.items():
        own = card.only(kind=kind)
        cells = [
            str(own.counted(verdict)).rjust(len(head))
            for verdict, head in zip(VERDICTS, heads, strict=True)
        ]
        lines.append("  ".join((f"{kind}: {name}".ljust(first), *cells)))
    return lines


def summary(card: ReportCard) -> str:
    """Count the lines of each verdict."""
    return (
        f"{card.counted(WITHIN)} within tolerance, {card.counted(OUTSIDE)} outside, "
        f"{card.counted(UNAVAILABLE)} not available; for information: "
        f"{card.counted(AGREES)} agree, {card.counted(DIFFERS)} differ as expected"
    )


def _cells(row: CardRow) -> tuple[str, ...]:
    worst = row.worst
    what = row.what if len(row.what) <= _WIDEST else row.what[: _WIDEST - 1] + "…"
    if worst is None:
        return (
            f"  {what}",
            row.kind,
            "",
            "",
            str(row.tolerance),
            "",
            f"{row.verdict}: {row.why}",
        )
    verdict = row.verdict + (f": {row.why}" if row.verdict == DIFFERS else "")
    if row.size_only:
        verdict += f" (the sign is not tested: {', '.join(row.size_only)})"
    return (
        f"  {what}",
        row.kind,
        plain_number(worst.published),
        _ours(worst),
        str(row.tolerance),
        f"{row.cells_within}/{len(row.cells)}",
        verdict,
    )


def _folded(rows: tuple[CardRow, ...]) -> tuple[str, ...]:
    """Return one line for all numbers that need missing runs."""
    first = rows[0]
    verdict = f"{first.verdict}: {first.why} (they come with make data, without STUDY=)"
    return (f"  {folded_name(rows)}", "", "", "", "", "", verdict)


def folded_name(rows: tuple[CardRow, ...]) -> str:
    """State how many lines one line represents."""
    if len(rows) == 1:
        return "1 line that needs its runs"
    return f"{len(rows)} lines that need its runs"


def _ours(cell: Comparison) -> str:
    text = plain_number(cell.ours)
    if math.isfinite(cell.low) and math.isfinite(cell.high):
        text += f" [{cell.low:.3g}, {cell.high:.3g}]"
    return text


def plain_number(value: float) -> str:
    """Write six significant digits, or `never` for a level that is not reached."""
    return "never" if math.isnan(value) else f"{value:.6g}"


def _failure(row: CardRow) -> str:
    worst = row.worst
    assert worst is not None  # a failed line has cells
    where = f" at {worst.label}" if worst.label else ""
    return (
        f"OUTSIDE  {row.study}, {row.what}{where}: published "
        f"{plain_number(worst.published)}, ours {_ours(worst)}, tolerance "
        f"{row.tolerance} ({row.source}); {row.cells_within} of {len(row.cells)} within"
    )
