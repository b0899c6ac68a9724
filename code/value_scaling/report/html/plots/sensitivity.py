"""Interactive plots of conclusions under other δ, levels and choices."""

from typing import Any

import numpy as np

from value_scaling.records import Estimate, Study
from value_scaling.records.axes import FITTED
from value_scaling.records.stages.sensitivity import (
    Conclusion,
    LevelSensitivity,
    Sensitivity,
)
from value_scaling.report.html.marks import (
    Mark,
    Panel,
    axis,
    curve,
    panel,
    points,
    rule,
)
from value_scaling.report.html.plots.common import in_row, zero
from value_scaling.report.results import HYPERPARAMETERS

_COLOURS = {"ours": "blue", "baseline": "orange", "sweep": "green"}


def sensitivity(study: Study, found: Sensitivity) -> list[Panel]:
    """Return the exponent and σ* against δ, and exponents by level and choices."""
    delta = axis(f"δ ({study.compute_unit} for an environment step)", "flops")
    panels = [_exponents(found, delta), _stars(found, delta)] if found.sets else []
    if found.levels is not None:
        panels.append(_levels(found.levels))
    return [*panels, _combinations(found)]


def _exponents(found: Sensitivity, delta: dict[str, Any]) -> Panel:
    marks: list[Mark | None] = [zero()]
    for name, one in found.sets.items():
        colour = _COLOURS[name]
        words = f"{HYPERPARAMETERS[name].capitalize()} B, η"
        x = one.deltas.values
        marks += [
            curve(x, one.deltas.exponent, name=words, colour=colour),
            curve(
                x, one.deltas.counted, name=f"{words}, bounds counted", dash="dot",
                width=1.2, colour=colour,
            ),
            curve(
                x, one.published, name=f"{words}, as published", dash="dash",
                width=1.2, colour=colour,
            ),
            rule(one.delta, along="y", name="δ of the study", colour="ink"),
        ]  # fmt: skip
    y = axis("Exponent of σ*(F)", log=False)
    return panel("Exponent of σ*(F) against δ", delta, y, marks)


def _stars(found: Sensitivity, delta: dict[str, Any]) -> Panel:
    marks: list[Mark | None] = []
    for name, one in found.sets.items():
        words = f"{HYPERPARAMETERS[name].capitalize()} B, η"
        edge = one.deltas.at_edge.astype(bool)
        x, star = one.deltas.values, one.deltas.utd_star
        marks += [
            curve(x, star, name=words, colour=_COLOURS[name]),
            points(
                x[edge],
                star.value[edge],
                name="Bounds",
                colour=_COLOURS[name],
                hollow=True,
            ),
            rule(one.delta, along="y", name="δ of the study", colour="ink"),
        ]
    y = axis("σ* at the highest J", "utd")
    return panel("σ* at the highest level against δ", delta, y, marks)


def _levels(levels: LevelSensitivity) -> Panel:
    marks: list[Mark | None] = [zero()]
    for each, colour in zip(FITTED, ("green", "purple"), strict=True):
        values: Estimate = getattr(levels, each.name)
        labels = [
            "decides by default" if deciding else "does not decide by default"
            for deciding in levels.deciding
        ]
        marks.append(
            points(
                levels.levels,
                values,
                name=f"{each.symbol}*(σ)",
                colour=colour,
                labels=labels,
            )
        )
    x = axis("Level J that alone decides", log=False)
    y = axis("Exponent", log=False)
    return panel("Exponents if one level decides", x, y, marks)


def _combinations(found: Sensitivity) -> Panel:
    conclusions = found.multiverse.conclusions
    marks: list[Mark | None] = [zero(along="y")]
    for row, one in enumerate(conclusions):
        values = np.unique(np.round(one.values[np.isfinite(one.values)], 2))
        marks.append(
            in_row(
                values,
                row,
                name="A combination of choices",
                colour="grey",
                symbol="line-ns-open",
            )
        )
        for value, name, symbol, off in (
            (one.default, "Default", "circle", 0.25),
            (one.published, "Published", "triangle-down", -0.25),
        ):
            marks.append(
                in_row(
                    value.value,
                    row + off,
                    across=value,
                    name=name,
                    colour="ink" if name == "Default" else "purple",
                    symbol=symbol,
                    labels=[_counts(one)],
                )
            )
    y = axis(
        "",
        log=False,
        ticks=np.arange(len(conclusions)),
        texts=[_row_name(one) for one in conclusions],
        down=True,
    )
    count = found.multiverse.count
    x = axis(f"Value in {count} combinations of the choices", log=False)
    return panel("Conclusions under all choices", x, y, marks, wide=True)


def _counts(one: Conclusion) -> str:
    return (
        f"{one.positive} combinations above zero, {one.negative} below, "
        f"{one.unknown} without a value"
    )


def _row_name(one: Conclusion) -> str:
    words = one.name.replace("sigma*", "σ*").replace("alpha", "α")
    runs = HYPERPARAMETERS.get(one.set_name)
    return words + (f"<br>{runs} B, η" if runs else "")
