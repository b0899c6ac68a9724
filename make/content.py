"""Hashes of files, remembered where the file system shows that a file is unchanged.

This module uses only the standard library, because each build starts with it.
"""

import hashlib
import json
import os
import stat
import time
from pathlib import Path

ABSENT = "absent"
SETTLED = 2_000_000_000
"""Nanoseconds after which another change of a file shows in its times. FAT has a
resolution of two seconds, other file systems a finer one."""


class Contents:
    """SHA-256 of files, remembered with size, times and inode.

    A remembered hash is valid only while all of these are unchanged, including the time
    of the last change of the inode, which no user can set. A hash is remembered only if
    the file had not just been changed when it was read (git's index has the same rule).
    """

    def __init__(self, index: Path) -> None:
        self._index = index
        self._read: dict[str, str] = {}
        self._known: dict[str, list] = read_json(index) or {}
        self._new = False

    def hash(self, path: str) -> str:
        """Return the SHA-256 of a file, or the reason why there is none."""
        if path not in self._read:
            self._read[path] = self._hash(path)
        return self._read[path]

    def hashes(self, paths: list[str]) -> dict[str, str]:
        """Return the hash of each path."""
        return {path: self.hash(path) for path in paths}

    def forget(self) -> None:
        """Discard the hashes of this run, because files may have changed."""
        self._read.clear()

    def save(self) -> None:
        """Save the known hashes for the next build."""
        if self._new:
            write_json(self._index, self._known)

    def _hash(self, path: str) -> str:
        now = time.time_ns()
        try:
            found = os.stat(path)
            if not stat.S_ISREG(found.st_mode):
                return "not a file"
            mark = _mark(found)
            known = self._known.get(path)
            if isinstance(known, list) and known[1:] == mark:
                return known[0]
            with open(path, "rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            if _mark(os.stat(path)) == mark and max(mark[1:3]) < now - SETTLED:
                self._known[path] = [content, *mark]
                self._new = True
        except FileNotFoundError:
            return ABSENT
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        return content


def _mark(found: os.stat_result) -> list[int]:
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def read_json(path: Path) -> dict | None:
    """Return the JSON object in a file; None if it is missing or damaged."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_json(path: Path, value: dict) -> None:
    """Write a file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(value))
    part.replace(path)
