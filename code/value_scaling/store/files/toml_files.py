"""TOML files that people write: read, or refused in one message."""

import tomllib
from pathlib import Path
from typing import Any

from value_scaling.records import ScalingError
from value_scaling.store.files.regular import read_file

_LARGEST = 1 << 20
"""Bytes of a study or training file, at most."""


def read_toml(path: Path, kind: str, example: str) -> tuple[dict[str, Any], bytes]:
    """Return the table in a file, and the bytes it was read from.

    A byte order mark at the start, as some editors write, is passed over.

    Args:
        kind: of file, for messages, e.g. `a study file`.
        example: a file of that kind that is right.

    Raises:
        ScalingError: it is no regular file, too large, not in UTF-8, or no TOML.
    """
    try:
        content = read_file(path, most=_LARGEST)
        return tomllib.loads(content.decode("utf-8-sig")), content
    # A ValueError is any of: no UTF-8, no TOML, a number of more digits than Python
    # reads. RecursionError: thousands of nested brackets.
    except (OSError, ValueError, RecursionError) as error:
        raise ScalingError(
            path,
            found=getattr(error, "strerror", None) or str(error),
            expected=f"{kind} in TOML (UTF-8)",
            fix=f"correct the file; {example} is an example",
        ) from error
