"""Convert trees of arrays to named arrays and back, for checkpoints."""

from typing import TypeVar

import jax
import numpy as np
from jax.tree_util import KeyPath, keystr

Arrays = dict[str, np.ndarray]
TreeT = TypeVar("TreeT")


def add_prefix(name: str, arrays: Arrays) -> Arrays:
    """Put `name` and a dot before each name."""
    return {f"{name}.{key}": value for key, value in arrays.items()}


def strip_prefix(name: str, arrays: Arrays) -> Arrays:
    """Undo `add_prefix`: return the arrays whose names begin with `name` and a dot."""
    return {
        key.removeprefix(f"{name}."): value
        for key, value in arrays.items()
        if key.startswith(f"{name}.")
    }


def flatten(name: str, tree: object) -> Arrays:
    """Return the leaves of a tree on the host, named by `name` and their path."""
    return {
        f"{name}{keystr(path)}": np.array(leaf)
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]
    }


def unflatten(name: str, tree: TreeT, arrays: Arrays) -> TreeT:
    """Return a tree like `tree` with leaves from `flatten`; `tree` is deleted."""

    def leaf(path: KeyPath, old: jax.Array | np.ndarray) -> jax.Array | np.ndarray:
        new = arrays[f"{name}{keystr(path)}"]
        if isinstance(old, np.ndarray):
            return new.copy()
        old.delete()  # there may be no memory for both
        return jax.numpy.asarray(new)

    return jax.tree_util.tree_map_with_path(leaf, tree)
