"""Environments on the device with known answers, in plain JAX."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array


def one(place: Array, action: Array) -> Array:
    """Return a reward of 1 in any case."""
    return jnp.ones(())


@dataclass(frozen=True)
class Chain:
    """Places 0, 1, 2, ... in turn; the observation is the place."""

    reward: Callable[[Array, Array], Array] = one
    """Reward as a function of place and action."""
    length: int = 10**6
    """Steps to termination."""
    time_limit: int = 5
    blind: bool = False
    """Whether the observation is always 0."""
    observation_size: int = 1
    action_size: int = 1
    discrete: bool = False

    def reset(self, key: Array) -> tuple[Any, Array]:
        return jnp.zeros((), jnp.int32), jnp.zeros(1)

    def step(self, state: Any, action: Array) -> tuple[Any, Array, Array, Array]:
        after = state + 1
        reward = self.reward(state.astype(jnp.float32), action[0])
        seen = jnp.where(self.blind, 0, after)[None].astype(jnp.float32)
        return after, reward, after >= self.length, seen


@dataclass(frozen=True)
class Walk:
    """Observations that encode their origin: [first, step, last action].

    It terminates at random.
    """

    chance: float = 0.1
    time_limit: int = 7
    observation_size: int = 3
    action_size: int = 2
    discrete: bool = False

    def reset(self, key: Array) -> tuple[Any, Array]:
        first = jax.random.uniform(jax.random.wrap_key_data(key))
        state = {"key": key, "first": first, "step": jnp.zeros(())}
        return state, jnp.stack([first, jnp.zeros(()), jnp.zeros(())])

    def step(self, state: Any, action: Array) -> tuple[Any, Array, Array, Array]:
        step = state["step"] + 1
        own = jax.random.fold_in(
            jax.random.wrap_key_data(state["key"]), step.astype(jnp.int32)
        )
        over = jax.random.uniform(own) < self.chance
        observation = jnp.stack([state["first"], step, action[0]])
        return {**state, "step": step}, action.sum() + step, over, observation


@dataclass(frozen=True)
class Slide:
    """A mass on a line, pushed towards 0, with a reward of 1 there and less elsewhere.

    x'' = 4a, in steps of 0.1; the reward is exp(-4x²), and the start is anywhere in ±1.
    A mass at rest in the middle for all of its 50 steps collects 50.
    """

    time_limit: int = 50
    observation_size: int = 2
    action_size: int = 1
    discrete: bool = False

    def reset(self, key: Array) -> tuple[Any, Array]:
        own = jax.random.wrap_key_data(key)
        state = jax.random.uniform(own, (2,), minval=-1.0, maxval=1.0)
        state = state * jnp.array([1.0, 0.5])
        return state, state

    def step(self, state: Any, action: Array) -> tuple[Any, Array, Array, Array]:
        speed = 0.98 * state[1] + 0.4 * action[0]
        place = jnp.clip(state[0] + 0.1 * speed, -3.0, 3.0)
        after = jnp.stack([place, speed])
        return after, jnp.exp(-4 * place**2), jnp.zeros((), bool), after
