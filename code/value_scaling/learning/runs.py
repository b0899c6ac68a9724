"""A run: a setting, a seed, and everything random about it, from its identity alone."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from value_scaling.records import Setting


@dataclass(frozen=True)
class Run:
    """One seed of one setting."""

    study: str
    set_name: str
    setting: Setting
    seed: int

    def __str__(self) -> str:
        return f"{self.setting}, seed {self.seed}"

    def stream(self, purpose: str) -> np.random.Generator:
        """Return the run's own random stream for one purpose.

        It depends on study, set, setting, seed and purpose, and on nothing else: not
        on the runs that are trained beside it, nor on their order.
        """
        s = self.setting
        name = (
            f"{self.study}/{self.set_name}/{s.env}/{s.utd!r}/{s.batch_size}/"
            f"{s.learning_rate!r}/{self.seed}/{purpose}"
        )
        words = np.frombuffer(hashlib.sha256(name.encode()).digest(), np.uint32)
        return np.random.default_rng(np.random.SeedSequence(words.tolist()))

    def key(self) -> np.ndarray:
        """Return the raw JAX key, [2] uint32."""
        return self.stream("key").integers(0, 2**32, 2, dtype=np.uint32)

    def engine_seed(self, purpose: str) -> int:
        """Return a seed for an environment."""
        return int(self.stream(purpose).integers(0, 2**31 - 1))


def updates_done(utd: float, learning_steps: int) -> int:
    """Return floor(σ·n), n ≥ 0, with σ the fraction that its decimal digits say.

    Args:
        learning_steps: environment steps since learning began.
    """
    numerator, denominator = _ratio(utd)
    return max(0, learning_steps) * numerator // denominator


@cache
def _ratio(utd: float) -> tuple[int, int]:
    # Kept, as this is asked for every run at every step.
    return Fraction(repr(utd)).as_integer_ratio()


def updates_due(utd: float, learning_steps: int) -> int:
    """Return how many updates follow one environment step, so that σ holds exactly.

    Args:
        learning_steps: environment steps since learning began, this one included.
    """
    return updates_done(utd, learning_steps) - updates_done(utd, learning_steps - 1)
