"""Where the CPU seconds of a packed run go: HalfCheetah-v4, σ 1, B 128, 64×64."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import jax
from timed import time_calls

from value_scaling.learning.backend import configure
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.registry import make_group, make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training

ENV, STEPS, RUNS = "HalfCheetah-v4", 15_000, 8
FIRST, TIMED = 1000, 1000
"""Steps before the timed ones, and timed steps; diagnostics are at the end of both."""
PARTS = {
    ("program", "step"): "updates and actions",
    ("vector_env", "step"): "environment",
    ("validation_env", "step"): "validation environment",
    ("program", "step_validation"): "validation actions",
    ("program", "diagnose"): "diagnostics",
}


def test_seconds_of_a_run(root: Path, bench: Any) -> None:
    configure(root / "build" / "jax_tests", seconds=0.0)
    training = Training(
        study="bench",
        tasks=(Task(ENV, "gymnasium", STEPS, log_start=2000, log_every=250),),
        seeds=RUNS,
        hidden=(64, 64),
        start_training=500,
        stagger=True,
        diagnostics_every=1000,
    )
    setting = Setting(ENV, 1.0, 128, 4e-3)
    runs = [Run("bench", "sweep", setting, seed) for seed in range(RUNS)]
    program = make_program(runs, training, capacity=RUNS, max_env_steps=STEPS)
    group = make_group(runs, training, program)
    assert isinstance(group, HostGroup)
    group.advance(FIRST)  # compiles
    jax.block_until_ready(group.state)
    seconds: Counter[str] = Counter()
    for (owner, name), part in PARTS.items():
        time_calls(getattr(group, owner), name, part, seconds)
    clock = time.process_time()
    group.advance(FIRST + TIMED)
    spent = time.process_time() - clock
    what = f"{ENV}, σ 1, B 128, 64×64, {RUNS} runs packed"
    whole = spent / TIMED / RUNS * STEPS
    bench.record(f"{what}: CPU of a run of {STEPS} steps", whole, "s")
    for part in PARTS.values():
        bench.record(f"{what}: {part}", 100 * seconds[part] / spent, "%")
    rest = 100 * (1 - sum(seconds.values()) / spent)
    bench.record(f"{what}: everything else", rest, "%")
