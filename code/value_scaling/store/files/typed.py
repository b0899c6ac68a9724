"""Strict conversion of the values of a TOML file to nested frozen dataclasses.

msgspec converts the values and checks the ranges of the fields. It stops at the first
wrong value and ignores unknown keys. `mismatches` therefore finds every wrong value
first, and a user can correct a file in one go.
"""

import types
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from value_scaling.records import ScalingError

Kind = TypeVar("Kind")
_TOLD = 10
"""Largest number of wrong values in one message."""
_LONGEST = 100
"""Largest number of characters of a value in a message."""
_WORDS = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    tuple: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class Mismatch:
    """One wrong value of a file, with its dotted key and the expected value."""

    path: str
    found: str
    expected: str


def mismatches(value: Any, hint: Any, path: str = "") -> Iterator[Mismatch]:
    """Yield every value below `value` that does not fit the type `hint`."""
    kind = _bare(hint, value)
    wrong = []
    children: list[tuple[str, Any, Any]] = []
    if is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind, include_extras=True)
        left = ", ".join(name for name in hints if name not in value)
        known = f"one of {left}" if left else "none but those that are there"
        wrong += [
            Mismatch(_join(path, key), "an unknown key", known)
            for key in value
            if key not in hints
        ]
        missing = [
            repr(each.name)
            for each in fields(kind)
            if each.name not in value
            and (each.default, each.default_factory) == (MISSING, MISSING)
        ]
        if missing:
            found = f"no key {', '.join(missing)}"
            wrong.append(Mismatch(path or "the file", found, "each of them"))
        children = [(k, v, hints[k]) for k, v in value.items() if k in hints]
    elif get_origin(kind) is dict and isinstance(value, dict):
        of_keys, of_values = get_args(kind)
        for key in value:
            wrong += mismatches(key, of_keys, path)
        children = [(key, item, of_values) for key, item in value.items()]
    elif get_origin(kind) is tuple and isinstance(value, list):
        each, *more = get_args(kind)
        if more == [...]:
            children = [(str(n), item, each) for n, item in enumerate(value)]
        elif len(value) == 1 + len(more):
            pairs = zip(value, (each, *more), strict=True)
            children = [(str(n), item, one) for n, (item, one) in enumerate(pairs)]
    for key, item, below in children:
        wrong += mismatches(item, below, _join(path, key))
    if not wrong and (refusal := _refusal(value, hint)):
        wrong = [Mismatch(path or "the file", _shown(value), _expected(hint, refusal))]
    yield from wrong


def convert(table: dict[str, Any], kind: type[Kind]) -> Kind:
    """Convert a table without mismatches to a `kind`."""
    return msgspec.convert(table, kind)


def refuse(path: Path | str, wrong: list[Mismatch], fix: str) -> ScalingError:
    """Return the error that lists the wrong values in the file at `path`."""
    first, *others = (
        replace(each, path=_cut(each.path), found=_cut(each.found)) for each in wrong
    )
    if others:
        named = [
            f"{each.path} (found {each.found}; expected {each.expected})"
            for each in others[: _TOLD - 1]
        ]
        left = len(others) - len(named)
        named += [f"{left} more"] if left else []
        fix += f". Also wrong in it: {', '.join(named)}"
    return ScalingError(
        f"{path}, {first.path}", found=first.found, expected=first.expected, fix=fix
    )


def _refusal(value: Any, hint: Any) -> str:
    """Return why msgspec refuses a value; empty if it accepts it."""
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _bare(hint: Any, value: Any = None) -> Any:
    """Return the type of a hint without its range, and without None for a value."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0], value)
    if get_origin(hint) in (Union, types.UnionType) and value is not None:
        (rest,) = [each for each in get_args(hint) if each is not type(None)]
        return _bare(rest, value)
    return hint


def _expected(hint: Any, refusal: str) -> str:
    """Describe the expected value in place of a refused one."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = [each for each in get_args(hint) if each is not type(None)]
    for meta in getattr(hint, "__metadata__", ()):
        if meta.description:
            return str(meta.description)
    kind = _bare(hint)
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    fixed = get_origin(kind) is tuple and get_args(kind)[-1] is not ...
    if fixed and "length" in refusal:
        return f"a list of {len(get_args(kind))} items"
    if is_dataclass(kind):
        return _WORDS[dict] if refusal.startswith("Expected") else refusal
    return _WORDS.get(get_origin(kind) or kind, refusal)


def _shown(value: Any) -> str:
    if isinstance(value, list) and not value:
        return "an empty list"
    try:
        text = repr(value)
    except ValueError:  # Python does not print integers of more than 4300 digits
        return "a number of thousands of digits"
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _join(path: str, key: str) -> str:
    key = key if key.isprintable() else repr(key)
    return f"{path}.{key}" if path else key
