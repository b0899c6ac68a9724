"""Interactive learning curves, with isotonic fits and crossings."""

from collections.abc import Mapping, Sequence

import numpy as np

from value_scaling.records import (
    Crossings,
    Curves,
    Estimate,
    Hyperparameters,
    Runs,
    Setting,
    Study,
)
from value_scaling.report.drawing.curves import (
    first_crossing,
    one_each,
    shown_levels,
    thinned,
)
from value_scaling.report.drawing.ticks import level_text
from value_scaling.report.figures.sweep_curves import constant_curves
from value_scaling.report.html.marks import (
    Mark,
    Panel,
    axis,
    curve,
    name_html,
    panel,
    points,
    ramp,
    rule,
)
from value_scaling.report.html.plots.common import utd_name

_POINTS = 60
"""Number of points of a curve; more would make the page large."""
_QUANTILES = (0.25, 0.75)


def learning_curves(
    study: Study,
    crossings: Crossings,
    runs: Runs,
    isotonic: Mapping[Setting, np.ndarray],
) -> list[Panel]:
    """Return the learning curves of each environment, a colour for each σ."""
    return _panels(study, crossings, runs.curves, isotonic)


def sweep_curves(
    study: Study,
    crossings: Crossings,
    fits: Hyperparameters,
    runs: Runs,
    isotonic: Mapping[Setting, np.ndarray],
) -> list[Panel]:
    """Return the grid search's curves at one (B, η) per environment."""
    return _panels(study, crossings, constant_curves(fits, runs), isotonic)


def _panels(
    study: Study,
    crossings: Crossings,
    curves: Sequence[Curves],
    isotonic: Mapping[Setting, np.ndarray],
) -> list[Panel]:
    utds = np.unique([each.setting.utd for each in curves])
    colours = dict(zip(utds, ramp(utds, log=True), strict=True)) if len(utds) else {}
    by_env = one_each(curves)
    levels = crossings.levels[shown_levels(crossings.levels)]
    found = []
    for env in study.ordered(each.setting for each in curves):
        marks: list[Mark | None] = [
            rule(level, name="Levels J", dash="dot") for level in levels
        ]
        starts = []
        for each in by_env[env]:
            reached = _steps(crossings, each.setting)
            starts.append(first_crossing(reached, each))
            colour = colours[each.setting.utd]
            marks += _marks(each, crossings, isotonic[each.setting], colour)
        found.append(
            panel(
                name_html(env),
                axis("Data (env. steps)", "steps", range=_range(starts, by_env[env])),
                axis("Normalised return", log=False),
                marks,
            )
        )
    return found


def _steps(crossings: Crossings, setting: Setting) -> np.ndarray:
    """Return the steps to each level; NaN if the setting has no crossings."""
    if setting in crossings.settings:
        return crossings.steps[crossings.settings.index(setting)]
    return np.full(len(crossings.levels), np.nan)


def _range(starts: Sequence[float], curves: Sequence[Curves]) -> list[float]:
    """Return the range of steps shown, from a third of the first crossing on."""
    last = max(each.steps[-1] for each in curves)
    return [float(min(starts)) / 3, float(last) * 1.05]


def _marks(
    each: Curves, crossings: Crossings, isotonic: np.ndarray, colour: str
) -> list[Mark]:
    name = f"σ = {utd_name(each.setting.utd)}"
    some = thinned(each.steps, _POINTS)
    quantiles = np.quantile(each.returns[some], _QUANTILES, axis=1)
    mean = Estimate(each.returns[some].mean(axis=1), *quantiles)
    marks = [
        curve(each.steps[some], mean, name=name, colour=colour, width=0.6, quiet=True),
        curve(each.steps[some], isotonic[some], name=name, colour=colour),
    ]
    if each.setting in crossings.settings:
        steps = _steps(crossings, each.setting)
        levels = shown_levels(crossings.levels)
        marks.append(
            points(
                steps[levels],
                crossings.levels[levels],
                name=name,
                colour=colour,
                labels=[
                    f"{name}: reaches J = {level_text(j)}"
                    for j in crossings.levels[levels]
                ],
            )
        )
    return marks
