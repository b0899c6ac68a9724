"""Short texts about the report card, for the terminal and the paper."""

import math

from value_scaling.report.verify.card import (
    AGREES,
    DIFFERS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    CardRow,
    ReportCard,
)


def summary(card: ReportCard) -> str:
    """Count the lines of each verdict."""
    return (
        f"{card.counted(WITHIN)} within tolerance, {card.counted(OUTSIDE)} outside, "
        f"{card.counted(UNAVAILABLE)} not available; for information: "
        f"{card.counted(AGREES)} agree, {card.counted(DIFFERS)} differ as expected"
    )


def folded_name(rows: tuple[CardRow, ...]) -> str:
    """Count the lines that one line stands for."""
    if len(rows) == 1:
        return "1 line that needs its runs"
    return f"{len(rows)} lines that need its runs"


def plain_number(value: float) -> str:
    """Write six significant digits; `never` for a level that is not reached."""
    return "never" if math.isnan(value) else f"{value:.6g}"
