"""Axes and marks that several plots share."""

from typing import Any

import numpy as np

from value_scaling.records import Estimate
from value_scaling.report.drawing.ticks import utd_text
from value_scaling.report.html.marks import Mark, axis, points, rule
from value_scaling.report.original import Originals


def utd_axis(utds: np.ndarray) -> dict[str, Any]:
    """Return the axis of σ, with a tick at each of these values."""
    return axis("UTD ratio σ", "utd", ticks=utds)


def utd_name(utd: float) -> str:
    """Return σ as plain text."""
    return utd_text(utd).strip("$")


def zero(*, along: str = "x") -> Mark:
    """Return a line at zero, without a name."""
    return rule(0, along=along, name="", dash="solid")


def in_row(
    x: np.ndarray, row: float, *, across: Estimate | None = None, **look: Any
) -> Mark:
    """Return points in one row of a panel, with intervals along x."""
    x = np.atleast_1d(x)
    if across is not None:
        across = Estimate(
            *(np.atleast_1d(p) for p in (across.value, across.low, across.high))
        )
    return points(x, np.full(len(x), float(row)), across=across, **look)


def digitised(original: Originals, name: str) -> Mark | None:
    """Return the points digitised from one panel of the paper's Figure 1, if any."""
    if name not in original:
        return None
    return points(
        original[name].x,
        original[name].y,
        name="The paper's Figure 1",
        colour="grey",
        symbol="square",
        hollow=True,
    )
