"""σ, B and η rounded for use."""

import math

import numpy as np

from value_scaling.records.axes import FITTED
from value_scaling.workflow.advice.frontier import Fits


def round_utd(utd: float) -> float:
    """Return the nearest integer to σ in logarithms, or the nearest 1/integer below 1.

    A trainer makes σ updates after each step, or one update after 1/σ steps.
    """
    inverted = utd < 1
    value = 1 / utd if inverted else utd
    below = max(1, math.floor(value))
    nearest = below if value**2 <= below * (below + 1) else below + 1
    return 1 / nearest if inverted else float(nearest)


def to_run(fits: Fits, env: str, utd: float, *, rounding: bool) -> dict[str, float]:
    """Return σ, and B* and η* there, rounded for use; empty where one is not known.

    Args:
        rounding: whether σ is rounded as well.
    """
    if fits.sweep is None:
        return {}
    rounded = round_utd(utd) if rounding else utd
    found = {"utd": rounded}
    for axis in FITTED:
        law = fits.hyperparameter(axis.name, env)
        value = float(law.value(np.asarray(rounded))) if law else np.nan
        if not np.isfinite(value):
            return {}
        values = getattr(fits.sweep, axis.name)
        grids = (
            [values.grid[values.environments.index(env)]]
            if env in values.environments
            else values.grid
        )
        tried = [each for grid in grids for each in grid]
        found[axis.name] = axis.kind(axis.rounded(value, tried))
    return found
