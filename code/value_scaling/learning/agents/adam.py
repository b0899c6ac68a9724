"""Adam (Kingma and Ba 2015), whose learning rate may differ between runs."""

from typing import Any

import jax
import optax
from jax import Array

ADAM = optax.flatten(optax.scale_by_adam())


def adam_step(parameters: Any, gradient: Any, state: Any, rate: Array) -> tuple:
    """Return the parameters after one step, and the state of `ADAM`."""
    steps, state = ADAM.update(gradient, state)
    new = jax.tree.map(lambda p, step: p - rate * step, parameters, steps)
    return new, state
