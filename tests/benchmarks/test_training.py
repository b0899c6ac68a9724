"""SAC updates per CPU-second of this project and of SBX, for several shapes.

`SBX_PYTHON` names an interpreter with sbx-rl (which brings torch, so it is no part of
our environment); without one, only our side is measured. Run it on one core, for
example `taskset -c 0 make bench ARGS="-k training"`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from products import peak, update_flops

from value_scaling.learning.agents.sac import SACConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.backend import configure
from value_scaling.learning.training.host_program import HostProgram

SECONDS = 3.0
ROUNDS = 3
SHAPES = [
    # observation, action, width, B, σ, runs packed, times SBX at least
    (4, 1, 64, 64, 1, 8, 4.0),
    (4, 1, 64, 64, 8, 8, 1.8),
    (17, 6, 64, 64, 4, 8, 1.0),
    (17, 6, 256, 256, 1, 8, 1.0),
    (17, 6, 256, 256, 8, 1, 1.1),
]


class Ours:
    """A program with random transitions, which may be stepped for any time."""

    def __init__(self, shape: tuple) -> None:
        observation, action, width, batch, self.utd, self.runs, _ = shape
        self.program = HostProgram(
            config=SACConfig(hidden=(width, width)),
            observation_size=observation,
            action_size=action,
            batch_size=batch,
            capacity=self.runs,
            replay_size=20_000,
            validation_size=16,
        )
        self.rng = np.random.default_rng(0)
        of_each = np.ones(self.runs, np.float32)
        scalars = Scalars(1e-3 * of_each, 0.99 * of_each, 5e-3 * of_each, -of_each)
        first = self.rng.normal(size=(self.runs, observation)).astype(np.float32)
        keys = self.rng.integers(0, 2**32, (self.runs, 2), dtype=np.uint32)
        self.state = self.program.start(keys, scalars, (first, first))
        for _ in range(300):
            self._step(0)
        self._step(self.utd)

    def _step(self, updates: int) -> None:
        size = self.program.action_size + 3 + 2 * self.program.observation_size
        packed = self.rng.uniform(-1, 1, (self.runs, size)).astype(np.float32)
        packed[:, self.program.action_size + 2] = 0.0  # no episode ends
        self.state = self.program.step(
            self.state, packed, np.full(self.runs, updates), np.arange(self.runs)
        )

    def seconds(self) -> float:
        """Return CPU-seconds of one update, including the environment step."""
        jax.block_until_ready(self.state)
        updates, clock = 0, time.process_time()
        while time.process_time() - clock < SECONDS:
            self._step(self.utd)
            np.asarray(self.state.collector.training)
            updates += self.utd * self.runs
        return (time.process_time() - clock) / updates


def sbx(shape: tuple) -> float:
    python = os.environ.get("SBX_PYTHON", "")
    if not python:
        return float("nan")
    command = [python, str(Path(__file__).with_name("sbx_speed.py"))]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [*command, *map(str, shape[:5]), str(SECONDS)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split()[-1])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_updates_a_second(shape: tuple, root: Path, bench: Any) -> None:
    configure(root / "build" / "jax_tests", seconds=0.0)
    ours = Ours(shape)
    _, _, width, batch, utd, runs, wanted = shape
    rounds = [  # interleaved
        (ours.seconds(), sbx(shape), 1 / peak(width, batch)) for _ in range(ROUNDS)
    ]
    own, theirs, flop = np.median(rounds, axis=0)
    what = f"SAC, {width}×{width}, B {batch}, σ {utd}"
    bench.record(f"{what}: updates a second, {runs} runs packed", 1 / own, "/s")
    share = 100 * update_flops(*shape[:4]) * flop / own
    bench.record(f"{what}: share of the peak of its matrix products", share, "%")
    if np.isfinite(theirs):
        ratios = sorted(b / a for a, b, _ in rounds)
        bench.record(f"{what}: updates a second, SBX", 1 / theirs, "/s")
        bench.record(
            f"{what}: ours / SBX",
            theirs / own,
            "×",
            target=f"{wanted:g}",
            note=f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
        )


def test_a_group_of_twelve_runs(root: Path, tmp_path: Path, bench: Any) -> None:
    """Pendulum-v1, σ = 2, 6000 steps; start-up and compilation included."""
    here = Path(__file__).parent

    def ours(number: int) -> Any:
        cache = tmp_path / f"cache{number}"
        return bench.run_child(
            [sys.executable, str(here / "group_speed.py"), str(cache)],
            folder=tmp_path,
            environment={"PYTHONPATH": str(root / "code")},
        )

    # Before, between and after the others, since the speed of a host varies.
    own, theirs = [ours(0)], []
    setting = ("gymnasium", "Pendulum-v1", "6000", "2", "64")
    python = os.environ.get("SBX_PYTHON", "")
    for number, rate in enumerate(("1e-3", "3e-3", "1e-2") if python else ()):
        theirs += [
            bench.run_child(
                [python, str(here / "sbx_run.py"), *setting, rate, "300", str(seed)],
                folder=tmp_path,
                environment={"PYTHONPATH": ""},
            )
            for seed in range(4)
        ]
        own.append(ours(1 + number))
    what = "12 runs of Pendulum-v1, σ 2, 6000 steps"
    times = [child.cpu for child in own]
    spent = float(np.mean(times))
    note = f"{min(times):.0f} to {max(times):.0f}"
    bench.record(f"{what}, ours: CPU", spent, "s", note=note)
    bench.record(f"{what}, ours: peak memory", own[0].peak, "MB")
    if not theirs:
        return
    cpu = sum(child.cpu for child in theirs)
    bench.record(f"{what}, SBX, 12 processes: CPU", cpu, "s")
    bench.record(f"{what}: SBX / ours", cpu / spent, "×", target="6")
    peak = max(child.peak for child in theirs)
    bench.record(f"{what}, SBX: peak memory of each process", peak, "MB")
