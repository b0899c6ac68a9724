"""Noise has the bits of JAX's own draws."""

import jax
import numpy as np

from value_scaling.learning.agents.noise import draw_noises


def test_noises_are_those_of_jax() -> None:
    key, shape = jax.random.key(5), (64, 6)
    found = jax.jit(lambda key: draw_noises(key, 3, shape))(key)
    wanted = [jax.random.normal(each, shape) for each in jax.random.split(key, 3)]
    np.testing.assert_array_equal(found, wanted)
