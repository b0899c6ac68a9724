"""Two critics of one shape: two trees, or one tree whose leaves have an axis of two."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import Array

from value_scaling.learning.agents.protocol import Critics, Params

CRITIC_LAYOUTS = ("separate", "batched")
"""Ways to evaluate the two critics: one after the other (faster on a CPU), or as one
batched product (faster on a GPU)."""

Output = TypeVar("Output")


def parameters(network: nn.Module, key: Array, *inputs: Array) -> Params:
    """Initialise one network; return its parameters, without its sown values."""
    return {"params": network.init(key, *inputs)["params"]}


def create(
    network: nn.Module, keys: Sequence[Array], *inputs: Array, critic_layout: str
) -> Critics:
    """Initialise two different critics; `critic_layout` is one of `CRITIC_LAYOUTS`."""
    two = tuple(parameters(network, key, *inputs) for key in keys)
    return two if critic_layout == "separate" else jax.tree.map(_stack, *two)


def evaluate(function: Callable[[Params], Output], critics: Critics) -> Output:
    """Return the outputs of `function` for both critics, with a leading axis [2]."""
    if isinstance(critics, tuple):
        return jax.tree.map(_stack, *map(function, critics))
    return jax.vmap(function)(critics)


def _stack(first: Array, second: Array) -> Array:
    return jnp.stack([first, second])
