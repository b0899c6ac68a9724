"""When a run updates, and when it begins again with untrained networks.

Training and analysis ask the same functions, so that the drops after resets are looked
for where the resets were.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Protocol

import numpy as np

from value_scaling.records.limits import Count, CountOrZero


class Scheduled(Protocol):
    """What a schedule needs of training settings, see `training.Training`."""

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
    """Return floor(σ·n), n ≥ 0, with σ the fraction that its decimal digits say.

    Args:
        learning_steps: environment steps since learning began.
    """
    numerator, denominator = _ratio(utd)
    return max(0, learning_steps) * numerator // denominator


def updates_due(utd: float, learning_steps: int) -> int:
    """Return how many updates follow one environment step, so that σ holds exactly.

    Args:
        learning_steps: environment steps since learning began, this one included.
    """
    return updates_done(utd, learning_steps) - updates_done(utd, learning_steps - 1)


@cache
def _ratio(utd: float) -> tuple[int, int]:
    # Kept, as this is asked for every run at every step.
    return Fraction(repr(float(utd))).as_integer_ratio()


def first_diagnostic(training: Scheduled) -> int:
    """Return the first environment step with diagnostics, which may lie beyond a run.

    By then there was an environment step with updates, and one of the validation
    stream.
    """
    every = training.diagnostics_every
    least = max(training.start_training + 1, training.validation_every)
    return -(-least // every) * every


@dataclass(frozen=True)
class TrainedResets:
    """Full resets of the runs that are made here.

    At the environment steps that are listed, and at the first one after each multiple
    of so many updates; in that step the reset comes before the updates.
    """

    start_training: CountOrZero
    """Environment steps before the first update."""
    every_updates: CountOrZero = 0
    """0: none but those at `at_steps`."""
    at_steps: tuple[Count, ...] = ()

    @classmethod
    def of(cls, training: Scheduled) -> "TrainedResets":
        """Return the schedule that training settings state."""
        return cls(
            training.start_training, training.reset_updates, training.reset_steps
        )

    @property
    def never(self) -> bool:
        """Whether no run is ever reset."""
        return not (self.every_updates or self.at_steps)

    def due(self, utd: float, step: int) -> bool:
        """Whether networks are reset in environment step `step`, the first being 1."""
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
        """Return the steps up to `last` in which they are, ascending, [resets]."""
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
    """Full resets as the published analysis places them, whatever came before learning.

    Source: qscaled 5f9a48a, filter_out_resets.
    """

    every: float
    """Gradient steps."""

    def steps(self, utd: float, last: float) -> np.ndarray:
        """Return every int(every/σ) environment steps from 0, up to `last`."""
        period = max(1, int(self.every / utd))
        return np.arange(period, last, period, dtype=float)


Resets = TrainedResets | PublishedResets
