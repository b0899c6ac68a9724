"""Comparison of published numbers with ours: `report_card`, and the card as text."""

from value_scaling.report.verify.card import (
    AGREES,
    DIFFERS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    CardRow,
    Comparison,
    ReportCard,
    report_card,
)
from value_scaling.report.verify.card_text import card_text, folded_name, summary
from value_scaling.report.verify.expected import KINDS, Tolerance

__all__ = [
    "AGREES",
    "DIFFERS",
    "KINDS",
    "OUTSIDE",
    "UNAVAILABLE",
    "WITHIN",
    "CardRow",
    "Comparison",
    "ReportCard",
    "Tolerance",
    "card_text",
    "folded_name",
    "report_card",
    "summary",
]
