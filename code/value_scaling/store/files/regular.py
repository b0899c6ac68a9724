"""Opening of regular files only, because reading a FIFO or a device may hang."""

import errno
import stat
from io import BufferedReader
from pathlib import Path

TEXT_BYTES = 64 << 20
"""Largest size in bytes of a file that is read in one piece: settings and records."""
ZIP_BYTES = 16 << 30
"""Largest size in bytes of a zip file, on disk and uncompressed: 16 GiB. 100,000
settings of 10 seeds and 1000 points have 8.8 GB, and are read one member at a time. The
largest published archive has 26 MB."""
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}


def open_file(path: Path) -> BufferedReader:
    """Open a file for reading.

    Raises:
        OSError: the file is missing, cannot be read, or is not a regular file.
    """
    kind = stat.S_IFMT(path.stat().st_mode)
    if kind != stat.S_IFREG:
        what = _KINDS.get(kind, "something else")
        raise OSError(errno.EINVAL, f"it is {what}, not a file", str(path))
    return path.open("rb")


def read_file(path: Path, *, most: int = TEXT_BYTES) -> bytes:
    """Return the content of a file that has at most `most` bytes.

    Raises:
        OSError: the file is larger, or `open_file` raises the error.
    """
    with open_file(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes", str(path))
    return content
