"""Runs kept on disk, so that only one is in memory at a time."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import numpy as np


@dataclass(frozen=True)
class SpoolPosition:
    """Position of one run in the spool."""

    offset: int
    points: int


class Spool:
    """A temporary file of runs, which is deleted when it is closed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._end = 0

    def put(self, steps: np.ndarray, values: np.ndarray) -> SpoolPosition:
        """Write a run, [points] each; return its place."""
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


@contextmanager
def open_spool() -> Iterator[Spool]:
    """Open a spool in the folder of temporary files."""
    with tempfile.TemporaryFile() as file:
        yield Spool(file)
