"""Conversion of records to trees of JSON values and back, by their type hints
(msgspec).

Two tables represent values that JSON lacks: {"array": name}, or the content of the
array with dtype and shape, and {"float": "nan"}.
"""

from dataclasses import Field, fields, is_dataclass
from typing import Any, TypeVar

import msgspec
import numpy as np

Record = TypeVar("Record")
ARRAY, FLOAT = "array", "float"
_INLINE = {ARRAY, "dtype", "shape"}
_KINDS = "biuf"
_NOT_FINITE = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


def to_tree(
    value: Any, *, path: str = "", arrays: dict[str, np.ndarray] | None = None
) -> Any:
    """Convert `value` to a tree of JSON values, which `from_tree` converts back.

    Arrays with axes go into `arrays` under their dotted path, or stay in the tree if
    `arrays` is None.

    Raises:
        TypeError: `value` holds a type that records do not contain.
    """
    if is_dataclass(value):
        named: Any = (
            (field.name, getattr(value, field.name))
            for field in fields(value)
            if not _is_omitted(value, field)
        )
    elif isinstance(value, dict):
        named = value.items()
    elif isinstance(value, tuple):
        named = ((str(number), item) for number, item in enumerate(value))
    elif isinstance(value, np.ndarray):
        return _array_table(value, path, arrays)
    else:
        return _scalar(value, path)
    items = {
        key: to_tree(item, path=f"{path}.{key}" if path else key, arrays=arrays)
        for key, item in named
    }
    return list(items.values()) if isinstance(value, tuple) else items


def from_tree(tree: Any, kind: type[Record], arrays: dict[str, np.ndarray]) -> Record:
    """Convert the result of `to_tree` back to a `kind`.

    Raises:
        ValueError: a key is missing or unknown, or a value is of another type.
    """
    record = msgspec.convert(_plain(tree, arrays), kind, dec_hook=_as_array)
    # msgspec ignores unknown keys and fills missing keys with defaults.
    _check_keys(record, tree, "record")
    return record


def _is_omitted(record: Any, field: Field) -> bool:
    """Return whether a field is omitted because it has its default value."""
    return "omit" in field.metadata and getattr(record, field.name) == field.default


def _check_keys(record: Any, tree: Any, path: str) -> None:
    if is_dataclass(record):
        names = {
            field.name
            for field in fields(record)
            if field.name in tree or not _is_omitted(record, field)
        }
        for name in sorted(names ^ tree.keys()):
            what = "no key" if name in names else "an unknown key"
            raise ValueError(f"{path}: {what} {name!r}")
        for name in names:
            _check_keys(getattr(record, name), tree[name], f"{path}.{name}")
    elif isinstance(record, tuple):
        for number, (item, below) in enumerate(zip(record, tree, strict=True)):
            _check_keys(item, below, f"{path}.{number}")
    elif isinstance(record, dict):
        for key, item in record.items():
            _check_keys(item, tree[key], f"{path}.{key}")


def _plain(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Replace the tables of arrays and of non-finite floats by their values."""
    if isinstance(tree, list):
        return [_plain(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.keys() == {FLOAT} and str(tree[FLOAT]) in _NOT_FINITE:
        return _NOT_FINITE[str(tree[FLOAT])]
    if tree.keys() == {ARRAY}:
        if str(tree[ARRAY]) not in arrays:
            raise ValueError(f"no array {tree[ARRAY]!r}")
        return arrays[str(tree[ARRAY])]
    if tree.keys() == _INLINE:
        try:
            kind = np.dtype(tree["dtype"])
            if kind.kind not in _KINDS:
                raise ValueError(f"arrays of {kind}")
            return np.array(tree[ARRAY], dtype=kind).reshape(tree["shape"])
        except (TypeError, OverflowError) as error:
            raise ValueError(f"no array ({error})") from error
    return {key: _plain(item, arrays) for key, item in tree.items()}


def _as_array(kind: type, value: Any) -> Any:
    """Convert a scalar to an array without axes."""
    if isinstance(value, np.ndarray):
        return value
    if type(value) in (int, float):
        return np.array(float(value))
    raise ValueError(f"Expected an array, got {value!r:.40}")


def _array_table(value: np.ndarray, path: str, arrays: dict | None) -> Any:
    if value.dtype.kind not in _KINDS:
        raise TypeError(f"{path}: arrays of {value.dtype} are not stored")
    if arrays is not None and value.ndim:
        while path in arrays:  # keys may contain dots too
            path += "_"
        arrays[path] = value
        return {ARRAY: path}
    content = [x if np.isfinite(x) else str(x) for x in value.ravel().tolist()]
    return {ARRAY: content, "dtype": value.dtype.str, "shape": list(value.shape)}


def _scalar(value: Any, path: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return {FLOAT: str(value)}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"{path}: a {type(value).__name__} is not stored")
