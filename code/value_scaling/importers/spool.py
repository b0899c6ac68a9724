"""Runs kept on disk, so that only one is in memory at a time."""

import tempfile
from dataclasses import dataclass
from typing import IO
from weakref import finalize

import numpy as np


@dataclass(frozen=True, slots=True)
class SpoolPosition:
    """Position of one run in the spool."""

    offset: int
    points: int


class Spool:
    """A temporary file of runs, which is deleted when nothing uses it any more."""

    def __init__(self) -> None:
        """Open the file in the folder of temporary files ($TMPDIR)."""
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        finalize(self, self._file.close)
        self._end = 0

    def put(self, steps: np.ndarray, values: np.ndarray) -> SpoolPosition:
        """Write the steps and values of a run, [points] each; return its position."""
        content = np.stack([steps, values]).astype("<f8").tobytes()
        self._file.seek(self._end)
        self._file.write(content)
        place = SpoolPosition(self._end, len(steps))
        self._end += len(content)
        return place

    def get(self, place: SpoolPosition) -> tuple[np.ndarray, np.ndarray]:
        """Read the steps and values of a run."""
        self._file.seek(place.offset)
        content = self._file.read(16 * place.points)
        steps, values = np.frombuffer(content, "<f8").reshape(2, -1)
        return steps, values
