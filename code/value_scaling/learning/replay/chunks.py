"""What was written to the replays of a group since some time before, and back again.

A replay of 24 runs may take tens of GB. So a checkpoint does not hold it: it holds the
slots that were written since the last one, and only these leave the device. Chunks
pasted in their order give the replay back to the bit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Protocol, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array


class Replay(Protocol):
    """Replays with a leading axis [runs], whose contents are rings of slots.

    The fields that are not named here are small; they are saved whole.
    """

    PIECE: ClassVar[int]
    """Slots of each run that are moved at once: one compiled program for any number."""
    BY_HEAD: ClassVar[tuple[str, ...]]
    """Fields [runs, slot, ...] that are written up to `Position.heads`, included."""
    BY_TRANSITION: ClassVar[tuple[str, ...]]
    """Fields [runs, slot, ...] that are written once each transition."""
    BLANK: ClassVar[Mapping[str, int]]
    """What fields hold where nothing was written, if that is not 0."""

    @property
    def rewards(self) -> Array:
        """[runs, slot, ...]."""


ReplayT = TypeVar("ReplayT", bound=Replay)


@dataclass(frozen=True)
class Position:
    """How far the replays of some runs have been written, as if they never wrapped."""

    heads: np.ndarray
    """[runs] int: slot of each run's current observation."""
    transitions: int
    """Transitions stored so far, or steps of all environments at once; the same in each
    run."""


def start(runs: int) -> Position:
    """Return the position before anything was written."""
    return Position(np.zeros(runs, int), 0)


def size(replay: Replay) -> int:
    """Return the slots of a run."""
    return int(replay.rewards.shape[1])


def without(replay: ReplayT) -> ReplayT:
    """Return the replay with empty trees in the place of its contents."""
    names = (*replay.BY_HEAD, *replay.BY_TRANSITION)
    return _replaced(replay, dict.fromkeys(names))


def emptied(replay: ReplayT, small: ReplayT) -> ReplayT:
    """Return `small`, which is `without` contents, with blank ones in the place of
    those of `replay`, which is given up."""
    contents = _fields(replay, (*replay.BY_HEAD, *replay.BY_TRANSITION))
    shapes = {name: (x.shape, x.dtype) for name, x in contents.items()}
    for each in contents.values():
        each.delete()  # before the blanks are made: there may be no room for both
    return _replaced(
        small,
        {
            name: jnp.full(shape, replay.BLANK.get(name, 0), kind)
            for name, (shape, kind) in shapes.items()
        },
    )


def cut(replay: Replay, since: Position, now: Position) -> dict[str, np.ndarray]:
    """Return what was written between two positions and is still there.

    Returns:
        `heads` and `transitions` of `now`, the last slots up to the head (`BY_HEAD`),
        and the last ones written once a transition (`BY_TRANSITION`), each [runs,
        slots, ...].
    """
    # The old head's slot is written again: only now its action and reward are known.
    width = min(int((now.heads - since.heads).max()) + 1, size(replay))
    count = min(now.transitions - since.transitions, size(replay))
    ends = np.full(len(now.heads), now.transitions - 1)
    return {
        "heads": now.heads,
        "transitions": np.array(now.transitions),
        **_last(replay, replay.BY_HEAD, now.heads, width),
        **_last(replay, replay.BY_TRANSITION, ends, count),
    }


def paste(replay: ReplayT, chunk: Mapping[str, np.ndarray]) -> ReplayT:
    """Write a chunk to where it was cut from. `replay` is given up."""
    heads = chunk["heads"]
    ends = np.full(len(heads), int(chunk["transitions"]) - 1)
    new = _put(replay, replay.BY_HEAD, heads, chunk)
    new |= _put(replay, replay.BY_TRANSITION, ends, chunk)
    return _replaced(replay, new)


def superfluous(chunk: int, now: int, slots: int) -> bool:
    """Whether everything in a chunk has been written over since.

    Args:
        chunk: transitions stored when it was cut; each takes a slot at least.
        now: transitions stored by now.
    """
    return now - chunk >= slots


def _replaced(replay: ReplayT, fields: Mapping[str, Array | None]) -> ReplayT:
    return replay.replace(**fields)  # type: ignore[attr-defined]


def _fields(replay: Replay, names: Iterable[str]) -> dict[str, Array]:
    return {name: getattr(replay, name) for name in names}


def _places(ends: np.ndarray, width: int, first: int, piece: int) -> np.ndarray:
    """Return [runs, piece] places of a piece of the `width` that end at `ends`."""
    return (ends - (width - 1) + first)[:, None] + np.arange(piece)


def _last(
    replay: Replay, names: tuple[str, ...], ends: np.ndarray, width: int
) -> dict[str, np.ndarray]:
    arrays, piece = _fields(replay, names), replay.PIECE
    found = {
        name: np.empty((len(ends), width, *x.shape[2:]), x.dtype)
        for name, x in arrays.items()
    }
    for first in range(0, width if names else 0, piece):
        places = _places(ends, width, first, piece) % size(replay)
        part = jax.device_get(_take(arrays, places.astype(np.int32)))
        for name, rows in part.items():
            found[name][:, first : first + piece] = rows[:, : width - first]
    return found


def _put(
    replay: Replay,
    names: tuple[str, ...],
    ends: np.ndarray,
    chunk: Mapping[str, np.ndarray],
) -> dict[str, Array]:
    arrays, piece = _fields(replay, names), replay.PIECE
    width = chunk[names[0]].shape[1] if names else 0
    for first in range(0, width, piece):
        places = _places(ends, width, first, piece) % size(replay)
        places[:, width - first :] = size(replay)  # beyond the last slot: left out
        rows = {name: _piece(chunk[name], first, piece) for name in names}
        arrays = _set(arrays, places.astype(np.int32), rows)
    return arrays


def _piece(values: np.ndarray, first: int, piece: int) -> np.ndarray:
    part = values[:, first : first + piece]
    whole = np.zeros((len(part), piece, *part.shape[2:]), part.dtype)
    whole[:, : part.shape[1]] = part
    return whole


@jax.jit
def _take(arrays: dict[str, Array], places: Array) -> dict[str, Array]:
    runs = jnp.arange(len(places))[:, None]
    return {name: x[runs, places] for name, x in arrays.items()}


@partial(jax.jit, donate_argnums=(0,))
def _set(
    arrays: dict[str, Array], places: Array, rows: dict[str, Array]
) -> dict[str, Array]:
    runs = jnp.arange(len(places))[:, None]
    return {
        name: x.at[runs, places].set(rows[name], mode="drop")
        for name, x in arrays.items()
    }
