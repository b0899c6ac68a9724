"""Schedule of a run's updates and of the resets of its networks.

Training and analysis use the same functions, so the analysis looks for the drops after
resets where the resets were.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Protocol

import numpy as np

from value_scaling.records.limits import Count, CountOrZero


class Scheduled(Protocol):
    """Training settings that a schedule needs; see `training.Training`."""

    @property
    def start_training(self) -> int: ...
    @property
    def validation_every(self) -> int: ...
    @property
    def diagnostics_every(self) -> int: ...
    @property
    def reset_updates(self) -> int: ...
    @property
    def reset_steps(self) -> tuple[int, ...]: ...


def updates_done(utd: float, learning_steps: int) -> int:
    """Return floor(σ·n), with σ as the exact fraction given by its decimal digits.

    Args:
        learning_steps: n ≥ 0, environment steps since learning began.
    """
    numerator, denominator = _ratio(utd)
    return max(0, learning_steps) * numerator // denominator


def updates_due(utd: float, learning_steps: int) -> int:
    """Return the number of updates after one environment step that keeps σ exact.

    Args:
        learning_steps: environment steps since learning began, this one included.
    """
    return updates_done(utd, learning_steps) - updates_done(utd, learning_steps - 1)


@cache
def _ratio(utd: float) -> tuple[int, int]:
    # Cached because every run calls this at every step.
    return Fraction(repr(float(utd))).as_integer_ratio()


def first_diagnostic(training: Scheduled) -> int:
    """Return the first environment step with diagnostics; it may lie beyond the run.

    At least one environment step with updates and one step of the validation stream
    precede it.
    """
    every = training.diagnostics_every
    least = max(training.start_training + 1, training.validation_every)
    return -(-least // every) * every


@dataclass(frozen=True)
class TrainedResets:
    """Schedule of full resets in runs of `scaling train`.

    Resets take place at the listed environment steps and at the first step after each
    multiple of `every_updates` updates. In that step the reset precedes the updates.
    """

    start_training: CountOrZero
    """Environment steps before the first update."""
    every_updates: CountOrZero = 0
    """Updates between resets; 0 for no resets except those in `at_steps`."""
    at_steps: tuple[Count, ...] = ()

    @classmethod
    def of(cls, training: Scheduled) -> "TrainedResets":
        """Return the schedule of these training settings."""
        return cls(
            training.start_training, training.reset_updates, training.reset_steps
        )

    @property
    def never(self) -> bool:
        """Whether there are no resets."""
        return not (self.every_updates or self.at_steps)

    def due(self, utd: float, step: int) -> bool:
        """Return whether networks are reset in environment step `step`, from 1 on."""
        if step in self.at_steps:
            return True
        if not self.every_updates:
            return False
        before = step - 1 - self.start_training
        done = [
            updates_done(utd, n) // self.every_updates for n in (before - 1, before)
        ]
        return done[1] > done[0]

    def steps(self, utd: float, last: float) -> np.ndarray:
        """Return the steps up to `last` with a reset, ascending, [resets]."""
        found = {step for step in self.at_steps if step <= last}
        if self.every_updates:
            numerator, denominator = _ratio(utd)
            learned = 0
            while True:
                multiple = updates_done(utd, learned) // self.every_updates + 1
                wanted = multiple * self.every_updates
                learned = -(-wanted * denominator // numerator)
                if self.start_training + learned + 1 > last:
                    break
                found.add(self.start_training + learned + 1)
        return np.array(sorted(found), dtype=float)


@dataclass(frozen=True)
class PublishedResets:
    """Schedule of full resets in the published analysis, which counts from step 0.

    Source: qscaled 5f9a48a, filter_out_resets.
    """

    every: float
    """Gradient steps between resets."""

    def steps(self, utd: float, last: float) -> np.ndarray:
        """Return the multiples of int(every/σ) environment steps below `last`."""
        period = max(1, int(self.every / utd))
        return np.arange(period, last, period, dtype=float)


Resets = TrainedResets | PublishedResets
