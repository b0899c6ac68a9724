"""Counts of the report card as commands."""

from value_scaling.report.text.command_names import Named, command
from value_scaling.report.text.latex import count, number
from value_scaling.report.verify import (
    AGREES,
    DIFFERS,
    KINDS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    ReportCard,
)


def card_numbers(card: ReportCard) -> Named:
    r"""Yield the counts of lines by verdict.

    `\CardWithin` covers all lines, `\CardStoredWithin` one kind of numbers, and
    `\GymCardWithin` one study.
    """
    for name, verdicts in (
        ("Within", (WITHIN,)),
        ("Outside", (OUTSIDE,)),
        ("Unavailable", (UNAVAILABLE,)),
        ("Agree", (AGREES,)),
        ("Differ", (DIFFERS,)),
        ("Checked", (WITHIN, OUTSIDE)),
    ):
        yield f"Card{name}", count(card.counted(*verdicts))
        for kind in KINDS:
            counted = card.only(kind=kind).counted(*verdicts)
            yield f"Card{command(kind)}{name}", count(counted)
        for study in dict.fromkeys(row.study for row in card.rows):
            counted = card.only(study=study).counted(*verdicts)
            yield f"{command(study)}Card{name}", count(counted)
    checked = [row for row in card.rows if row.verdict in (WITHIN, OUTSIDE)]
    yield "CardCells", count(sum(len(row.cells) for row in checked))
    yield "CardCellsWithin", count(sum(row.cells_within for row in checked))
    for row in card.rows:
        if row.macro and row.worst:
            yield f"Published{row.macro}", number(row.worst.published)
            yield f"Recomputed{row.macro}", number(row.worst.ours)
