"""Final scores as the library rliable reads them: algorithm -> [runs, tasks].

An algorithm is a set of runs at one σ, or one cell of the sweep. rliable needs the same
number of runs in every task, so each algorithm has as many as its task with the fewest
seeds, and an algorithm that lacks a task is left out.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.records import SETS, Curves, Runs, Study
from value_scaling.records.axes import FITTED, words_of
from value_scaling.records.defaults.scale import FULL
from value_scaling.store.files.atomic import write_if_changed
from value_scaling.store.files.outputs import save_json
from value_scaling.store.files.zip_files import write_zip

LAST = 0.1
"""Share of the logged points, at the end of a run, whose mean is its score."""


def write_rliable(folder: Path, study: Study, every: Iterable[Runs]) -> list[Path]:
    """Write scores.npz, and scores.json with the tasks in the order of the columns.

    Args:
        every: normalised runs (see `workflow.data.collect`).
    """
    scores: dict[str, np.ndarray] = {}
    left_out: list[str] = []
    tasks = list(study.environment_names)
    for runs in every:
        found: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
        for curve in runs.curves:
            found[_algorithm(runs.set_name, curve)][curve.setting.env] = _scores(curve)
        for name, own in found.items():
            if own.keys() != {*tasks}:
                left_out.append(name)
                continue
            seeds = min(len(each) for each in own.values())
            scores[name] = np.column_stack([own[task][:seeds] for task in tasks])
    arrays, about = folder / "scores.npz", folder / "scores.json"
    write_if_changed(arrays, lambda part: write_zip(part, scores.items()))
    document: dict[str, Any] = {
        "study": study.name,
        "tasks": tasks,
        "score": f"mean return of the last {LAST:.0%} of the logged points; "
        "0 is min_return and 1 is max_return of the study file",
        "algorithms": list(scores),
        "left_out": left_out,
    }
    save_json(about, document)
    return [arrays, about]


def _algorithm(set_name: str, curve: Curves) -> str:
    """Name the runs of a setting; runs that differ only in the task have one name."""
    fitted = {axis.name for axis in FITTED}
    values = {
        name: value
        for name, value in curve.setting.values.items()
        if set_name == SETS[0] or name not in fitted
    }
    return f"{set_name}, {words_of(values)}"


def _scores(curve: Curves) -> np.ndarray:
    """Return the score of each seed; the normalised return `FULL` is a score of 1."""
    points = max(1, round(LAST * len(curve.steps)))
    return np.asarray(curve.returns[-points:].mean(axis=0) / FULL)
