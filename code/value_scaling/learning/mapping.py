"""Map a function of one run over runs: in turn on a CPU, at once on a GPU."""

from collections.abc import Callable
from typing import TypeVar

import jax
from jax import Array, lax

LAYOUTS = ("map", "vmap")
"""`map` computes one run after another, so none waits for the longest; `vmap` computes
all at once."""

State = TypeVar("State")


def map_runs(
    function: Callable[[Array, State], State],
    states: State,
    *,
    order: Array,
    active: Array | int,
    layout: str,
) -> State:
    """Apply `function(run, state)` to the active runs; the others stay unchanged.

    The number of active runs is a traced loop bound. One program therefore serves
    groups of any size up to its own, and a run's arithmetic does not depend on that
    size. A constant bound of 1 would be inlined and fused differently, and results
    would differ in the last bits.

    Args:
        states: a tree whose leaves have a leading axis [runs].
        order: [runs] int32, the active runs first.
        active: [] int32, number of active runs.
        layout: one of `LAYOUTS`.
    """
    if layout == "vmap":
        runs = jax.numpy.arange(order.shape[0])
        new = jax.vmap(function)(runs, states)
        # Scatter, since `order` may be any permutation.
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
