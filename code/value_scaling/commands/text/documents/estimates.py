"""Estimates and held-out checks as JSON."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from value_scaling.records import (
    AgainstNaive,
    Estimate,
    HeldOut,
)

Document = dict[str, Any]


def number(values: Estimate, index: int | tuple[int, ...] = ()) -> Document:
    """Return one entry of an estimate with its interval; unknown values are null."""
    value, low, high = (
        finite(np.asarray(part)[index])
        for part in (values.value, values.low, values.high)
    )
    return {"value": value, "low": low, "high": high}


def finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def held_out(checks: Sequence[HeldOut]) -> list[Document]:
    return [
        {
            "quantity": check.quantity,
            "kind": check.kind,
            "label": check.label,
            "predicted": finite(check.predicted),
            "actual": finite(check.actual),
            "error": number(check.error),
            "status": check.status,
            "naive": [
                {
                    "predictor": each.naive,
                    "predicted": finite(each.predicted),
                    "error": number(each.error),
                    "difference": number(each.difference),
                }
                for each in check.naive
            ],
        }
        for check in checks
    ]


def against_naive(found: Sequence[AgainstNaive]) -> list[Document]:
    return [
        {
            "quantity": each.quantity,
            "kind": each.kind,
            "predictor": each.naive,
            "checks": each.count,
            "median_error_of_the_fit": number(each.fit),
            "median_error": number(each.error),
            "difference": number(each.difference),
            "verdict": each.verdict,
        }
        for each in found
    ]
