"""A tiny study of σ and N with planted laws, its archive, and how a stage reads it."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import (
    SizeArchive,
    SizeGroup,
    SizeStudy,
    SizeTask,
)
from value_scaling.records.study import StepRule
from value_scaling.stats.model_size.data_law import DataLaw
from value_scaling.store.archives.model_size import read_size_runs

NAME = "top/w{width}p{model_size}/utd_{utd}/{task}/{metric}/bs_{batch_size}_end.npy"
EVERY, ROWS = 1000, 400
LAW = DataLaw(2e4, 6e4, 0.5, 4e8, 0.7)  # type: ignore[arg-type]
"""D at the middle level; D at a level is proportional to the level."""
UTDS, WIDTHS = (1, 2, 4, 8), (256, 512, 1024, 2048)
TASK = SizeTask("walk", 100.0, 900.0, 1.5e11, EVERY * ROWS, size_formula=(8, 370, 200))


def size_of(width: int) -> int:
    return 8 * width**2 + 370 * width + 200


def array(utd: float, width: int, seeds: int = 6, noise: float = 0.05) -> np.ndarray:
    """Return a step column and returns that rise linearly, through 500 at D."""
    rng = np.random.default_rng([int(utd), width])
    steps = EVERY * np.arange(1, ROWS + 1, dtype=float)
    data = LAW(utd, size_of(width)) * np.exp(noise * rng.normal(size=seeds))
    return np.column_stack([steps, 500 * steps[:, None] / data])


def member(
    utd: float, width: int, batch_size: int = 256, metric: str = "return"
) -> str:
    size = size_of(width)
    return f"top/w{width}p{size}/utd_{utd}/walk/{metric}/bs_{batch_size}_end.npy"


def npy(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


GRID = {member(u, w): array(u, w) for u in UTDS for w in WIDTHS}


def pack(path: Path, members: dict[str, np.ndarray]) -> Path:
    """Write an archive of these arrays, with the directory entries of a real one."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("top/", b"")
        for name, values in members.items():
            file.writestr(name, npy(values))
    return path


ARCHIVE = SizeArchive(
    file="grid.zip",
    role="grid",
    name=NAME,
    steps=StepRule(EVERY, EVERY),
    metric="return",
    metrics=("critic_loss", "never"),
    empty_metrics=("never",),
)
GROUP = SizeGroup(
    "group", "Planted", "BRO", (TASK,), (ARCHIVE,), flops_per_update=2560,
    ignored_tasks=("other",),
)  # fmt: skip
STUDY = SizeStudy("planted", "Planted sizes", (GROUP,))


@dataclass
class Given:
    """Archives of one folder."""

    study: SizeStudy
    folder: Path
    without: str = ""
    """Name of a group whose archives are not read."""

    def runs(
        self, group: SizeGroup, archive: SizeArchive, *, metric: str | None = None
    ) -> SizeRuns | None:
        path = self.folder / archive.file
        if group.name == self.without or not path.exists():
            return None
        return read_size_runs(path, group, archive, metric=metric)

    def progress(self, items: Sequence[Any]) -> Iterable[Any]:
        return items
