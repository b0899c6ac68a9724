"""Records as trees of values that JSON has, and back, by their type hints (msgspec).

Two tables stand for what JSON lacks: {"array": name}, or its content with dtype and
shape, and {"float": "nan"}.
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
    """Turn `value` into values that JSON has; `from_tree` makes an equal value of them.

    Arrays with axes go into `arrays`, under their dotted path; None: they stay in
    the tree.

    Raises:
        TypeError: `value` holds something that records are not made of.
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
    """Make a `kind` of what `to_tree` made of one.

    Raises:
        ValueError: a key is missing or unknown, or a value is of another type.
    """
    record = msgspec.convert(_plain(tree, arrays), kind, dec_hook=_as_array)
    # msgspec ignores keys that a dataclass does not have, and fills missing ones with
    # defaults.
    _check_keys(record, tree, "record")
    return record


def _is_omitted(record: Any, field: Field) -> bool:
    """Whether a field is stored only where it differs from its default value."""
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
    """Put arrays, and floats that are not finite, where their tables stand."""
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
    """Make an array without axes of a scalar."""
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
