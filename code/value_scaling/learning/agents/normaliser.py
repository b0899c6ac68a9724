"""Running mean and variance of the observations of one run, for normalisation."""

import flax.struct
import jax.numpy as jnp
from jax import Array

EPSILON = 1e-4
"""Weight of the initial guess (mean 0, variance 1), in observations; also the number
that is added to the variance, as in PQL."""


@flax.struct.dataclass
class Normaliser:
    """Mean and variance of a stream of observations."""

    mean: Array  # [observation]
    variance: Array  # [observation]
    count: Array  # [] float32

    @classmethod
    def start(cls, size: int) -> "Normaliser":
        """Return the moments before any observation."""
        return cls(jnp.zeros(size), jnp.ones(size), jnp.float32(EPSILON))

    def apply(self, observations: Array) -> Array:
        """Return (s - mean) / √(variance + ε), [..., observation]."""
        return (observations - self.mean) / jnp.sqrt(self.variance + EPSILON)

    def add(self, observations: Array) -> "Normaliser":
        """Return the moments with another batch, [batch, observation] (Chan et al.)."""
        size = observations.shape[0]
        total = self.count + size
        delta = observations.mean(axis=0) - self.mean
        spread = delta**2 * (self.count * (size / total))
        squares = self.variance * self.count + observations.var(axis=0) * size + spread
        return Normaliser(self.mean + delta * (size / total), squares / total, total)
