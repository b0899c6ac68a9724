"""Data of runs at many σ and N, compared with values of the authors' code."""

import csv
from pathlib import Path

import numpy as np
import pytest

from value_scaling.records import Curves, ScalingError, Setting
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import SizeGroup, SizeTask
from value_scaling.store.archives.model_size import read_size_runs
from value_scaling.store.studies.model_size import load_size_study
from value_scaling.workflow.model_size.crossings import (
    best_of_batches,
    cleaned,
    proposed_level,
    reached,
)

TASK = SizeTask("walk", 1.0, 10.0, 1e9, 800)


def curve(*returns: float, utd: float = 1.0) -> Curves:
    values = {"utd": utd, "batch_size": 16, "learning_rate": 1e-3, "model_size": 100}
    steps = 100.0 * np.arange(1, len(returns) + 1)
    return Curves(Setting.of("walk", values), steps, np.array([returns, returns]).T)


def test_rows_after_a_reset_are_dropped_until_the_mean_is_back() -> None:
    found = cleaned(curve(1, 2, 3, 0, 2, 3, 4, 5, 6), TASK, reset_every=300)
    assert found.steps.tolist() == [100, 200, 300, 600, 700, 800]
    assert cleaned(curve(1, 2, 3, 0, 2, 3, 4), TASK, None).steps[-1] == 700
    never = cleaned(curve(1, 2, 3, 0, 1, utd=1), TASK, reset_every=300)
    assert never.steps.tolist() == [100, 200, 300]
    assert len(cleaned(curve(1, 2, 3, 4), TASK, reset_every=50).steps) == 4


def all_runs(folder: Path, group: str, role: str) -> list[tuple[SizeGroup, SizeRuns]]:
    (own,) = (g for g in load_size_study("followup").groups if g.name == group)
    return [
        (own, read_size_runs(folder / archive.file, own, archive))
        for archive in own.with_role(role)  # type: ignore[arg-type]
    ]


def table(path: Path, *keys: str) -> dict[tuple[str, ...], list[float]]:
    with path.open(newline="") as file:
        return {
            tuple(str(float(row[k])) if k != "env_name" else row[k] for k in keys): [
                float(row[f"D{j}"] or "nan") for j in range(20)
            ]
            for row in csv.DictReader(file)
            if row.get("archive", "x") in ("x", path.name, "fitted_bs")
        }


def key(setting: Setting) -> tuple[str, ...]:
    numbers = setting.utd, setting.width, setting.batch_size
    return setting.env, *(str(float(number)) for number in numbers if number)


@pytest.mark.parametrize(
    ("group", "file", "count"),
    [("bro", "crossings_bro_fig.csv", 67), ("simbav2", "crossings_simbav2.csv", 128)],
)
def test_every_level_is_reached_where_the_authors_code_says(
    followup: Path, reference: Path, group: str, file: str, count: int
) -> None:
    names = "env_name", "utd", "critic_width", "batch_size"
    theirs = table(reference / "followup" / file, *names)
    ours = {}
    for own, runs in all_runs(followup, group, "grid"):
        for task in own.tasks:
            found = reached(runs, task, study="followup", replicates=0, seed=0)
            ours |= {key(s): d for s, d in zip(found.settings, found.data, strict=True)}
    assert len(ours) == count
    for setting, data in ours.items():
        np.testing.assert_array_equal(data, theirs[setting], err_msg=str(setting))


def test_the_authors_rule_gives_the_levels_of_deepmind_control(followup: Path) -> None:
    ((group, runs),) = all_runs(followup, "dmc", "grid")
    found = {task.name: proposed_level(runs, task) for task in group.tasks}
    assert found == {task.name: task.highest_level for task in group.tasks}
    with pytest.raises(ScalingError, match="no settings"):
        proposed_level(runs, TASK)


def test_the_best_batch_size_is_taken_in_each_replicate(followup: Path) -> None:
    ((group, runs),) = all_runs(followup, "simbav2", "grid")
    task = group.tasks[0]
    found = reached(runs, task, study="followup", replicates=20, seed=0)
    best = best_of_batches(found)
    assert len(best.settings) == len(found.settings) / 4
    for row, setting in enumerate(best.settings):
        own = [
            r for r, s in enumerate(found.settings)
            if (s.utd, s.width) == (setting.utd, setting.width)
        ]  # fmt: skip
        np.testing.assert_array_equal(
            best.data[row], np.nanmin(found.data[own], axis=0)
        )
        least = np.fmin.reduce(found.drawn[:, own], axis=1)
        np.testing.assert_array_equal(best.drawn[:, row], least)
