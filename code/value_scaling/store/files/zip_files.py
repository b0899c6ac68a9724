"""Writing of zip files member by member; equal members give equal bytes."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_zip(
    path: Path,
    members: Iterable[tuple[str, bytes | np.ndarray]],
    *,
    level: int | None = None,
) -> None:
    """Write members, one at a time and without a date, in the order given.

    Args:
        path: a temporary file; see `atomic.write_if_changed`.
        members: names and contents. An array becomes the npy file `<name>.npy`, in
            pieces and therefore without a copy of the whole array.
        level: of compression, 1 (fast) to 9; None: the default of zlib.
    """
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members:
            is_array = isinstance(content, np.ndarray)
            info = zipfile.ZipInfo(f"{name}.npy" if is_array else name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            if isinstance(content, bytes):
                file.writestr(info, content, compresslevel=level)
            else:
                _write_array(file, info, np.ascontiguousarray(content), level)


def _write_array(
    file: zipfile.ZipFile, info: zipfile.ZipInfo, array: np.ndarray, level: int | None
) -> None:
    """Write an npy file; NumPy hands it to the zip file in pieces of some MiB."""
    # The expected size decides between the two formats of a member's header.
    info.file_size = len(npy(array[:0])) + array.nbytes
    info._compresslevel = level  # type: ignore[attr-defined]
    with file.open(info, "w") as member:
        np.lib.format.write_array(member, array, allow_pickle=False)


def npy(array: np.ndarray) -> bytes:
    """Return the content of an npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()
