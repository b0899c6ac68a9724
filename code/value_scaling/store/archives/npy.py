"""Safe reading of one npy file in memory: a two-dimensional array of numbers."""

import io
import warnings

import numpy as np

from value_scaling.records import ScalingError
from value_scaling.store.archives.zips import MEMBER_BYTES

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_PICKLE = b"\x80"
_SAVE = "save it again with numpy.save as an array of floats, one row per log point"


def parse_npy(content: bytes, where: str, *, must_be_finite: bool = True) -> np.ndarray:
    """Return the array of an npy file as float64, [rows, columns].

    Nothing is unpickled, and memory is allocated only after a check of the header.

    Args:
        content: content of the whole file.
        where: name of the file, for messages.
        must_be_finite: whether NaN and infinities are refused.

    Raises:
        ScalingError: the file contains anything else.
    """
    if content[:1] == _PICKLE:
        raise _refused(where, "a Python pickle, which is never loaded")
    stream = io.BytesIO(content)
    try:
        with warnings.catch_warnings(action="ignore"):
            shape, fortran, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
    # NumPy parses the header, which is not trusted, as Python. Its exceptions are not
    # documented, and all of them mean the same here.
    except Exception as error:
        raise _refused(where, f"no npy file ({error!r:.200})") from error
    if dtype.hasobject:
        raise _refused(where, "Python objects (a pickle inside), which are not loaded")
    if dtype.kind not in "iuf":
        raise _refused(where, f"values of type {dtype}")
    if len(shape) != 2 or min(shape) < 0:
        raise _refused(where, f"an array of shape {shape}")
    values = shape[0] * shape[1]
    if values * 8 > MEMBER_BYTES:
        raise _refused(where, f"{values} values, over {MEMBER_BYTES >> 20} MiB")
    offset = stream.tell()
    if values * dtype.itemsize != len(content) - offset:
        found = f"{len(content) - offset} bytes for an array of {shape} {dtype}"
        raise _refused(where, f"{found}, which needs {values * dtype.itemsize}")
    array = np.frombuffer(content, dtype=dtype, offset=offset)
    with np.errstate(over="ignore"):
        array = array.astype(float).reshape(shape, order="F" if fortran else "C")
    if must_be_finite:
        _check_finite(array, where)
    return array


def _check_finite(array: np.ndarray, where: str) -> None:
    bad = ~np.isfinite(array)
    if not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    nans = int(np.isnan(array).sum())
    raise ScalingError(
        where,
        found=f"{nans} NaN and {int(bad.sum()) - nans} infinite of {array.size} values,"
        f" the first in row {row}, column {column}",
        expected="finite numbers",
        fix="remove the rows without values, or the seeds that diverged",
    )


def _refused(where: str, found: str) -> ScalingError:
    expected = "an npy file of numbers, shape (log points, 1 + seeds)"
    return ScalingError(where, found=found, expected=expected, fix=_SAVE)
