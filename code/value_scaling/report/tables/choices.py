"""Table of the effects of the published analysis choices."""

from value_scaling.records import ChoiceEffect, Study
from value_scaling.report.results import StudyResults
from value_scaling.report.tables.formats.table import Column, Heading, Row, Table
from value_scaling.report.text.latex import prose

_SMALL = 0.05
"""Relative change below which a row appears only in the CSV file."""


def inside(effect: ChoiceEffect) -> bool:
    """Return whether the result stays inside our interval as published."""
    low, high = float(effect.default.low), float(effect.default.high)
    return low <= effect.published <= high


def choices(everything: tuple[StudyResults, ...]) -> Table:
    """Return a table with a row for each result that a choice moves, by choice."""
    effects = [
        (results.study, effect)
        for results in everything
        for effect in (results.effects.effects if results.effects else ())
    ]
    columns = (
        Column("choice"),
        Column("published_choice"),
        Column("default_choice"),
        Column("study"),
        Column("study_title", "Study", "l"),
        Column("result", "Result", "l"),
        Column("default", "Default"),
        Column("as_published", "As published"),
        Column("inside_interval", "Inside"),
    )
    machine = Table(
        slug="choices",
        caption="",
        columns=columns,
        rows=tuple(_row(study, effect) for study, effect in effects),
    )
    rows: list[Row | Heading] = []
    for choice in dict.fromkeys(effect.choice for _, effect in effects):
        own = [pair for pair in effects if pair[1].choice == choice and moves(pair[1])]
        if own:
            was, now = prose(own[0][1].was), prose(own[0][1].now)
            rows.append(Heading(rf"Published: {was}. Here: {now}."))
            rows += [_row(study, effect) for study, effect in own]
    return Table(
        slug=machine.slug,
        caption=(
            r"\textbf{Analysis choices.} Each result with the default choices, with "
            "its interval, and with one choice (at the end: all) made as published; "
            r"exponents are those of $\sigma$, or of $F$. Last column: whether it then "
            rf"stays inside the interval. Moves of less than {100 * _SMALL:g}\% are in "
            "the CSV file only."
        ),
        columns=columns,
        rows=tuple(rows),
        form="long",
        machine=machine,
    )


def moves(effect: ChoiceEffect) -> bool:
    """Whether the published choice moves the result by at least 5%."""
    value = float(effect.default.value)
    return abs(effect.published - value) >= _SMALL * abs(value)


def _row(study: Study, effect: ChoiceEffect) -> Row:
    return (
        effect.choice,
        effect.was,
        effect.now,
        study.name,
        study.title,
        effect.result,
        effect.default,
        effect.published,
        inside(effect),
    )
