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
class Rows:
    """The newest simulator steps that fit; for checkpoints, a `chunks.Replay`."""

    PIECE: ClassVar[int] = 64
    BY_HEAD: ClassVar[tuple[str, ...]] = ()
    BY_TRANSITION: ClassVar = ("observations", "actions", "rewards", "ends")
    BLANK: ClassVar[Mapping[str, int]] = {"ends": GOES_ON}

    observations: Array  # [row, environment, observation], acted on
    actions: Array  # [row, environment, action]
    rewards: Array  # [row, environment]
    ends: Array  # [row, environment] int32: GOES_ON, TERMINATED, or a place in `finals`
    finals: Array  # [environment, place, observation]: where truncated episodes ended
    truncations: Array  # [environment] int32, so far
    count: Array  # [] int32, rows written so far


def empty(
    rows: int, environments: int, observation_size: int, action_size: int, limit: int
) -> Rows:
    """Return an empty replay.

    Args:
        rows: number of simulator steps held.
        limit: least number of steps between two truncations of an environment.
    """
    zeros, shape = jnp.zeros, (rows, environments)
    return Rows(
        observations=zeros((*shape, observation_size)),
        actions=zeros((*shape, action_size)),
        rewards=zeros(shape),
        ends=jnp.full(shape, GOES_ON, jnp.int32),
        finals=zeros((environments, rows // limit + 2, observation_size)),
        truncations=zeros(environments, jnp.int32),
        count=zeros((), jnp.int32),
    )


def insert(
    rows: Rows,
    *,
    observations: Array,
    actions: Array,
    rewards: Array,
    terminated: Array,
    truncated: Array,
    next_observations: Array,
) -> Rows:
    """Store one simulator step; each argument has a leading axis [environment].

    Args:
        terminated, truncated: bool; at most one of them is true.
        next_observations: observations before any reset.
    """
    here = rows.count % rows.rewards.shape[0]
    place = rows.truncations % rows.finals.shape[1]
    ends = jnp.where(terminated, TERMINATED, jnp.where(truncated, place, GOES_ON))
    everyone = jnp.arange(place.shape[0])
    kept = rows.finals[everyone, place]
    return Rows(
        observations=rows.observations.at[here].set(observations),
        actions=rows.actions.at[here].set(actions),
        rewards=rows.rewards.at[here].set(rewards),
        ends=rows.ends.at[here].set(ends),
        finals=rows.finals.at[everyone, place].set(
            jnp.where(truncated[:, None], next_observations, kept)
        ),
        truncations=rows.truncations + truncated,
        count=rows.count + 1,
    )


def complete(rows: Rows, steps: int, run: Array | None = None) -> Array:
    """Return the number of held rows whose next `steps` rows are held too, [] int32."""
    count = rows.count if run is None else rows.count[run]
    return jnp.minimum(count, rows.rewards.shape[-2]) - steps


def take(
    rows: Rows,
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
        run: [] int32, if `rows` has a leading axis [runs]; slicing the run out first
            would copy the replay.
    """
    size = rows.rewards.shape[-2]
    own = () if run is None else (run,)
    first = jnp.maximum(rows.count[own] - size, 0) + ages

    def at(x: Array, later: int) -> Array:
        return x[*own, (first + later) % size, environments]

    total = jnp.zeros(ages.shape)
    factor = jnp.ones(ages.shape)  # γ^i
    end = jnp.full(ages.shape, GOES_ON, jnp.int32)
    for later in range(steps):
        on = end == GOES_ON
        total += jnp.where(on, factor * at(rows.rewards, later), 0.0)
        factor = jnp.where(on, factor * discount, factor)
        end = jnp.where(on, at(rows.ends, later), end)
    final = rows.finals[*own, environments, jnp.maximum(end, 0)]
    ahead = at(rows.observations, steps)
    return Batch(
        observations=at(rows.observations, 0),
        actions=at(rows.actions, 0),
        rewards=total,
        discounts=jnp.where(end == TERMINATED, 0.0, factor),
        next_observations=jnp.where((end == GOES_ON)[:, None], ahead, final),
    )


def sample(
    rows: Rows,
    key: Array,
    batch_size: int,
    steps: int,
    discount: Array,
    run: Array | None = None,
) -> Batch:
    """Draw transitions uniformly, with replacement; `run` is as in `take`."""
    age_key, key = jax.random.split(key)
    ages = jax.random.randint(age_key, (batch_size,), 0, complete(rows, steps, run))
    everyone = rows.rewards.shape[-1]
    environments = jax.random.randint(key, (batch_size,), 0, everyone)
    return take(rows, ages, environments, steps, discount, run)


def newest(
    rows: Rows,
    batch_size: int,
    steps: int,
    discount: Array,
    run: Array | None = None,
) -> Batch:
    """Return transitions of the newest rows, spread evenly over the environments.

    Environments explore with noise of different strength, so the last transitions in
    order would all be of one kind.
    """
    everyone = rows.rewards.shape[-1]
    used = -(-batch_size // everyone)
    places = jnp.arange(batch_size) * (used * everyone) // batch_size
    ages = jnp.maximum(complete(rows, steps, run) - 1 - places // everyone, 0)
    return take(rows, ages, places % everyone, steps, discount, run)
