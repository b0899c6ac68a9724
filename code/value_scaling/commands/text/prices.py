"""What the terminal and JSON documents say about δ, and what δ assumes."""

from collections.abc import Sequence
from typing import Any

from value_scaling.records.compute import Price

ASSUMES = (
    "Updates and environment steps alternate; where they overlap, δ is smaller.",
    "An update counts 10·N·B FLOPs, as in C, whatever the hardware computes.",
)
MEASURED = (
    "Times are CPU seconds of one core of this machine. Runs are packed, and the time "
    "of an update is the share of one run.",
    "Updates are those of the largest environment; N is the study file's.",
    "A step is one environment step, including the policy's choice of the action.",
)


def price_document(price: Price) -> dict[str, Any]:
    """Return δ and its two factors for JSON."""
    return {
        "delta": price.delta,
        "flops_per_second": price.flops_per_second,
        "step_seconds": price.step_seconds,
    }


def assumptions(assumes: Sequence[str]) -> list[str]:
    """Return the lines that list assumptions."""
    return ["Assumed:", *(f"- {text}" for text in assumes)]
