"""Faults of the grid: too few σ, and uneven steps in logarithms."""

from collections.abc import Iterator

import numpy as np

from value_scaling.records import Crossings, Hyperparameters, Study
from value_scaling.records.axes import AXES
from value_scaling.records.stages.blocked import LEAST_UTDS
from value_scaling.records.stages.warnings import Place
from value_scaling.workflow.checks.finding import Finding, found

UNEVEN = 2.0
"""Ratio of the longest to the shortest step of a grid, in logarithms, above which the
grid is uneven."""
LEAST = {"sweep": 2, "ours": LEAST_UTDS, "baseline": LEAST_UTDS}
"""Number of UTD ratios that a fit needs, by set."""


def too_few_utds(crossings: Crossings) -> Iterator[Finding]:
    """Find a set with too few σ for a fit, or for its held-out checks."""
    name, least = crossings.set_name, LEAST[crossings.set_name]
    utds = sorted({setting.utd for setting in crossings.settings})
    listed = ", ".join(f"{utd:g}" for utd in utds)
    what = "B* and lr*" if name == "sweep" else "D_J"
    if len(utds) < least:
        yield found(
            "one UTD ratio" if len(utds) == 1 else "no fit",
            name,
            f"runs at UTD {listed} only, and the fit of {what} needs {least} UTD "
            "ratios",
            "run more UTD ratios, each twice the one before",
        )
    elif len(utds) == least:
        yield found(
            "few UTD ratios",
            name,
            f"runs at UTD {listed} only: the fit of {what} cannot be checked at a UTD "
            "ratio that was left out",
            "run more UTD ratios, each twice the one before",
        )


def uneven_grids(study: Study, sweep: Crossings) -> Iterator[Finding]:
    """Find grids of the sweep whose steps differ in length."""
    uneven: dict[str, list[str]] = {}
    for name, axis in AXES.items():
        for env in study.ordered(sweep.settings):
            values = sorted(
                {
                    setting.values[name]
                    for setting in sweep.settings
                    if setting.env == env and name in setting.values
                }
            )
            steps = np.diff(np.log(values))
            if len(steps) > 1 and steps.max() > UNEVEN * steps.min() + 1e-9:
                grid = ", ".join(map(axis.text, values))
                uneven.setdefault(f"{axis.plain} {grid}", []).append(env)
    for grid, environments in uneven.items():
        yield found(
            "uneven grid",
            "sweep",
            f"a grid that is not spaced evenly in logarithms: {grid}; a quadratic in "
            "logarithms then rests on its widest step",
            "run the values that are missing, so that each is the same multiple of "
            "the one before",
            [Place(env=env) for env in environments],
        )


def tilt(hyperparameters: Hyperparameters) -> Iterator[Finding]:
    """Find a best B that depends on η, which the default rule allows for."""
    low, high = float(hyperparameters.tilt.low), float(hyperparameters.tilt.high)
    is_known = hyperparameters.choices.best_values != "marginal"
    if is_known and (low > 0 or high < 0):
        yield found(
            "tilted valley",
            "sweep",
            f"the best B at an lr changes as lr^{float(hyperparameters.tilt.value):.2g}"
            f" [{low:.2g}, {high:.2g}]; the default rule allows for it, but the "
            "published one is biased",
            "use the default variant of B* and lr*",
        )
