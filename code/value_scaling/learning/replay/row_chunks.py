"""What was written to the replays of PQL runs since some time before, and back again.

As `chunks` does for replays of one environment a run. A replay of thousands of
environments is a ring of rows, one each simulator step; only the rows that were written
since the last checkpoint leave the device.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.replay.parallel_replay import GOES_ON, Rows

FIELDS = ("observations", "actions", "rewards", "ends")
"""Of `Rows`, those with an axis [row], after the axis [runs]. The others are small."""
PIECE = 64
"""Rows of each run that are moved at once: one compiled program for any number."""
_FIRST = "first"


def cut(rows: Rows, since: int, now: int) -> dict[str, np.ndarray]:
    """Return what was written between two counts of rows and is still there.

    Returns:
        `first`, the count before the first row of it, and `FIELDS`, [runs, rows, ...].
    """
    size = rows.rewards.shape[1]
    first = max(since, now - size, 0)
    contents = _contents(rows)
    found = {
        name: np.empty((x.shape[0], now - first, *x.shape[2:]), x.dtype)
        for name, x in contents.items()
    }
    for start in range(0, now - first, PIECE):
        places = (first + start + np.arange(PIECE)) % size
        piece = jax.device_get(_take(contents, places.astype(np.int32)))
        for name, values in piece.items():
            found[name][:, start : start + PIECE] = values[:, : now - first - start]
    return {_FIRST: np.array(first), **found}


def paste(rows: Rows, chunk: Mapping[str, np.ndarray]) -> Rows:
    """Write a chunk to where it was cut from. `rows` is given up."""
    size, first = rows.rewards.shape[1], int(chunk[_FIRST])
    contents, count = _contents(rows), chunk["rewards"].shape[1]
    for start in range(0, count, PIECE):
        places = (first + start + np.arange(PIECE)) % size
        places[count - start :] = size  # beyond the last row: left out
        piece = {name: _piece(chunk[name], start) for name in FIELDS}
        contents = _set(contents, places.astype(np.int32), piece)
    return rows.replace(**contents)  # type: ignore[attr-defined]


def without(rows: Rows) -> Rows:
    """Return the replay with nothing in its rows, in the place of `rows`, which is
    given up."""
    shapes = {
        name: jax.ShapeDtypeStruct(x.shape, x.dtype)
        for name, x in _contents(rows).items()
    }
    for each in _contents(rows).values():
        each.delete()  # before the zeros are made: there may be no room for both
    blank = {
        name: jnp.full(x.shape, GOES_ON if name == "ends" else 0, x.dtype)
        for name, x in shapes.items()
    }
    return rows.replace(**blank)  # type: ignore[attr-defined]


def _contents(rows: Rows) -> dict[str, Array]:
    return {name: getattr(rows, name) for name in FIELDS}


def _piece(values: np.ndarray, start: int) -> np.ndarray:
    part = values[:, start : start + PIECE]
    whole = np.zeros((len(part), PIECE, *part.shape[2:]), part.dtype)
    whole[:, : part.shape[1]] = part
    return whole


@jax.jit
def _take(contents: dict[str, Array], places: Array) -> dict[str, Array]:
    return {name: x[:, places] for name, x in contents.items()}


@partial(jax.jit, donate_argnums=(0,))
def _set(
    contents: dict[str, Array], places: Array, piece: dict[str, Any]
) -> dict[str, Array]:
    return {
        name: x.at[:, places].set(piece[name], mode="drop")
        for name, x in contents.items()
    }
