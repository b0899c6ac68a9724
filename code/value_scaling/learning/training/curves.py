"""The results of a run: its logged returns and diagnostics."""

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
    """Everything that one run has logged."""

    run: Run
    log_steps: np.ndarray
    """[points], environment steps."""
    returns: np.ndarray
    """[points], mean return of the training episodes that ended since the last point,
    or the last episode's return if none ended."""
    diagnostic_steps: np.ndarray
    """[intervals], environment steps."""
    diagnostics: np.ndarray
    """[intervals, metric], `diagnostics.METRICS`."""
    failed_at: int
    """Environment step at which the networks were not finite; -1 for never."""
    stopped_at: int
    """Environment step at which the run ended because its setting was solved; -1 if it
    made all its steps."""
    inexact_resumes: int
    """Number of times that an episode was abandoned at a stop that could not be resumed
    exactly."""
