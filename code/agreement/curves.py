"""Learning curves of one side: a tidy table, with a line for each seed and step."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from agreement.rows import HERE, OURS, Row
from value_scaling.records import ScalingError
from value_scaling.store.files.atomic import replace_if_changed

COLUMNS = ["task", "seed", "step", "return"]
CURVES = HERE / "curves"
"""The committed curves, from which everything but training can be made again."""


@dataclass(frozen=True)
class Side:
    """Runs of one side of a row."""

    steps: np.ndarray
    """[points], environment steps, the same for all seeds."""
    returns: np.ndarray
    """[points, seeds], mean return of the training episodes that ended since the last
    point; the last episode's return if none ended."""

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return self.returns.shape[1]


def path_of(row: Row, side: str, folder: Path = CURVES) -> Path:
    """Return the file of one side of a row."""
    name = (row.same_as if side == OURS else row.same_peer_as) or row.name
    return folder / f"{name}.{side}.csv"


def save(path: Path, task: str, side: Side) -> None:
    """Write one side, with six significant digits."""
    points, seeds = side.returns.shape
    table = pd.DataFrame(
        {
            "task": task,
            "seed": np.repeat(np.arange(seeds), points),
            "step": np.tile(side.steps.astype(int), seeds),
            "return": [f"{value:.6g}" for value in side.returns.T.ravel()],
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_if_changed(path, table.to_csv(index=False).encode())


def load(path: Path, task: str) -> Side | None:
    """Read one side; None if there is no such file.

    Steps that some seed lacks are left out.

    Raises:
        ScalingError: the file is not such a table, or it is for another task.
    """
    if not path.exists():
        return None
    try:
        table = pd.read_csv(path)[COLUMNS]
        wide = table.pivot(index="step", columns="seed", values="return").dropna()
    except (ValueError, KeyError) as error:
        raise _unreadable(path, str(error)) from error
    if set(table["task"]) != {task}:
        raise _unreadable(path, f"the tasks {sorted(set(table['task']))}")
    if wide.empty:
        raise _unreadable(path, "no step that all seeds have")
    return Side(wide.index.to_numpy(float), wide.to_numpy(float))


def window_means(
    ends: np.ndarray, returns: np.ndarray, log_steps: np.ndarray
) -> np.ndarray:
    """Return the mean return since the last logged step, as our trainer logs it.

    Args:
        ends: [episodes], environment step at the end of each episode.
        returns: [episodes], its return.

    Returns:
        [points]; the last episode's return where none ended since the last point, and
        NaN before the end of the first episode.
    """
    means = np.full(len(log_steps), np.nan)
    before = np.searchsorted(ends, log_steps, side="right")
    for place, (start, end) in enumerate(zip([0, *before[:-1]], before, strict=True)):
        if end > start:
            means[place] = returns[start:end].mean()
        elif end > 0:
            means[place] = returns[end - 1]
    return means


def _unreadable(path: Path, found: str) -> ScalingError:
    return ScalingError(
        path,
        found=found,
        expected=f"a table with the columns {', '.join(COLUMNS)} of one task",
        fix="correct the file, or delete it: `make agreement` trains what is missing",
    )
