"""HalfCheetah-v4 with the paper's settings, compared with the authors' runs.

`HALFCHEETAH_STEPS=31000 make bench ARGS="-k halfcheetah"` trains 8 seeds at σ = 1, B =
256, η = 1e-3. That many steps take about 25 minutes of one core. The authors' returns
are in `gym_sweep.zip`.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from value_scaling.learning.backend import configure
from value_scaling.learning.training.registry import make_group, make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.stats.bootstrap import interval
from value_scaling.store.archives.read import read_runs
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training

SETTING = Setting("HalfCheetah-v4", 1.0, 256, 1e-3)
STEPS = int(os.environ.get("HALFCHEETAH_STEPS", "0"))


@pytest.mark.skipif(not STEPS, reason="HALFCHEETAH_STEPS says how many steps to take")
def test_halfcheetah_beside_the_authors_runs(
    root: Path, published: Path, bench: Any
) -> None:
    configure(root / "build" / "jax")
    folders = Folders.at(root)
    study = load_study("gym", folders)
    training = load_training(study, folders)
    task = replace(
        training.task(SETTING.env), engine="gymnasium", steps=STEPS, log_start=2000
    )
    training = replace(training, tasks=(task,), diagnostics_every=STEPS)
    runs = [Run("gym", "sweep", SETTING, seed) for seed in range(training.seeds)]
    program = make_program(runs, training, capacity=len(runs), max_env_steps=STEPS)
    group = make_group(runs, training, program)
    while not group.done:
        group.advance(group.step + 1000)
        print(f"{group.step} of {STEPS}", flush=True)
    curves = group.curves()
    archive = read_runs(published / "gym_sweep.zip", study, "sweep")
    (theirs,) = (each for each in archive.curves if each.setting == SETTING)
    shared = np.intersect1d(curves[0].log_steps, theirs.steps)
    for step in shared[shared % 5000 == STEPS % 5000]:
        ours = [float(c.returns[c.log_steps == step][0]) for c in curves]
        for who, values in (
            ("ours", np.array(ours)),
            ("the authors'", theirs.returns[theirs.steps == step][0]),
        ):
            low, high = _mean_interval(values)
            bench.record(
                f"HalfCheetah-v4, σ 1, B 256, η 1e-3, step {step:g}: return, {who}",
                float(values.mean()),
                "",
                note=f"{low:.0f} to {high:.0f}",
            )


def _mean_interval(values: np.ndarray) -> np.ndarray:
    """95% interval of the mean over seeds, by resampling them."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(values, (10_000, len(values)))
    return np.asarray(interval(drawn.mean(axis=1)))
