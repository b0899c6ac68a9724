"""What the options of commands may be: the ranges of study and training files."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec

from value_scaling.records import ScalingError


def one(option: str, hint: Any) -> Callable[[str], Any]:
    """Return a reader of one value of a type with a range, see `records.limits`.

    It raises ScalingError, not argparse's own error: one message without the usage.
    """
    kind, meta = get_args(hint)

    def read(text: str) -> Any:
        try:
            return msgspec.convert(kind(text), hint)
        except ValueError as error:  # of `kind` or of msgspec
            raise ScalingError(
                option,
                found=repr(text),
                expected=meta.description,
                fix="correct the value",
            ) from error

    return read


def several(option: str, hint: Any) -> Callable[[str], tuple]:
    """Return a reader of one or more values that are separated by commas."""
    read_one = one(option, hint)

    def read(text: str) -> tuple:
        values = tuple(read_one(each.strip()) for each in text.split(","))
        if len({*values}) < len(values):
            raise ScalingError(
                option,
                found=f"{text!r}, with one value twice",
                expected="each value once",
                fix="correct the list",
            )
        return values

    return read
