"""What was written to the replays of a group since some time before, and back again.

A replay of 24 runs may take tens of GB. So a checkpoint does not hold it: it holds the
slots that were written since the last one, and only these leave the device. Chunks
pasted in their order give the replay back to the bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.replay.ring import Replay

PIECE = 1024
"""Slots of each run that are moved at once: one compiled program for any number."""
_FIELDS = ("observations", "actions", "rewards", "masks")


@dataclass(frozen=True)
class Position:
    """How far the replays of some runs have been written, as if they never wrapped."""

    heads: np.ndarray
    """[runs] int: slot of each run's current observation."""
    transitions: int
    """Stored so far, the same in each run."""


def start(runs: int) -> Position:
    """Return the position before anything was written."""
    return Position(np.zeros(runs, int), 0)


def cut(memory: Replay, since: Position, now: Position) -> dict[str, np.ndarray]:
    """Return what was written between two positions.

    Returns:
        `heads` and `transitions` of `now`, the last slots up to the head (`_FIELDS`,
        [runs, slots, ...]) and the last `starts`, [runs, transitions].
    """
    slots = memory.rewards.shape[1]
    # The old head's slot is written again: only now its action and reward are known.
    width = min(int((now.heads - since.heads).max()) + 1, slots)
    count = min(now.transitions - since.transitions, slots)
    ends = np.full(len(now.heads), now.transitions - 1)
    return {
        "heads": now.heads,
        "transitions": np.array(now.transitions),
        **_last(_contents(memory), now.heads, width, slots),
        **_last({"starts": memory.starts}, ends, count, slots),
    }


def paste(memory: Replay, chunk: Mapping[str, np.ndarray]) -> Replay:
    """Write a chunk to where it was cut from. `memory` is given up."""
    slots = memory.rewards.shape[1]
    heads = chunk["heads"]
    ends = np.full(len(heads), int(chunk["transitions"]) - 1)
    contents = {name: chunk[name] for name in _FIELDS}
    new = _put(_contents(memory), contents, heads, slots)
    new |= _put({"starts": memory.starts}, {"starts": chunk["starts"]}, ends, slots)
    return memory.replace(**new)  # type: ignore[attr-defined]


def superfluous(chunk: int, now: int, slots: int) -> bool:
    """Whether everything in a chunk has been written over since.

    Args:
        chunk: transitions stored when it was cut; each takes a slot at least.
        now: transitions stored by now.
    """
    return now - chunk >= slots


def empty_like(memory: Replay) -> Replay:
    """Return zeros of the same shapes, in the place of `memory`, which is given up."""
    shapes = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), memory)
    for leaf in jax.tree.leaves(memory):
        leaf.delete()  # before the zeros are made: there may be no room for both
    return jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), shapes)


def _contents(memory: Replay) -> dict[str, Array]:
    return {name: getattr(memory, name) for name in _FIELDS}


def _places(ends: np.ndarray, width: int, first: int) -> np.ndarray:
    """Return [runs, PIECE] places of a piece of the `width` that end at `ends`."""
    return (ends - (width - 1) + first)[:, None] + np.arange(PIECE)


def _last(
    arrays: dict[str, Array], ends: np.ndarray, width: int, slots: int
) -> dict[str, np.ndarray]:
    found = {
        name: np.empty((len(ends), width, *x.shape[2:]), x.dtype)
        for name, x in arrays.items()
    }
    for first in range(0, width, PIECE):
        places = _places(ends, width, first) % slots
        piece = jax.device_get(_take(arrays, places.astype(np.int32)))
        for name, rows in piece.items():
            found[name][:, first : first + PIECE] = rows[:, : width - first]
    return found


def _put(
    arrays: dict[str, Array],
    rows: Mapping[str, np.ndarray],
    ends: np.ndarray,
    slots: int,
) -> dict[str, Array]:
    width = next(iter(rows.values())).shape[1]
    for first in range(0, width, PIECE):
        places = _places(ends, width, first) % slots
        places[:, width - first :] = slots  # beyond the last slot: left out
        piece = {name: _piece(values, first) for name, values in rows.items()}
        arrays = _set(arrays, places.astype(np.int32), piece)
    return arrays


def _piece(values: np.ndarray, first: int) -> np.ndarray:
    part = values[:, first : first + PIECE]
    whole = np.zeros((len(part), PIECE, *part.shape[2:]), part.dtype)
    whole[:, : part.shape[1]] = part
    return whole


@jax.jit
def _take(arrays: dict[str, Array], places: Array) -> dict[str, Array]:
    runs = jnp.arange(len(places))[:, None]
    return {name: x[runs, places] for name, x in arrays.items()}


@partial(jax.jit, donate_argnums=(0,))
def _set(
    arrays: dict[str, Array], places: Array, rows: dict[str, Any]
) -> dict[str, Array]:
    runs = jnp.arange(len(places))[:, None]
    return {
        name: x.at[runs, places].set(rows[name], mode="drop")
        for name, x in arrays.items()
    }
