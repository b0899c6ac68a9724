"""Compare a run that is killed and resumed with an uninterrupted one.

The runs that are compared share their compiled programs. After another compilation, a
GPU may multiply in another order and round differently.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from value_scaling.learning.agents.pql import PQLConfig
from value_scaling.learning.agents.sac import SACConfig
from value_scaling.learning.backend import configure, critic_layout, layout
from value_scaling.learning.training.device_group import DeviceGroup
from value_scaling.learning.training.group import Group
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training
from value_scaling.store.files.run_files import load_arrays, save_arrays
from value_scaling.sweep.bench.shapes import Shapes
from value_scaling.sweep.bench.stand_ins import (
    MASSES,
    NAME,
    MassesGroup,
    MassesProgram,
)
from value_scaling.sweep.run.checkpointer import Checkpointer

ALGORITHMS = ("sac", "pql")
CHECKPOINTS = 8
"""Number of checkpoints in an uninterrupted run."""
KILLED_AFTER = 3
"""Number of checkpoints after which the run is killed, before the next one."""
SEEDS = 2
ENVIRONMENTS = 512
"""Most environments of a PQL run; more would only make checkpoints larger."""
CACHE = "JAX_COMPILATION_CACHE_DIR"
_END = "end.npz"


def rows(shapes: Shapes, folder: Path, command: list[str]) -> Iterator[dict[str, Any]]:
    """Kill a run of each algorithm and compare its end with an uninterrupted one's.

    Args:
        folder: an empty folder.
        command: command that starts `train`, with an algorithm and a folder as further
            arguments.
    """
    for algorithm in ALGORITHMS:
        cache = {CACHE: os.environ.get(CACHE, str(folder / "cache"))}
        places = [str(folder / f"{algorithm}_{which}") for which in ("whole", "killed")]
        _child([*command, algorithm, places[0]], cache, code=0)
        broken = [*command, algorithm, places[1]]
        dying = [*broken, str(KILLED_AFTER)]
        _, killed = _child(dying, cache, code=-signal.SIGKILL)
        again, _ = _child(broken, cache, code=0)
        ends = [load_arrays(Path(place) / _END)[0] for place in places]
        yield {
            "algorithm": algorithm,
            "killed_after_step": killed["step"],
            "resumed_at_step": again["step"],
            "seconds_until_resumed": again["seconds"],
            **compared(*ends),
        }


def compared(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether two snapshots are equal, and how far their numbers are apart."""
    assert one.keys() == other.keys()
    differ = [
        name
        for name in one
        if not np.array_equal(
            one[name], other[name], equal_nan=one[name].dtype.kind == "f"
        )
    ]
    apart = [
        float(np.nanmax(np.abs(one[n].astype(float) - other[n].astype(float))))
        for n in differ
        if one[n].shape == other[n].shape and one[n].size
    ]
    return {
        "equal": not differ,
        "differing_arrays": differ[:5],
        "largest_difference": max(apart, default=0.0),
    }


def _child(command: list[str], cache: Mapping[str, str], *, code: int) -> Any:
    """Train in a separate process.

    Returns:
        what the process printed about its first and last checkpoint.
    """
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | cache, check=False
    )
    if done.returncode != code:
        raise RuntimeError(f"exit code {done.returncode}, not {code}: {command}")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return said[0], said[-1]


def train(
    algorithm: str, folder: Path, shapes: Shapes, *, killed_after: int = 0
) -> None:
    """Train a group with checkpoints from its last one on, and save its end.

    Args:
        killed_after: number of checkpoints after which this process kills itself
            half-way to the next one, so that every bench kills at the same place; 0 for
            never.
    """
    clock = time.perf_counter()
    configure(folder / "cache", seconds=0.0)
    group = _group(algorithm, shapes)
    checkpointer = Checkpointer(folder / "group.npz", [algorithm], seconds=0.0)
    checkpointer.resume(group)
    _tell(step=group.step, seconds=time.perf_counter() - clock)
    number, every = 0, group.total // CHECKPOINTS
    while not group.done:
        if number and number == killed_after:
            group.advance(group.step + every // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        group.advance(min(group.step + every, group.total))
        checkpointer.save(group, {})
        number += 1
        _tell(step=group.step)
    save_arrays(folder / _END, group.snapshot(), {})


def _tell(**words: Any) -> None:
    print(json.dumps(words), flush=True)


def _group(algorithm: str, shapes: Shapes) -> Group:
    count = min(shapes.pql_environments, ENVIRONMENTS)
    wide = algorithm == "pql"
    unit = count if wide else 1
    steps = unit * (shapes.resume_simulated if wide else shapes.resume_steps)
    every = steps // CHECKPOINTS  # a group of PQL runs stops where it logs
    training = Training(
        study="bench",
        tasks=(Task(NAME, "gymnasium", steps, log_start=every, log_every=every),),
        algorithm="pql" if wide else "sac",
        hidden=shapes.pql_hidden if wide else shapes.sac_hidden,
        start_training=steps // 16,
        replay=max(steps, 64),
        diagnostics_every=steps + 1,  # none: they change no run
        num_envs=count,
    )
    batch = shapes.pql_batch if wide else shapes.sac_batch
    utd = 2.0 / unit
    runs = [
        Run("bench", "sweep", Setting(NAME, utd, batch, rate), seed)
        for rate in (3e-4, 1e-3)
        for seed in range(SEEDS)
    ]
    common: Any = {
        "observation_size": 2 * MASSES,
        "action_size": MASSES,
        "batch_size": batch,
        "capacity": len(runs),
        "layout": layout(),
    }
    two = critic_layout(layout())
    if wide:
        program = MassesProgram(
            config=PQLConfig.of(training, critic_layout=two),
            engine="playground",
            task=NAME,
            environments=count,
            validation_environments=max(1, count // training.validation_every),
            n_step=3,
            replay_size=steps // count + 3,
            **common,
        )
        return DeviceGroup(runs, training, program)
    return MassesGroup(
        runs,
        training,
        HostProgram(
            config=SACConfig(hidden=training.hidden, critic_layout=two),
            replay_size=2 * steps + 2,
            validation_size=steps,
            **common,
        ),
    )
