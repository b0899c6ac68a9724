"""A replay of many environments on the device that stores each observation once.

A row holds one simulator step of every environment, and rows are a ring. n-step
transitions are assembled when they are drawn, from n rows of rewards and the
observation they lead to. Only the last observation of a truncated episode is followed
by one of another episode, so it is stored separately. All functions are for one run.
"""

from collections.abc import Mapping
from typing import ClassVar

import flax.struct
import jax
import jax.numpy as jnp
from jax import Array

GOES_ON, TERMINATED = -1, -2


@flax.struct.dataclass
class Batch:
    """n-step transitions, each field with a leading batch axis."""

    observations: Array  # [batch, observation]
    actions: Array  # [batch, action]
    rewards: Array  # [batch], sum of k discounted rewards, k ≤ n
    discounts: Array  # [batch], γ^k; 0 after termination
    next_observations: Array  # [batch, observation], k steps later


@flax.struct.dataclass
class NStepBuffer:
    """The newest simulator steps that fit; for checkpoints, a `chunks.Replay`."""

    SLOTS_PER_TRANSFER: ClassVar[int] = 64
    FIELDS_TO_HEAD: ClassVar[tuple[str, ...]] = ()
    FIELDS_BY_TRANSITION: ClassVar = ("observations", "actions", "rewards", "ends")
    FILL_VALUES: ClassVar[Mapping[str, int]] = {"ends": GOES_ON}

    observations: Array  # [row, environment, observation], acted on
    actions: Array  # [row, environment, action]
    rewards: Array  # [row, environment]
    ends: Array  # [row, environment] int32: GOES_ON, TERMINATED, or a place in `finals`
    finals: Array  # [environment, place, observation]: where truncated episodes ended
    truncations: Array  # [environment] int32, so far
    count: Array  # [] int32, rows written so far


def empty(
    rows: int, environments: int, observation_size: int, action_size: int, limit: int
) -> NStepBuffer:
    """Return an empty replay.

    Args:
        rows: number of simulator steps held.
        limit: least number of steps between two truncations of an environment.
    """
    zeros, shape = jnp.zeros, (rows, environments)
    return NStepBuffer(
        observations=zeros((*shape, observation_size)),
        actions=zeros((*shape, action_size)),
        rewards=zeros(shape),
        ends=jnp.full(shape, GOES_ON, jnp.int32),
        finals=zeros((environments, rows // limit + 2, observation_size)),
        truncations=zeros(environments, jnp.int32),
        count=zeros((), jnp.int32),
    )


def insert(
    buffer: NStepBuffer,
    *,
    observations: Array,
    actions: Array,
    rewards: Array,
    terminated: Array,
    truncated: Array,
    next_observations: Array,
) -> NStepBuffer:
    """Store one simulator step; each argument has a leading axis [environment].

    Args:
        terminated, truncated: bool; at most one of them is true.
        next_observations: observations before any reset.
    """
    here = buffer.count % buffer.rewards.shape[0]
    place = buffer.truncations % buffer.finals.shape[1]
    ends = jnp.where(terminated, TERMINATED, jnp.where(truncated, place, GOES_ON))
    environments = jnp.arange(place.shape[0])
    kept = buffer.finals[environments, place]
    return NStepBuffer(
        observations=buffer.observations.at[here].set(observations),
        actions=buffer.actions.at[here].set(actions),
        rewards=buffer.rewards.at[here].set(rewards),
        ends=buffer.ends.at[here].set(ends),
        finals=buffer.finals.at[environments, place].set(
            jnp.where(truncated[:, None], next_observations, kept)
        ),
        truncations=buffer.truncations + truncated,
        count=buffer.count + 1,
    )


def complete(buffer: NStepBuffer, steps: int, run: Array | None = None) -> Array:
    """Return the number of held rows whose next `steps` rows are held too, [] int32."""
    count = buffer.count if run is None else buffer.count[run]
    return jnp.minimum(count, buffer.rewards.shape[-2]) - steps


def take(
    buffer: NStepBuffer,
    ages: Array,
    environments: Array,
    steps: int,
    discount: Array,
    run: Array | None = None,
) -> Batch:
    """Return n-step transitions.

    R = Σ_{i<k} γ^i r_i, where k is n, or less if the episode ended earlier. Nothing
    follows a termination; a truncation is followed by the observation at which it ended
    the episode.

    Args:
        ages: [batch] int32, row of each; 0 is the oldest of the `complete` ones.
        environments: [batch] int32.
        steps: n.
        discount: γ.
        run: [] int32, if `buffer` has a leading axis [runs]; slicing the run out first
            would copy the replay.
    """
    size = buffer.rewards.shape[-2]
    own = () if run is None else (run,)
    first = jnp.maximum(buffer.count[own] - size, 0) + ages

    def at(x: Array, later: int) -> Array:
        return x[*own, (first + later) % size, environments]

    total = jnp.zeros(ages.shape)
    factor = jnp.ones(ages.shape)  # γ^i
    end = jnp.full(ages.shape, GOES_ON, jnp.int32)
    for later in range(steps):
        on = end == GOES_ON
        total += jnp.where(on, factor * at(buffer.rewards, later), 0.0)
        factor = jnp.where(on, factor * discount, factor)
        end = jnp.where(on, at(buffer.ends, later), end)
    final = buffer.finals[*own, environments, jnp.maximum(end, 0)]
    ahead = at(buffer.observations, steps)
    return Batch(
        observations=at(buffer.observations, 0),
        actions=at(buffer.actions, 0),
        rewards=total,
        discounts=jnp.where(end == TERMINATED, 0.0, factor),
        next_observations=jnp.where((end == GOES_ON)[:, None], ahead, final),
    )


def sample(
    buffer: NStepBuffer,
    key: Array,
    batch_size: int,
    steps: int,
    discount: Array,
    run: Array | None = None,
) -> Batch:
    """Draw transitions uniformly, with replacement; `run` is as in `take`."""
    age_key, key = jax.random.split(key)
    ages = jax.random.randint(age_key, (batch_size,), 0, complete(buffer, steps, run))
    num_envs = buffer.rewards.shape[-1]
    environments = jax.random.randint(key, (batch_size,), 0, num_envs)
    return take(buffer, ages, environments, steps, discount, run)


def newest(
    buffer: NStepBuffer,
    batch_size: int,
    steps: int,
    discount: Array,
    run: Array | None = None,
) -> Batch:
    """Return transitions of the newest rows, spread evenly over the environments.

    Environments explore with noise of different strength, so the last transitions in
    order would all be of one kind.
    """
    num_envs = buffer.rewards.shape[-1]
    used = -(-batch_size // num_envs)
    places = jnp.arange(batch_size) * (used * num_envs) // batch_size
    ages = jnp.maximum(complete(buffer, steps, run) - 1 - places // num_envs, 0)
    return take(buffer, ages, places % num_envs, steps, discount, run)
