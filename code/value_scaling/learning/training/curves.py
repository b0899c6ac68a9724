"""What a run leaves: its logged returns and diagnostics."""

from dataclasses import dataclass

import numpy as np

from value_scaling.learning.training import diagnostics
from value_scaling.learning.training.runs import Run

RETURNS = "episode.return"
UNITS = {
    "step": "environment steps",
    RETURNS: "sum of rewards of an episode",
    **diagnostics.UNITS,
}


@dataclass(frozen=True)
class Curve:
    """What one run has logged."""

    run: Run
    log_steps: np.ndarray
    """[points], environment steps."""
    returns: np.ndarray
    """[points], mean return of the training episodes that ended since the last point;
    where none did, the last episode's."""
    diagnostic_steps: np.ndarray
    """[intervals], environment steps."""
    diagnostics: np.ndarray
    """[intervals, metric], `diagnostics.METRICS`."""
    failed_at: int
    """Environment step at which the networks were not finite; -1: never."""
    gaps: int
    """How often an episode was given up at a stop that could not be resumed exactly."""
