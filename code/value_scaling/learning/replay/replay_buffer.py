"""A replay on the device that stores every observation once.

Slots are a ring. Slot i holds an observation, the action taken there, its reward and
its mask; the next observation is in slot i+1. The last observation of an episode takes
a slot in which no transition starts. A second ring, `starts`, therefore lists the slots
in which one does, and sampling from it is uniform over the transitions that are held.
All functions are for one run.
"""

from collections.abc import Mapping
from typing import ClassVar

import flax.struct
import jax
import jax.numpy as jnp
from jax import Array


@flax.struct.dataclass
class Batch:
    """Transitions, each field with a leading batch axis."""

    observations: Array  # [batch, observation]
    actions: Array  # [batch, action]
    rewards: Array  # [batch]
    masks: Array  # [batch]; 0: terminated, so that nothing follows; truncation is 1
    next_observations: Array  # [batch, observation]


@flax.struct.dataclass
class Transition:
    """One environment step and its result."""

    action: Array  # [action]
    reward: Array  # []
    mask: Array  # []
    next_observation: Array  # [observation], before any reset
    ended: Array  # [] 0 or 1, by termination or truncation
    observation: Array  # [observation], to act on next: after the reset, if ended


@flax.struct.dataclass
class ReplayBuffer:
    """The newest transitions that fit; for checkpoints, a `chunks.Replay`."""

    SLOTS_PER_TRANSFER: ClassVar[int] = 1024
    FIELDS_TO_HEAD: ClassVar = ("observations", "actions", "rewards", "masks")
    FIELDS_BY_TRANSITION: ClassVar[tuple[str, ...]] = ("starts",)
    FILL_VALUES: ClassVar[Mapping[str, int]] = {}

    observations: Array  # [slot, observation]
    actions: Array  # [slot, action]
    rewards: Array  # [slot]
    masks: Array  # [slot]
    starts: Array  # [slot] of int32: slots of transitions, a ring
    head: Array  # [] int32: slot of the current observation
    first: Array  # [] int32: place in `starts` of the oldest transition
    count: Array  # [] int32: transitions held


def empty(slots: int, observation: Array, action_size: int) -> ReplayBuffer:
    """Return a replay that holds only the first observation."""
    zero = jnp.zeros((), jnp.int32)
    return ReplayBuffer(
        observations=jnp.zeros((slots, observation.shape[-1])).at[0].set(observation),
        actions=jnp.zeros((slots, action_size)),
        rewards=jnp.zeros(slots),
        masks=jnp.zeros(slots),
        starts=jnp.zeros(slots, jnp.int32),
        head=zero,
        first=zero,
        count=zero,
    )


def insert(
    replay: ReplayBuffer, new: Transition, most: int = 2**31 - 1
) -> ReplayBuffer:
    """Store one transition; it overwrites the oldest ones in the slots that it takes.

    Args:
        most: most transitions to hold, even if more slots are free.
    """
    slots = replay.rewards.shape[0]
    here = replay.head
    after = (here + 1) % slots
    head = (after + new.ended.astype(jnp.int32)) % slots
    starts = replay.starts.at[(replay.first + replay.count) % slots].set(here)
    first, count = replay.first, replay.count + 1
    for taken in (after, head):
        lost = (starts[first] == taken).astype(jnp.int32)
        first, count = (first + lost) % slots, count - lost
    over = (count > most).astype(jnp.int32)
    first, count = (first + over) % slots, count - over
    return ReplayBuffer(
        observations=replay.observations.at[after]
        .set(new.next_observation)
        .at[head]
        .set(new.observation),
        actions=replay.actions.at[here].set(new.action),
        rewards=replay.rewards.at[here].set(new.reward),
        masks=replay.masks.at[here].set(new.mask),
        starts=starts,
        head=head,
        first=first,
        count=count,
    )


def begin(replay: ReplayBuffer, observation: Array) -> ReplayBuffer:
    """Abandon the current episode and continue from `observation`.

    No transition leads to it.
    """
    slots = replay.rewards.shape[0]
    head = (replay.head + 1) % slots
    lost = (replay.starts[replay.first] == head).astype(jnp.int32)
    return replay.replace(  # type: ignore[attr-defined]
        observations=replay.observations.at[head].set(observation),
        head=head,
        first=(replay.first + lost) % slots,
        count=replay.count - lost,
    )


def take(replay: ReplayBuffer, run: Array, places: Array) -> Batch:
    """Return transitions of one run from a replay with a leading runs axis.

    Indexing by run, instead of slicing the run out first, does not copy the replay.

    Args:
        run: [] int32.
        places: [batch] int32, 0 for the oldest transition.
    """
    slots = replay.rewards.shape[1]
    here = replay.starts[run, (replay.first[run] + places) % slots]
    return Batch(
        observations=replay.observations[run, here],
        actions=replay.actions[run, here],
        rewards=replay.rewards[run, here],
        masks=replay.masks[run, here],
        next_observations=replay.observations[run, (here + 1) % slots],
    )


def sample(replay: ReplayBuffer, run: Array, key: Array, batch_size: int) -> Batch:
    """Draw transitions of one run uniformly, with replacement."""
    places = jax.random.randint(key, (batch_size,), 0, replay.count[run])
    return take(replay, run, places)


def newest(replay: ReplayBuffer, run: Array, batch_size: int) -> Batch:
    """Return the newest transitions of one run, repeating the oldest if too few."""
    places = replay.count[run] - 1 - jnp.arange(batch_size)
    return take(replay, run, jnp.maximum(places, 0))
