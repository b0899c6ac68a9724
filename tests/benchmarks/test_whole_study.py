"""CPU seconds of a study's runs, packed as `scaling train` packs them, and in SBX.

A seeded sample of the runs of the sweep of `classic` is trained in SBX, each from start
to end in a process of its own, as a sweep agent starts them. Right before it, the same
setting is trained here for some steps, and the run's share follows from these: its
steps, and its part of the start of a process and of the compilation of its group.

No program is faster than its environments and its matrix products at the peak of the
processor, so both together bound the ratio.

`SBX_PYTHON` names an interpreter with sbx-rl and dm_control. Finished runs are kept in
build/whole_study, so an interrupted benchmark continues.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from products import peak, update_flops

from value_scaling.learning.backend import configure
from value_scaling.learning.envs.registry import sizes
from value_scaling.records.schedule import updates_done
from value_scaling.store.folders import Folders
from value_scaling.store.studies.load import load_study
from value_scaling.store.studies.training import load_training

SAMPLE = 20
"""Number of sampled runs."""
RUNS = int(os.environ.get("BENCH_RUNS", SAMPLE))
"""Number of these runs to make, in their random order."""


def test_classic_in_sbx(root: Path, tmp_path: Path, bench: Any) -> None:
    python = os.environ.get("SBX_PYTHON", "")
    if not python:
        pytest.skip("SBX_PYTHON names no interpreter with sbx-rl")
    study = load_study("classic", Folders.at(root))
    training = load_training(study, Folders.at(root))
    # SBX makes a whole number of updates after each step.
    settings = [
        each
        for each in sorted(study.grid)
        if training.of(each.env).algorithm == "sac" and float(each.utd).is_integer()
    ]
    rng = np.random.default_rng(0)
    sample = [
        (settings[int(place)], int(rng.integers(training.seeds)))
        for place in rng.choice(len(settings), SAMPLE, replace=False)
    ]
    kept = root / "build" / "whole_study"
    kept.mkdir(parents=True, exist_ok=True)
    both, floors = [], []
    configure(root / "build" / "jax_tests", seconds=0.0)
    for number, (setting, seed) in enumerate(sample[:RUNS]):
        task, steps = training.task(setting.env), training.steps(setting)
        values = setting.batch_size, setting.learning_rate
        ours = (sys.executable, "packed_study_run.py", study.name, tmp_path / "cache")
        ours = *ours, setting.env, setting.utd, *values
        theirs = (python, "sbx_run.py", task.engine, task.name, steps)
        theirs = *theirs, int(setting.utd), *values, training.start_training, seed
        found = []
        for side, command in (("ours", ours), ("sbx", theirs)):
            path = kept / f"{number:02d}.{side}.json"
            if not path.exists():
                interpreter, script, *words = map(str, command)
                child = bench.run_child(
                    [interpreter, str(Path(__file__).with_name(script)), *words],
                    folder=tmp_path,
                    environment={
                        "PYTHONPATH": str(root / "code") if side == "ours" else ""
                    },
                )
                lines = child.output.splitlines()
                own = {"cpu": child.cpu, "setting": f"{setting}, seed {seed}"}
                own |= json.loads(lines[-1]) if side == "ours" else {}
                path.write_text(json.dumps(own) + "\n")
            found.append(json.loads(path.read_text()))
        rates = len(study.environment(setting.env).learning_rates)
        share = found[0]["start"] / (rates * training.seeds)
        both.append((share + steps * found[0]["step"], found[1]["cpu"]))
        observation, action, _ = sizes(task.engine, task.name)
        width, batch = training.hidden[0], setting.batch_size
        updates = updates_done(setting.utd, steps - training.start_training)
        flops = updates * update_flops(observation, action, width, batch)
        environment = steps * found[0]["environment"]
        floors.append((flops / peak(width, batch), environment))
    own, other = np.array(both).T
    rng = np.random.default_rng(1)
    drawn = rng.integers(RUNS, size=(2000, RUNS))
    ratios = other[drawn].sum(axis=1) / own[drawn].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    products, environments = np.sum(floors, axis=0)
    single = other / own
    what = f"{RUNS} sampled runs of classic's sweep"
    bench.record(f"{what}, ours, packed: CPU a run", own.mean(), "s")
    bench.record(f"{what}, SBX, start-up included: CPU a run", other.mean(), "s")
    bench.record(
        f"{what}: SBX / ours (95%: {low:.1f} to {high:.1f})",
        other.sum() / own.sum(),
        "×",
        target="6",
        note=f"single runs: {single.min():.1f} to {single.max():.1f}",
    )
    for part, seconds in ("matrix products", products), ("environment", environments):
        bench.record(f"{what}: {part}, share of ours", 100 * seconds / own.sum(), "%")
    bench.record(
        f"{what}: SBX / matrix products and environment alone",
        other.sum() / (products + environments),
        "×",
    )
