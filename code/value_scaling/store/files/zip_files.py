"""Writing of zip files member by member; equal members give equal bytes."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_zip(
    path: Path, members: Iterable[tuple[str, bytes]], *, level: int | None = None
) -> None:
    """Write members, one at a time and without a date, in the order given.

    Args:
        path: a temporary file; see `atomic.write_if_changed`.
        level: of compression, 1 (fast) to 9; None: the default of zlib.
    """
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content, compresslevel=level)


def npy(array: np.ndarray) -> bytes:
    """Return the content of an npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()
