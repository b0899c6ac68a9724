"""Interactive plots of D_J(σ): its fits, environments, extrapolation and compute."""

import numpy as np

from value_scaling.records import Budget, DataEfficiency, Estimate, Study, entry
from value_scaling.report.drawing.marks import times, top
from value_scaling.report.drawing.ticks import level_text
from value_scaling.report.figures.ours_and_constant import common_rows
from value_scaling.report.html.marks import (
    Mark,
    Panel,
    axis,
    curve,
    law_at,
    name_html,
    panel,
    points,
    rule,
    smooth,
)
from value_scaling.report.html.plots.common import digitised, utd_axis, utd_name
from value_scaling.report.original import NONE, Originals

_DATA = "Data to reach J = {} (env. steps)"
_CURVE = 50
"""Least number of points of the fit against compute."""


def data_compute_frontier(
    study: Study,
    efficiency: DataEfficiency,
    budget: Budget,
    original: Originals = NONE,
) -> list[Panel]:
    """Return D_J(σ), and D_J against C_J, at the top level."""
    row = top(efficiency)
    level = level_text(efficiency.levels[row])
    steps = axis(_DATA.format(level), "steps")
    runs = _runs(efficiency, row)
    shown = slice(None, None, max(len(budget.utds) // _CURVE, 1))
    along = budget.utds[shown]
    fit = law_at(efficiency.law, row, along).value
    price = (budget.frontier_compute[row] / budget.frontier_data[row])[shown]
    ran = budget.run_compute[row] / budget.run_data[row]
    pooled = entry(efficiency.pooled, slice(None), row)
    utds = list(map(utd_name, budget.run_utds))
    return [
        panel(
            "Data against σ",
            utd_axis(efficiency.utds),
            steps,
            [*_fit(efficiency, row), digitised(original, "data"), runs],
        ),
        panel(
            "Data against compute",
            axis(f"Compute to reach J = {level} ({study.compute_unit})", "flops"),
            steps,
            [
                curve(
                    fit * price, fit, name="Fit", colour="blue",
                    labels=[f"σ = {utd:.3g}" for utd in along],
                ),
                digitised(original, "frontier"),
                points(
                    budget.run_compute[row],
                    pooled,
                    across=times(pooled, ran),
                    name="Runs",
                    colour="blue",
                    labels=[f"σ = {utd}" for utd in utds],
                    tags=utds,
                ),
            ],
        ),
    ]  # fmt: skip


def all_levels(study: Study, efficiency: DataEfficiency) -> list[Panel]:
    """Return D_J(σ) with a panel for each J."""
    return [
        panel(
            f"J = {level_text(level)}",
            utd_axis(efficiency.utds),
            axis("Data D<sub>J</sub> (env. steps)", "steps"),
            [*_fit(efficiency, row), _runs(efficiency, row)],
        )
        for row, level in enumerate(efficiency.levels)
    ]


def data_environments(study: Study, efficiency: DataEfficiency) -> list[Panel]:
    """Return D_J(σ) of each environment at the top level."""
    row = top(efficiency)
    x = smooth(efficiency.utds)
    fits = entry(efficiency.environment_laws.at(x), slice(None), row)
    name = level_text(efficiency.levels[row])
    return [
        panel(
            name_html(env),
            utd_axis(efficiency.utds),
            axis(_DATA.format(name), "steps"),
            [
                curve(x, entry(fits, index), name="Fit", colour="blue"),
                points(
                    efficiency.utds,
                    entry(efficiency.data, index, slice(None), row),
                    name="Runs",
                    colour="blue",
                ),
            ],
        )
        for index, env in enumerate(efficiency.environments)
    ]


def extrapolation(study: Study, efficiency: DataEfficiency) -> list[Panel]:
    """Return fits on small σ and on large σ, with the held-out runs."""
    row, split = top(efficiency), efficiency.split_utd
    runs = entry(efficiency.pooled, slice(None), row)
    x = smooth(efficiency.utds)
    found = []
    for fitted, seen, title in (
        (efficiency.lower_law, efficiency.utds <= split, "Towards less data"),
        (efficiency.upper_law, efficiency.utds >= split / 2, "Towards less compute"),
    ):
        fit = law_at(fitted, row, x)
        if not fitted.converged[row]:
            fit = Estimate(*3 * [np.full_like(fit.value, np.nan)])
        inside = (x >= efficiency.utds[seen].min() * 0.999) & (
            x <= efficiency.utds[seen].max() * 1.001
        )
        marks = [
            curve(x, fit, name="Extrapolated fit", colour="blue", dash="dot"),
            curve(x[inside], fit.value[inside], name="Fit", colour="blue"),
            points(
                efficiency.utds[seen],
                entry(runs, seen),
                name="Fitted runs",
                colour="blue",
            ),
            points(
                efficiency.utds[~seen],
                entry(runs, ~seen),
                name="Held-out runs",
                colour="ink",
                symbol="x",
            ),
        ]
        steps = axis(_DATA.format(level_text(efficiency.levels[row])), "steps")
        found.append(panel(title, utd_axis(efficiency.utds), steps, marks))
    return found


def ours_and_constant(
    study: Study, ours: DataEfficiency, constant: DataEfficiency
) -> list[Panel]:
    """Return D_J(σ) with fitted and with constant hyperparameters."""
    marks: list[Mark | None] = []
    rows = common_rows(ours, constant)
    for efficiency, row, colour, name in zip(
        (ours, constant), rows, ("blue", "orange"), ("Fitted", "Constant"), strict=True
    ):
        marks += _fit(efficiency, row, prefix=f"{name} B, η: ", colour=colour)
        runs = f"{name} B, η: runs"
        marks.append(_runs(efficiency, row, name=runs, colour=colour))
    utds = np.union1d(ours.utds, constant.utds)
    steps = axis(_DATA.format(level_text(ours.levels[rows[0]])), "steps")
    return [panel("", utd_axis(utds), steps, marks)]


def _fit(
    efficiency: DataEfficiency, row: int, *, prefix: str = "", colour: str = "blue"
) -> list[Mark | None]:
    """Return a fit and its asymptote, or nothing if it did not converge."""
    if not efficiency.law.converged[row]:
        return []
    x = smooth(efficiency.utds)
    found: list[Mark | None] = [
        curve(x, law_at(efficiency.law, row, x), name=f"{prefix}Fit", colour=colour)
    ]
    least = float(efficiency.law.asymptote.value[row])
    if least > 0:
        found.append(rule(least, name=f"{prefix}D<sub>min</sub>", colour=colour))
    return found


def _runs(
    efficiency: DataEfficiency, row: int, *, name: str = "Runs", colour: str = "blue"
) -> Mark:
    return points(
        efficiency.utds,
        entry(efficiency.pooled, slice(None), row),
        name=name,
        colour=colour,
    )
