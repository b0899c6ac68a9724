"""SB3's Monitor files: one row per episode, with its return r, length l and time t.

An episode ends at the sum of all lengths up to and including its own. Environments that
were stepped together (`0.monitor.csv`, `1.monitor.csv`, … in one folder) are one run:
step s of one of n environments is step n·s of the run.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from value_scaling.importers.logged import Logged
from value_scaling.importers.options import Rules
from value_scaling.importers.sources.files import (
    find,
    name_of,
    settings_beside,
    unreadable,
)
from value_scaling.records import ScalingError

_END = "monitor.csv"


def read_monitor(source: str, rules: Rules) -> Iterator[Logged]:
    """Yield the runs below a folder.

    If a second process continued a file (its times start again), the file does not
    record the step at which that process started. Only `--resumed continue` reads such
    a file, and continues to count from the last episode.

    Raises:
        ScalingError: a file is not a Monitor file, or was continued.
    """
    runs: dict[str, list[Path]] = defaultdict(list)
    for path in find(source, [f"*{_END}"], "a Monitor file of SB3"):
        stem = path.name.removesuffix(_END).rstrip(".")
        own = path.parent if not stem or stem.isdecimal() else path.parent / stem
        runs[name_of(own, source)].append(path)
    for name, paths in runs.items():
        steps, returns, headers = [], [], []
        for path in paths:
            header, rows = _read(path)
            _check_continued(path, rows, rules)
            steps.append(np.cumsum(rows["l"].to_numpy(float)) * len(paths))
            returns.append(rows[rules.metric or "r"].to_numpy(float))
            headers.append(header)
        at = np.concatenate(steps)
        order = np.argsort(at, kind="stable")
        notes = [f"{len(paths)} environments stepped together"] if paths[1:] else []
        yield Logged(
            name=name,
            steps=at[order],
            values=np.concatenate(returns)[order],
            labels={**settings_beside(paths[0].parent), **headers[0]},
            kind="episodes",
            metric=rules.metric or "r",
            notes=tuple(notes),
        )


def _read(path: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the header, which names the environment, and the episodes."""
    try:
        with path.open(encoding="utf-8") as file:
            header = json.loads(file.readline().removeprefix("#"))
            rows = pd.read_csv(file)
        rows = rows.astype({"r": float, "l": float, "t": float})
        if not isinstance(header, dict):
            raise ValueError("no header")
    except (ValueError, KeyError, OSError) as error:
        expected = "a Monitor file of SB3: a header in JSON behind #, then r,l,t"
        raise unreadable(path, error, expected) from error
    return {key: value for key, value in header.items() if value is not None}, rows


def _check_continued(path: Path, rows: pd.DataFrame, rules: Rules) -> None:
    again = np.flatnonzero(np.diff(rows["t"].to_numpy()) < 0)
    if len(again) and rules.resumed != "continue":
        raise ScalingError(
            path,
            found=f"times that start again after episode {again[0] + 1}: a second "
            "process continued this file, which does not record from which step",
            expected="one process, or --resumed continue",
            fix="choose --resumed continue, which continues to count from the last "
            "episode. That is right if the run continued where it had stopped; steps "
            "that were made twice count twice. Or import a log that has the steps, "
            "e.g. with --from tensorboard",
        )
