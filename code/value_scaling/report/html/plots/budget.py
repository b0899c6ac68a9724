"""Interactive plots of σ*(F) and of the iso-performance curves."""

import numpy as np

from value_scaling.records import Budget, DataEfficiency, Study, entry
from value_scaling.report.drawing.ticks import level_text
from value_scaling.report.html.marks import (
    Mark,
    Panel,
    axis,
    curve,
    panel,
    points,
    ramp,
)
from value_scaling.report.html.plots.common import digitised
from value_scaling.report.original import NONE, Originals

_CURVE = 40
"""Number of points of a curve."""


def budget(
    study: Study,
    efficiency: DataEfficiency,
    record: Budget,
    original: Originals = NONE,
) -> list[Panel]:
    """Return the optimal σ against the budget."""
    total, star = record.budget, record.utd_star
    present = np.isfinite(total.value) & np.isfinite(star.value)
    marks: list[Mark | None] = []
    if present.any() and np.isfinite(record.utd_law.value.scale):
        reach = total.value[present & record.comparable]
        x = np.geomspace(reach.min() / 1.1, reach.max() * 1.1, _CURVE)
        fit = record.utd_law.at(x)
        marks.append(curve(x, fit, name="Fit σ*(F)", colour="grey"))
    marks.append(digitised(original, "budget"))
    edge = record.at_edge.astype(bool)
    fitted = "Lower levels" if record.unidentified else "Fitted"
    for kind, name, colour, symbol, hollow in (
        (record.other_sets, "Other environments", "grey", "square", False),
        (record.fitted & ~edge, fitted, "blue", "circle", False),
        (record.held_out & ~edge, "Held out", "ink", "x", False),
        (record.fitted & edge, "Bound, not fitted", "blue", "circle", True),
        (record.held_out & edge, "Held out, a bound", "ink", "x", True),
    ):
        chosen = kind & present
        marks.append(
            points(
                total.value[chosen],
                entry(star, chosen),
                across=entry(total, chosen),
                name=name,
                colour=colour,
                symbol=symbol,
                hollow=hollow,
                labels=[f"J = {level_text(j)}" for j in record.levels[chosen]],
            )
        )
    return [
        panel(
            "σ*(F) is not identifiable" if record.unidentified else "",
            axis(f"Budget F = C + δD ({study.compute_unit})", "flops"),
            axis("Optimal UTD ratio σ*", "utd"),
            marks,
        )
    ]


def isoperformance(
    study: Study,
    efficiency: DataEfficiency,
    record: Budget,
    original: Originals = NONE,
) -> list[Panel]:
    """Return data against compute for every J, with the optima and equal budgets."""
    colours = ramp(record.levels)
    rows = np.flatnonzero(np.isfinite(record.frontier_data).any(axis=1))
    every = max(len(record.utds) // _CURVE, 1)
    marks: list[Mark | None] = []
    for row in rows:
        level = level_text(record.levels[row])
        marks.append(
            curve(
                record.frontier_compute[row][::every],
                record.frontier_data[row][::every],
                name=f"J = {level}",
                colour=colours[row],
                labels=[f"J = {level}, σ = {u:.3g}" for u in record.utds[::every]],
            )
        )
    if len(rows):
        marks += _equal_budgets(record, rows, study.compute_unit)
    marks.append(digitised(original, "isoperformance"))
    compute, data = record.compute_star, record.data_star
    ends = compute.value[np.isfinite(compute.value) & record.comparable]
    if len(ends) > 1 and np.isfinite(record.exchange_law.value.scale):
        x = np.geomspace(ends.min(), ends.max(), _CURVE)
        fit = record.exchange_law.at(x).value
        marks.append(curve(x, fit, name="Fit of the optima", colour="ink", dash="dash"))
    held, edge = record.held_out, record.at_edge.astype(bool)
    for kind, name, symbol, hollow in (
        (~held & ~edge, "Optimum", "circle", False),
        (held & ~edge, "Optimum, held out", "x", False),
        (edge, "Bound", "circle", True),
    ):
        chosen = kind & np.isfinite(compute.value)
        marks.append(
            points(
                compute.value[chosen],
                entry(data, chosen),
                across=entry(compute, chosen),
                name=name,
                colour="ink",
                symbol=symbol,
                hollow=hollow,
                labels=[
                    f"J = {level_text(j)}, σ* = {s:.3g}"
                    for j, s in zip(
                        record.levels[chosen],
                        record.utd_star.value[chosen],
                        strict=True,
                    )
                ],
            )
        )
    return [
        panel(
            "",
            axis(f"Compute C<sub>J</sub> ({study.compute_unit})", "flops"),
            axis("Data D<sub>J</sub> (env. steps)", "steps"),
            marks,
        )
    ]


def _equal_budgets(record: Budget, rows: np.ndarray, unit: str) -> list[Mark]:
    """Return a line of equal budget, in data and compute, through each optimum."""
    found = []
    least = np.nanmin(record.frontier_compute[rows])
    bottom = np.nanmin(record.frontier_data[rows])
    for row in rows:
        total = record.budget.value[row]
        if not np.isfinite(total) or total <= least:
            continue
        x = np.geomspace(least, total * 0.999, _CURVE)
        data = (total - x) / record.delta
        shown = data >= bottom
        label = f"F = {total:.3g} {unit}"
        found.append(
            curve(
                x[shown],
                data[shown],
                name="Equal budget",
                colour="grey",
                width=0.7,
                labels=[label] * int(shown.sum()),
            )
        )
    return found
