"""Reading of TOML files that people write."""

import tomllib
from pathlib import Path
from typing import Any

from value_scaling.records import ScalingError
from value_scaling.store.files.regular import read_file

_LARGEST = 1 << 20
"""Largest size of a study or training file in bytes."""


def read_toml(path: Path, kind: str, example: str) -> tuple[dict[str, Any], bytes]:
    """Return the table in a file and the bytes of the file.

    A byte order mark at the start, which some editors write, is ignored.

    Args:
        kind: kind of the file for messages, e.g. `a study file`.
        example: path of a correct file of that kind.

    Raises:
        ScalingError: the file is not a regular file, too large, not in UTF-8 or not in
            TOML.
    """
    try:
        content = read_file(path, most=_LARGEST)
        return tomllib.loads(content.decode("utf-8-sig")), content
    # ValueError: not UTF-8, not TOML, or a number with more digits than Python reads.
    # RecursionError: thousands of nested brackets.
    except (OSError, ValueError, RecursionError) as error:
        raise ScalingError(
            path,
            found=getattr(error, "strerror", None) or str(error),
            expected=f"{kind} in TOML (UTF-8)",
            fix=f"correct the file; {example} is an example",
        ) from error
