"""Trees of arrays as named arrays, and back: what checkpoints are made of."""

from typing import TypeVar

import jax
import numpy as np
from jax.tree_util import KeyPath, keystr

Arrays = dict[str, np.ndarray]
TreeT = TypeVar("TreeT")


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


def flatten(name: str, tree: object) -> Arrays:
    """Return the leaves of a tree, on the host, by `name` and their path."""
    return {
        f"{name}{keystr(path)}": np.array(leaf)
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]
    }


def unflatten(name: str, tree: TreeT, arrays: Arrays) -> TreeT:
    """Return a tree like `tree`, which is given up, with leaves from `flatten`."""

    def leaf(path: KeyPath, old: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        new = arrays[f"{name}{keystr(path)}"]
        if isinstance(old, np.ndarray):
            return new.copy()
        old.delete()  # there may be no room for both
        return jax.numpy.asarray(new)

    return jax.tree_util.tree_map_with_path(leaf, tree)
