"""One run as its logger wrote it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Kind = Literal["episodes", "points"]
_OBJECT = re.compile(r"<[^<>]* object at 0x[0-9a-f]+>")
_TRAIN_FREQ = re.compile(r"TrainFreq\(frequency=(\d+), unit=<[^<>]*\.STEP: [^<>]*>\)")
"""Stable-Baselines3's `train_freq` in environment steps, as W&B's callback logs it."""


@dataclass(frozen=True)
class Logged:
    """The log of one run, in the order in which it was written."""

    name: str
    """Text that a name pattern is matched against: a path that begins with the source's
    own name, an experiment's name, or a run's name."""
    steps: np.ndarray
    """[values], environment steps as logged."""
    values: np.ndarray
    """[values], returns as logged, including NaN and infinities."""
    labels: Mapping[str, Any] = field(default_factory=dict)
    """Configuration keys and columns with one value for the whole run."""
    kind: Kind | None = None
    """Whether a value belongs to an episode that ended at its step, or is a measurement
    at that step; None if unknown."""
    state: str = ""
    """State in which the run ended according to its logger, e.g. `crashed`; empty if
    unknown."""
    metric: str = ""
    """Tag, key or column of the values."""
    report_name: str = ""
    """Name of the run in the report, if `name` alone is not unique."""
    notes: tuple[str, ...] = ()
    """Remarks of the source on this run, for the report."""

    @property
    def where(self) -> str:
        """Name of the run in the report."""
        return self.report_name or self.name


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as one table, with keys joined by dots.

    Loggers write objects as text. An object without a value is left out, and
    Stable-Baselines3's `TrainFreq` becomes its number of steps.
    """
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{name}.")
        elif isinstance(value, str) and (steps := _TRAIN_FREQ.fullmatch(value)):
            found[name] = int(steps[1])
        elif not (isinstance(value, str) and _OBJECT.fullmatch(value)):
            found[name] = value
    return found
