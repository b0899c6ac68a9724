"""The state of a group as named arrays: all that changes, but its replays' contents."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from value_scaling.learning.replay import chunks

if TYPE_CHECKING:
    from value_scaling.learning.training.group import Group

RINGS = ("memory", "validation")
"""A group's replays, whose contents are cut and pasted in chunks."""
STREAMS = ("streams", "validation_streams")
_MARKS = ("head", "first", "count")

Arrays = dict[str, np.ndarray]


def state(group: "Group") -> Arrays:
    """Return everything that changes, as arrays, but the contents of `RINGS`."""
    arrays = {
        "step": np.array(group.step),
        "validation_actions": group.validation_actions.copy(),
        **_flatten("learners", group.learners),
        **{f"host.{key}": value.copy() for key, value in group.host.items()},
    }
    for ring in RINGS:
        memory = getattr(group, ring)
        marks = {name: np.array(getattr(memory, name)) for name in _MARKS}
        arrays |= prefix(ring, {**marks, "slots": np.array(group.slots(ring))})
    for name in STREAMS:
        arrays |= prefix(name, getattr(group, name).snapshot())
    return arrays


def fits(group: "Group", arrays: Arrays) -> bool:
    """Whether a state is of a group built like this one."""
    own = state(group)
    if not own.keys() <= arrays.keys():
        return False
    for key, value in own.items():
        other = arrays[key]
        if (value.dtype, value.ndim) != (other.dtype, other.ndim):
            return False
        if key.startswith("learners") and value.shape != other.shape:
            return False
    for ring in RINGS:
        slots, others = group.slots(ring), int(arrays[f"{ring}.slots"])
        furthest = int(arrays[f"host.{ring}_heads"].max())
        # A ring that has wrapped has its slots elsewhere in one of another size.
        if slots != others and furthest >= min(slots, others):
            return False
    return True


def restore(group: "Group", arrays: Arrays) -> None:
    """Take over a state; the contents of `RINGS` are to be pasted after it."""
    group.step = int(arrays["step"])
    group.validation_actions = arrays["validation_actions"].copy()
    group.learners = _unflatten("learners", group.learners, arrays)
    group.host = {key: arrays[f"host.{key}"].copy() for key in group.host}
    for ring in RINGS:
        memory: Any = chunks.empty_like(getattr(group, ring))
        marks = {name: jax.numpy.asarray(arrays[f"{ring}.{name}"]) for name in _MARKS}
        setattr(group, ring, memory.replace(**marks))


def prefix(name: str, arrays: Arrays) -> Arrays:
    """Put `name` and a dot before each name."""
    return {f"{name}.{key}": value for key, value in arrays.items()}


def below(name: str, arrays: Arrays) -> Arrays:
    """Return what `prefix` was given."""
    return {
        key.removeprefix(f"{name}."): value
        for key, value in arrays.items()
        if key.startswith(f"{name}.")
    }


def _flatten(name: str, tree: Any) -> Arrays:
    return {
        f"{name}{jax.tree_util.keystr(path)}": np.array(leaf)
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]
    }


def _unflatten(name: str, tree: Any, arrays: Arrays) -> Any:
    def leaf(path: Any, old: Any) -> Any:
        new = arrays[f"{name}{jax.tree_util.keystr(path)}"]
        old.delete()  # there may be no room for both
        return jax.numpy.asarray(new)

    return jax.tree_util.tree_map_with_path(leaf, tree)
