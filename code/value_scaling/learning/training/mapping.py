"""A function of one run, mapped over runs: in turn on a CPU, at once on a GPU."""

from collections.abc import Callable
from typing import TypeVar

import jax
from jax import Array, lax

LAYOUTS = ("map", "vmap")
"""`map`: one run after another, each at full speed and none waiting for the longest;
`vmap`: all at once."""

State = TypeVar("State")


def map_runs(
    function: Callable[[Array, State], State],
    states: State,
    *,
    order: Array,
    active: Array | int,
    layout: str,
) -> State:
    """Apply `function(run, state)` to the active runs; the others stay as they are.

    The number of active runs is a traced loop bound. So one program serves groups of
    any size up to its own, and a run's arithmetic does not depend on that size: a
    constant bound of 1 would be inlined, fused otherwise, and differ in the last bits.

    Args:
        states: a tree whose leaves have a leading axis [runs].
        order: [runs] int32, the active runs first.
        active: [] int32, how many.
        layout: one of `LAYOUTS`.
    """
    if layout == "vmap":
        runs = jax.numpy.arange(order.shape[0])
        new = jax.vmap(function)(runs, states)
        # scatter, as `order` may be any permutation
        chosen = jax.numpy.zeros(order.shape, bool).at[order].set(runs < active)
        return jax.tree.map(
            lambda a, b: jax.numpy.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), a, b),
            new,
            states,
        )

    def body(place: Array, states: State) -> State:
        run = order[place]
        state = jax.tree.map(
            lambda x: lax.dynamic_index_in_dim(x, run, keepdims=False), states
        )
        return jax.tree.map(
            lambda x, y: lax.dynamic_update_index_in_dim(x, y, run, 0),
            states,
            function(run, state),
        )

    return lax.fori_loop(0, active, body, states)
