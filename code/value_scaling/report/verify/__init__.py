"""Comparison of published numbers with ours: `report_card`, and texts about it."""

from value_scaling.report.verify.card import (
    AGREES,
    DIFFERS,
    OUTSIDE,
    UNAVAILABLE,
    WITHIN,
    CardCell,
    CardRow,
    ReportCard,
    report_card,
)
from value_scaling.report.verify.card_words import folded_name, plain_number, summary
from value_scaling.report.verify.expected import KINDS, Tolerance

__all__ = [
    "AGREES",
    "DIFFERS",
    "KINDS",
    "OUTSIDE",
    "UNAVAILABLE",
    "WITHIN",
    "CardCell",
    "CardRow",
    "ReportCard",
    "Tolerance",
    "folded_name",
    "plain_number",
    "report_card",
    "summary",
]
