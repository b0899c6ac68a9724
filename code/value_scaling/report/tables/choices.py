"""Where this analysis differs from the published one, and how far that matters."""

from itertools import groupby

from value_scaling.records import ChoiceEffect, ChoiceEffects, Study
from value_scaling.report.latex import escape, prose
from value_scaling.report.tables.table import Column, Heading, Row, Table

_SMALL = 0.005
"""Relative moves below this are in the CSV only."""


def inside(effect: ChoiceEffect) -> bool:
    """Whether the published choice leaves the result inside our interval."""
    low, high = float(effect.default.low), float(effect.default.high)
    return low <= effect.published <= high


def choices(study: Study, effects: ChoiceEffects) -> Table:
    """A row for each result that a choice moves; choices by name as headings."""
    columns = (
        Column("choice"),
        Column("published_choice"),
        Column("default_choice"),
        Column("result", "Result", "l"),
        Column("default", "Default"),
        Column("as_published", "As published"),
        Column("inside_interval", "Inside"),
    )
    machine = Table(
        slug=f"{study.name}_choices",
        caption="",
        columns=columns,
        rows=tuple(_row(effect) for effect in effects.effects),
    )
    rows: list[Row | Heading] = []
    for _, group in groupby(effects.effects, key=lambda effect: effect.choice):
        own = [e for e in group if _moves(e)]
        if own:
            was, now = prose(own[0].was), prose(own[0].now)
            rows.append(Heading(rf"Published: {was}. Here: {now}."))
            rows += [_row(effect) for effect in own]
    return Table(
        slug=machine.slug,
        caption=(
            rf"\textbf{{{escape(study.title)}: analysis choices.}} Each result with "
            "the default choices, with its interval, and with one choice (at the end: "
            "all) made as published; exponents are those of $\\sigma$, or of $F$. Last "
            "column: whether it then stays inside the interval. Moves of less than "
            rf"{100 * _SMALL:g}\% are in the CSV file only."
        ),
        columns=columns,
        rows=tuple(rows),
        form="long",
        machine=machine,
    )


def _moves(effect: ChoiceEffect) -> bool:
    value = float(effect.default.value)
    return abs(effect.published - value) >= _SMALL * abs(value)


def _row(effect: ChoiceEffect) -> Row:
    return (
        effect.choice,
        effect.was,
        effect.now,
        effect.result,
        effect.default,
        effect.published,
        inside(effect),
    )
