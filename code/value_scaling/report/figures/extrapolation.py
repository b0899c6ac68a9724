"""Figure of D_J(σ) extrapolated beyond the σ of the fit."""

import numpy as np
from matplotlib.figure import Figure

from value_scaling.records import DataEfficiency, Estimate, Study, entry
from value_scaling.report.drawing import captions
from value_scaling.report.drawing.marks import (
    law,
    level_limits,
    no_fit,
    note,
    points,
    set_note,
    smooth,
    top,
)
from value_scaling.report.drawing.style import DARK, FULL, OURS, new_figure, styled
from value_scaling.report.drawing.ticks import (
    level_text,
    steps_axis,
    utd_axis,
    utd_text,
)
from value_scaling.report.figure_entry import Entry

PARAMETERS = 3
"""Number of parameters of the fit: D_min, β and α."""


def _exact(runs: Estimate, seen: np.ndarray) -> bool:
    """Return whether the fit has as many parameters as points and thus no band."""
    return int(np.isfinite(runs.value[seen]).sum()) <= PARAMETERS


@styled
def draw(study: Study, efficiency: DataEfficiency) -> Figure:
    """Draw fits on small σ and on large σ, with the held-out runs."""
    figure, grid = new_figure(FULL, 2.55, columns=2, sharey=True)
    row, split = top(efficiency), efficiency.split_utd
    runs = entry(efficiency.pooled, slice(None), row)
    x = smooth(efficiency.utds)
    sides = (
        (efficiency.lower_law, efficiency.utds <= split, "Towards less data"),
        (efficiency.upper_law, efficiency.utds >= split / 2, "Towards less compute"),
    )
    predictions = []
    for axes, (fitted, seen, title) in zip(grid[0], sides, strict=True):
        fit = entry(fitted.at(x), row)
        predictions.append(np.where(fitted.converged[row], fit.value, np.nan))
        edge = efficiency.utds[seen]
        inside = (x >= edge.min() * 0.999) & (x <= edge.max() * 1.001)
        if fitted.converged[row]:
            if _exact(runs, seen):
                fit = Estimate(fit.value, *2 * [np.full_like(fit.value, np.nan)])
                note(axes, "3 points, 3 parameters: no interval", height=0.08)
            law(axes, x, fit, colour=OURS, linestyle=":", label="Extrapolated fit")
            axes.plot(x[inside], fit.value[inside], color=OURS, label="Fit")
        points(
            axes,
            efficiency.utds[seen],
            entry(runs, seen),
            colour=OURS,
            label="Fitted runs",
        )
        points(
            axes,
            efficiency.utds[~seen],
            entry(runs, ~seen),
            colour=DARK,
            marker="x",
            markersize=5,
            label="Held-out runs",
        )
        axes.set_title(title)
        no_fit(axes, fitted, row)
        set_note(axes, efficiency, row)
    level_limits(grid[0, 0], runs, *predictions)
    for axes in grid[0]:
        utd_axis(axes, efficiency.utds)
    entries = {
        name: handle
        for axes in grid[0]
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=4)
    name = level_text(efficiency.levels[row])
    steps_axis(grid[0, 0], "y", f"Data to reach $J$ = {name}")
    return figure


def caption(study: Study, efficiency: DataEfficiency) -> str:
    """Return the caption."""
    split, row = efficiency.split_utd, top(efficiency)
    below, above = (utd_text(utd).strip("$") for utd in (split, split / 2))
    fits = entry(efficiency.lower_law.at(efficiency.utds), row)
    runs = entry(efficiency.pooled, slice(None), row)
    exact = [
        side
        for side, seen in (
            ("left", efficiency.utds <= split),
            ("right", efficiency.utds >= split / 2),
        )
        if _exact(runs, seen)
    ]
    return captions.join(
        captions.head(study, r"extrapolation of the fit of $D_J(\sigma)$"),
        rf"Left: fitted on $\sigma\le {below}$, compared with larger $\sigma$ "
        rf"(crosses). Right: fitted on $\sigma\ge {above}$, compared with smaller "
        r"$\sigma$. " + captions.level(efficiency.levels[row]) + ".",
        f"No band on the {' and '.join(exact)}: the fit has three parameters and no "
        "more than three points, so it passes through all of them and no point tests "
        "its form."
        if exact
        else "",
        captions.pooled_over(efficiency, row),
        *(
            captions.beside_naive(
                [c for c in efficiency.against_naive if c.kind == kind],
                rf"towards {kind.removesuffix(' utd')} $\sigma$",
            )
            for kind in ("larger utd", "smaller utd")
        ),
        captions.unreached(efficiency, row),
        captions.origin(study, efficiency),
        captions.intervals(fits, runs),
    )


FIGURE = Entry(
    draw=draw,
    caption=caption,
    needs=("measured",),
    shows="D_J(σ) extrapolated to held-out σ",
    section="Results",
    notebook="analyze_fitted",
)
