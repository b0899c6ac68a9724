"""A run: a setting, a seed, and random streams that depend only on its identity."""

import hashlib
from dataclasses import dataclass

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

        It depends only on study, set, setting, seed and purpose: not on the runs that
        are trained with it, nor on their order.
        """
        setting = "/".join(map(str, self.setting.identity))
        name = f"{self.study}/{self.set_name}/{setting}/{self.seed}/{purpose}"
        words = np.frombuffer(hashlib.sha256(name.encode()).digest(), np.uint32)
        return np.random.default_rng(np.random.SeedSequence(words.tolist()))

    def key(self) -> np.ndarray:
        """Return the raw JAX key, [2] uint32."""
        return self.stream("key").integers(0, 2**32, 2, dtype=np.uint32)

    def engine_seed(self, purpose: str) -> int:
        """Return a seed for an environment."""
        return int(self.stream(purpose).integers(0, 2**31 - 1))
