"""Runs kept on disk, so that only one is in memory at a time."""

import tempfile
from dataclasses import dataclass
from typing import IO
from weakref import finalize

import numpy as np


@dataclass(frozen=True, slots=True)
class SpoolPosition:
    """Position of one run in the spool, in bytes."""

    steps: int
    values: int
    points: int


class Spool:
    """A temporary file of runs, which is deleted when nothing uses it any more.

    Steps that equal those of the run before are stored once.
    """

    def __init__(self) -> None:
        """Open the file in the folder of temporary files ($TMPDIR)."""
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        finalize(self, self._file.close)
        self._end = 0
        self._last = b"", 0
        """Content and position of the steps that were stored last."""

    def put(self, steps: np.ndarray, values: np.ndarray) -> SpoolPosition:
        """Write the steps and values of a run, [points] each; return its position."""
        content = steps.astype("<f8").tobytes()
        if content != self._last[0]:
            self._last = content, self._append(content)
        at = self._append(values.astype("<f8").tobytes())
        return SpoolPosition(self._last[1], at, len(steps))

    def steps(self, place: SpoolPosition) -> np.ndarray:
        """Read the steps of a run."""
        return self._read(place.steps, place.points)

    def values(self, place: SpoolPosition) -> np.ndarray:
        """Read the values of a run."""
        return self._read(place.values, place.points)

    def _append(self, content: bytes) -> int:
        start = self._end
        self._file.seek(start)
        self._file.write(content)
        self._end += len(content)
        return start

    def _read(self, start: int, points: int) -> np.ndarray:
        self._file.seek(start)
        return np.frombuffer(self._file.read(8 * points), "<f8")
