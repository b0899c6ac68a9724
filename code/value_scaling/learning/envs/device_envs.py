"""Many environments of one run on the device: time limits, resets and returns.

An environment that ended is reset before its next step, from its own key and the number
of its episode, so no two episodes start in the same state.
"""

from typing import Any

import flax.struct
import jax
import jax.numpy as jnp
from jax import Array

from value_scaling.learning.envs.protocol import DeviceEnv, Tree


@flax.struct.dataclass
class DeviceEnvs:
    """Environments of one run; each field has a leading axis [environment]."""

    states: Tree
    observations: Array  # [environment, observation], to act on
    needs_reset: Array  # bool
    lengths: Array  # int32, steps of the episode so far
    limits: Array  # int32, at which the episode is truncated
    logged: Array  # bool, whether the episode's return counts
    episodes: Array  # int32, begun so far
    returns: Array  # float32, of the episode so far


@flax.struct.dataclass
class DeviceStepResult:
    """Outcome of one step of every environment, with a leading axis [environment]."""

    rewards: Array
    terminated: Array  # bool: the task ended, nothing follows
    truncated: Array  # bool: cut off by the time limit, and not terminated
    next_observations: Array  # [environment, observation], before any reset
    returns: Array  # of the episodes that ended here
    logged: Array  # bool: an episode ended here whose return counts


def blank(task: DeviceEnv, limits: Array, *, logged: Array) -> DeviceEnvs:
    """Return environments that all wait for their first reset.

    Args:
        limits: [environment] int32, time limits of the first episode.
        logged: [] bool, whether the return of the first episode counts.
    """
    count = limits.shape[0]
    shapes, observation = jax.eval_shape(task.reset, jnp.zeros(2, jnp.uint32))
    zeros = jnp.zeros(count, jnp.int32)
    return DeviceEnvs(
        states=jax.tree.map(lambda x: jnp.zeros((count, *x.shape), x.dtype), shapes),
        observations=jnp.zeros((count, *observation.shape)),
        needs_reset=jnp.ones(count, bool),
        lengths=zeros,
        limits=limits,
        logged=jnp.full(count, logged),
        episodes=zeros,
        returns=jnp.zeros(count),
    )


def reset(task: DeviceEnv, envs: DeviceEnvs, key: Array) -> DeviceEnvs:
    """Reset the environments that wait.

    Only a few are reset at a time, because a reset costs as much as a step and usually
    few episodes end together.

    Args:
        key: key of the run; a typed key.
    """
    count = envs.needs_reset.shape[0]
    lanes = max(1, count // 64)

    def some(envs: DeviceEnvs) -> DeviceEnvs:
        (places,) = jnp.nonzero(envs.needs_reset, size=lanes, fill_value=count)
        numbers = envs.episodes.at[places].get(mode="clip")

        def fresh(place: Array, number: Array) -> tuple[Tree, Array]:
            own = jax.random.fold_in(jax.random.fold_in(key, place), number)
            return task.reset(jax.random.key_data(own))

        states, observations = jax.vmap(fresh)(places, numbers)

        def put(old: Array, new: Any) -> Array:
            return old.at[places].set(new, mode="drop")

        return DeviceEnvs(
            states=jax.tree.map(put, envs.states, states),
            observations=put(envs.observations, observations),
            needs_reset=put(envs.needs_reset, False),
            lengths=put(envs.lengths, 0),
            limits=envs.limits,
            logged=envs.logged,
            episodes=envs.episodes.at[places].add(1, mode="drop"),
            returns=put(envs.returns, 0.0),
        )

    return jax.lax.while_loop(lambda envs: envs.needs_reset.any(), some, envs)


def step(
    task: DeviceEnv, envs: DeviceEnvs, actions: Array
) -> tuple[DeviceEnvs, DeviceStepResult]:
    """Act in every environment; none may need a reset.

    Args:
        actions: [environment, action].
    """
    states, rewards, terminated, observations = jax.vmap(task.step)(
        envs.states, actions
    )
    lengths = envs.lengths + 1
    truncated = (lengths >= envs.limits) & ~terminated
    ended = terminated | truncated
    returns = envs.returns + rewards
    after = DeviceEnvs(
        states=states,
        observations=observations,
        needs_reset=ended,
        lengths=lengths,
        limits=jnp.where(ended, task.time_limit, envs.limits),
        logged=envs.logged | ended,
        episodes=envs.episodes,
        returns=returns,
    )
    return after, DeviceStepResult(
        rewards=rewards,
        terminated=terminated,
        truncated=truncated,
        next_observations=observations,
        returns=returns,
        logged=ended & envs.logged,
    )
