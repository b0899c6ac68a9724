"""From plain values (of TOML, of JSON) to nested frozen dataclasses, and back.

Nothing is guessed or converted but a whole number where a float is wanted: an unknown
key, a missing key and a value of another type are a Mismatch that says where.
"""

import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

ARRAY, FLOAT = "array", "float"
"""Keys of the tables that stand for an array, and for a float that is not finite."""
NOT_FINITE = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


class Mismatch(ValueError):
    """A value that does not fit the type wanted, and where it stands."""

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(f"{path}: {found}, not {expected}")
        self.path, self.found, self.expected = path, found, expected


def build(
    hint: Any,
    value: Any,
    *,
    path: str = "",
    arrays: dict[str, np.ndarray] | None = None,
    defaults: bool = True,
) -> Any:
    """Make a `hint` (dataclass, tuple, dict, plain type) of `value`.

    Args:
        path: of `value` in its file, for messages: keys joined by dots.
        arrays: by the name that `{"array": name}` gives.
        defaults: whether a key may be missing where its field has a default.

    Raises:
        Mismatch: see above.
    """

    def below(hint: Any, value: Any, key: str) -> Any:
        inner = f"{path}.{key}" if path else key
        return build(hint, value, path=inner, arrays=arrays, defaults=defaults)

    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        table = _expect(value, dict, path, "a table")
        values = _fields(hint, table, path, below, defaults)
        kind: Any = hint
        try:
            return kind(**values)
        except ValueError as error:  # what the dataclass itself checks
            raise Mismatch(path, f"{error}", f"a {kind.__name__}") from error
    if origin is tuple:
        items = _expect(value, list, path, "a list")
        many = arguments[-1] is Ellipsis
        hints = arguments[:1] * len(items) if many else arguments
        if len(items) != len(hints):
            raise Mismatch(path, f"{len(items)} items", f"{len(hints)} items")
        return tuple(
            below(hints[number], item, str(number)) for number, item in enumerate(items)
        )
    if origin is dict:
        table = _expect(value, dict, path, "a table")
        return {key: below(arguments[1], item, key) for key, item in table.items()}
    if origin in (Union, types.UnionType):
        return _union(arguments, value, path, arrays, defaults)
    if hint is np.ndarray:
        return _array(value, path, arrays)
    return _plain(hint, value, path)


def _fields(hint: Any, table: dict, path: str, below: Any, defaults: bool) -> dict:
    hints = get_type_hints(hint)
    where = path or "the file"
    for key in table:
        if key not in hints:
            known = ", ".join(hints)
            raise Mismatch(f"{path}.{key}" if path else key, "an unknown key", known)
    for field in fields(hint):
        has_default = (field.default, field.default_factory) != (MISSING, MISSING)
        if field.name not in table and not (defaults and has_default):
            raise Mismatch(where, f"no key {field.name!r}", "one")
    return {key: below(hints[key], item, key) for key, item in table.items()}


def _union(
    hints: tuple, value: Any, path: str, arrays: dict | None, defaults: bool
) -> Any:
    if value is None and type(None) in hints:
        return None
    rest = [hint for hint in hints if hint is not type(None)]
    is_array = isinstance(value, dict) and ARRAY in value
    if np.ndarray in rest and (is_array or len(rest) == 1):
        return _array(value, path, arrays)
    rest = [hint for hint in rest if hint is not np.ndarray]
    if len(rest) != 1:
        raise TypeError(f"{path}: cannot tell the types {hints} apart")
    return build(rest[0], value, path=path, arrays=arrays, defaults=defaults)


def _array(value: Any, path: str, arrays: dict | None) -> np.ndarray:
    if not (isinstance(value, dict) and ARRAY in value):  # a scalar in its place
        return np.array(_plain(float, value, path))
    table = value
    content = table.get(ARRAY)
    if isinstance(content, str):
        if arrays is None or content not in arrays:
            raise Mismatch(path, f"no array {content!r}", "one")
        return arrays[content]
    try:
        return np.array(content, dtype=table["dtype"]).reshape(table["shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise Mismatch(path, f"no array ({error})", "one") from error


def _plain(hint: Any, value: Any, path: str) -> Any:
    if hint is float:
        if isinstance(value, dict) and value.get(FLOAT) in NOT_FINITE:
            return NOT_FINITE[value[FLOAT]]
        if type(value) in (int, float):
            return float(value)
    elif hint in (str, int, bool) and type(value) is hint:
        return value
    raise Mismatch(path, f"{value!r}"[:80], _NAMES.get(hint, str(hint)))


def _expect(value: Any, kind: type, path: str, name: str) -> Any:
    if not isinstance(value, kind):
        raise Mismatch(path or "the file", f"{value!r}"[:80], name)
    return value


_NAMES = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "true or false",
}


def unbuild(
    value: Any, *, path: str = "", arrays: dict[str, np.ndarray] | None = None
) -> Any:
    """Turn `value` into what JSON knows; `build` makes an equal value of it.

    Arrays with axes go into `arrays`, under their dotted path; None: they stay.

    Raises:
        TypeError: `value` holds something else than what records are made of.
    """
    if is_dataclass(value):
        named: Any = (
            (field.name, getattr(value, field.name)) for field in fields(value)
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
        key: unbuild(item, path=f"{path}.{key}" if path else key, arrays=arrays)
        for key, item in named
    }
    return list(items.values()) if isinstance(value, tuple) else items


def _array_table(value: np.ndarray, path: str, arrays: dict | None) -> Any:
    if value.dtype.kind not in "biuf":
        raise TypeError(f"{path}: arrays of {value.dtype} are not stored")
    if arrays is not None and value.ndim:
        while path in arrays:  # keys may hold dots too
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
