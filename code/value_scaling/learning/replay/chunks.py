"""Save what was written to the replays of a group since a given time, and restore it.

A replay of 24 runs may take tens of GB, so a checkpoint holds only the slots that were
written since the last one, and only these leave the device. Pasting the chunks in their
order restores the replay bit for bit.
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

    The fields that are not named here are small and are saved completely.
    """

    SLOTS_PER_TRANSFER: ClassVar[int]
    """Number of slots of each run that are moved at once, so that one compiled program
    serves any number."""
    FIELDS_TO_HEAD: ClassVar[tuple[str, ...]]
    """Fields [runs, slot, ...] that are written up to `Position.heads`, included."""
    FIELDS_BY_TRANSITION: ClassVar[tuple[str, ...]]
    """Fields [runs, slot, ...] that are written once each transition."""
    FILL_VALUES: ClassVar[Mapping[str, int]]
    """Values of fields where nothing was written, if not 0."""

    @property
    def rewards(self) -> Array:
        """[runs, slot, ...]."""


ReplayT = TypeVar("ReplayT", bound=Replay)


@dataclass(frozen=True)
class Position:
    """Position up to which the replays of some runs were written, without wrapping."""

    heads: np.ndarray
    """[runs] int, slot of each run's current observation."""
    transitions: int
    """Number of transitions stored so far, or of steps of all environments at once;
    equal in all runs."""


def start(runs: int) -> Position:
    """Return the position before anything was written."""
    return Position(np.zeros(runs, int), 0)


def size(replay: Replay) -> int:
    """Return the number of slots of a run."""
    return int(replay.rewards.shape[1])


def without_contents(replay: ReplayT) -> ReplayT:
    """Return the replay with empty trees instead of its contents."""
    names = (*replay.FIELDS_TO_HEAD, *replay.FIELDS_BY_TRANSITION)
    return _replaced(replay, dict.fromkeys(names))


def blank_like(replay: ReplayT, small: ReplayT) -> ReplayT:
    """Return `small` (from `without_contents`) with blank contents in their old shapes.

    The contents of `replay` are deleted.
    """
    contents = _fields(replay, (*replay.FIELDS_TO_HEAD, *replay.FIELDS_BY_TRANSITION))
    shapes = {name: (x.shape, x.dtype) for name, x in contents.items()}
    for each in contents.values():
        each.delete()  # before the blanks are made, as there may be no room for both
    return _replaced(
        small,
        {
            name: jnp.full(shape, replay.FILL_VALUES.get(name, 0), kind)
            for name, (shape, kind) in shapes.items()
        },
    )


def read_chunk(replay: Replay, since: Position, now: Position) -> dict[str, np.ndarray]:
    """Return what was written between two positions and is still in the replay.

    Returns:
        `heads` and `transitions` of `now`, the last slots of `FIELDS_TO_HEAD` and the
        last ones of `FIELDS_BY_TRANSITION`, each [runs, slots, ...].
    """
    # The old head's slot is saved again, since its action and reward are known now.
    width = min(int((now.heads - since.heads).max()) + 1, size(replay))
    count = min(now.transitions - since.transitions, size(replay))
    ends = np.full(len(now.heads), now.transitions - 1)
    return {
        "heads": now.heads,
        "transitions": np.array(now.transitions),
        **_last(replay, replay.FIELDS_TO_HEAD, now.heads, width),
        **_last(replay, replay.FIELDS_BY_TRANSITION, ends, count),
    }


def write_chunk(replay: ReplayT, chunk: Mapping[str, np.ndarray]) -> ReplayT:
    """Write a chunk from `read_chunk` to its place; `replay` is donated."""
    heads = chunk["heads"]
    ends = np.full(len(heads), int(chunk["transitions"]) - 1)
    new = _put(replay, replay.FIELDS_TO_HEAD, heads, chunk)
    new |= _put(replay, replay.FIELDS_BY_TRANSITION, ends, chunk)
    return _replaced(replay, new)


def is_overwritten(chunk: int, now: int, slots: int) -> bool:
    """Whether everything in a chunk has been overwritten since.

    Args:
        chunk: number of transitions stored when it was read; each takes at least one
            slot.
        now: number of transitions stored by now.
    """
    return now - chunk >= slots


def _replaced(replay: ReplayT, fields: Mapping[str, Array | None]) -> ReplayT:
    return replay.replace(**fields)  # type: ignore[attr-defined]


def _fields(replay: Replay, names: Iterable[str]) -> dict[str, Array]:
    return {name: getattr(replay, name) for name in names}


def _places(ends: np.ndarray, width: int, first: int, piece: int) -> np.ndarray:
    """Return the places of a piece of the `width` slots that end at `ends`.

    Returns:
        [runs, piece].
    """
    return (ends - (width - 1) + first)[:, None] + np.arange(piece)


def _last(
    replay: Replay, names: tuple[str, ...], ends: np.ndarray, width: int
) -> dict[str, np.ndarray]:
    arrays, piece = _fields(replay, names), replay.SLOTS_PER_TRANSFER
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
    arrays, piece = _fields(replay, names), replay.SLOTS_PER_TRANSFER
    width = chunk[names[0]].shape[1] if names else 0
    for first in range(0, width, piece):
        places = _places(ends, width, first, piece) % size(replay)
        places[:, width - first :] = size(
            replay
        )  # beyond the last slot, so it is dropped
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
