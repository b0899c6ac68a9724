"""Marks of interactive plots, which the page's script turns into Plotly traces.

A mark has the coordinates, intervals and colour of one part of a panel. Colours are
names that the page's style sheet defines for light and dark screens. `ramp:0.3` is a
place on a scale of colours from 0 to 1.
"""

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Literal

import numpy as np

from value_scaling.records import Estimate, FittedLaw
from value_scaling.report.drawing.marks import known

Mark = dict[str, Any]
Panel = dict[str, Any]
Form = Literal["plain", "steps", "flops", "utd", "percent"]
"""How numbers are written: `steps` with k, M or G; `flops` with a power of ten; `utd`
as fractions below one."""
_DIGITS = 5
_CURVE_DIGITS = 4
_SMOOTH = 60
_ENVIRONMENTS = (
    ("blue", "circle"),
    ("orange", "square"),
    ("green", "triangle-up"),
    ("purple", "diamond"),
    ("amber", "triangle-down"),
    ("sky", "cross"),
    ("ink", "x"),
)


def numbers(values: Any, digits: int = _DIGITS) -> Any:
    """Return nested lists of rounded numbers, None for NaN and infinity."""
    if np.ndim(values):
        return [numbers(each, digits) for each in values]
    value = float(values)
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def name_html(name: str) -> str:
    """Return a name as HTML, since users choose names and marks hold HTML."""
    return escape(name)


def law_at(law: FittedLaw, index: int, x: np.ndarray) -> Estimate:
    """Evaluate one law of a stack with its interval."""
    one = FittedLaw(law.value[index], law.replicates[:, index])
    return one.at(x)


def smooth(utds: np.ndarray) -> np.ndarray:
    """Return σ along a curve, from the smallest to the largest that was run."""
    return np.geomspace(np.min(utds), np.max(utds), _SMOOTH)


def points(
    x: np.ndarray,
    values: Estimate | np.ndarray,
    *,
    name: str,
    colour: str,
    symbol: str = "circle",
    labels: Sequence[str] = (),
    tags: Sequence[str] = (),
    across: Estimate | None = None,
    hollow: bool = False,
    faint: bool = False,
) -> Mark:
    """Return points, with intervals if they are known.

    Args:
        labels: text of each point, shown above its values on hover.
        tags: text beside each point, which is always visible.
        across: values along x with their intervals, in place of `x`.
        hollow: whether only the outline is drawn, which marks a bound.
        faint: whether the points are small and transparent, because they are many.
    """
    mark: Mark = {
        "kind": "points",
        "name": name,
        "colour": colour,
        "symbol": symbol + ("-open" if hollow else ""),
        "x": numbers(x if across is None else across.value),
        **_with_ends(values),
    }
    if across is not None and known(across):
        mark |= {"xlow": numbers(across.low), "xhigh": numbers(across.high)}
    more = {"labels": list(labels), "tags": list(tags), "faint": faint}
    return mark | {key: each for key, each in more.items() if each}


def curve(
    x: np.ndarray,
    values: Estimate | np.ndarray,
    *,
    name: str,
    colour: str,
    dash: str = "solid",
    width: float = 2,
    **more: Any,
) -> Mark:
    """Return a line, with a band if its interval is known."""
    return {
        "kind": "curve",
        "name": name,
        "colour": colour,
        "dash": dash,
        "width": width,
        "x": numbers(x, _CURVE_DIGITS),
        **_with_ends(values, _CURVE_DIGITS),
        **more,
    }


def rule(
    at: float, *, along: str = "x", name: str, colour: str = "grey", dash: str = "dash"
) -> Mark:
    """Return a straight line over the panel at one value of y (`along` x) or of x."""
    return {
        "kind": "rule",
        "along": along,
        "at": numbers(at),
        "name": name,
        "colour": colour,
        "dash": dash,
    }


def cells(
    x: Sequence[str], y: Sequence[str], z: np.ndarray, labels: list[list[str]]
) -> Mark:
    """Return a heat map of each cell's ratio to the best cell, [y, x], 1 or more."""
    return {
        "kind": "cells",
        "x": list(x),
        "y": list(y),
        "z": numbers(z),
        "labels": labels,
    }


def axis(
    title: str,
    form: Form = "plain",
    *,
    log: bool = True,
    ticks: np.ndarray | None = None,
    texts: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """Return an axis; if `ticks` are given, only they are marked, with `texts`."""
    found: dict[str, Any] = {"title": title, "form": form, "log": log, **more}
    if ticks is not None:
        found["ticks"] = numbers(np.unique(ticks) if not texts else ticks)
    return found | ({"words": list(texts)} if texts else {})


def panel(
    title: str,
    x: dict[str, Any],
    y: dict[str, Any],
    marks: Sequence[Mark | None],
    **more: Any,
) -> Panel:
    """Return one panel. Marks without any value are left out."""
    shown = [mark for mark in marks if mark and _has_values(mark)]
    return {"title": title, "x": x, "y": y, "marks": shown, **more}


def environment_marks(count: int) -> list[tuple[str, str]]:
    """Return a colour and a symbol for each environment; all are equal if many."""
    few = count <= len(_ENVIRONMENTS)
    return list(_ENVIRONMENTS[:count]) if few else [("grey", "circle")] * count


def ramp(values: np.ndarray, *, log: bool = False) -> list[str]:
    """Return a colour for each value, by its place in their range."""
    scaled = np.log(values) if log else np.asarray(values, dtype=float)
    span = float(np.ptp(scaled)) or 1.0
    return [f"ramp:{place:.3f}" for place in (scaled - scaled.min()) / span]


def _with_ends(values: Estimate | np.ndarray, digits: int = _DIGITS) -> Mark:
    if not isinstance(values, Estimate):
        return {"y": numbers(values, digits)}
    found: Mark = {"y": numbers(values.value, digits)}
    if known(values):
        found["low"] = numbers(values.low, digits)
        found["high"] = numbers(values.high, digits)
    return found


def _has_values(mark: Mark) -> bool:
    if mark["kind"] == "rule":
        return mark["at"] is not None
    return mark["kind"] == "cells" or any(each is not None for each in mark["y"])
