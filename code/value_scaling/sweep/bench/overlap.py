"""Compare two groups that train in turn with the same groups one after the other.

Their environments take as much time on the host as MuJoCo's. In turn, one group could
step its environments while the GPU makes the updates of the other. Training does not
use this, because it was slower on an H100 (docs/gpu.json).
"""

import time
from collections.abc import Iterator
from typing import Any

import jax

from value_scaling.learning.agents.bro import BROConfig
from value_scaling.learning.agents.sac import SACConfig
from value_scaling.learning.backend import critic_layout, layout
from value_scaling.learning.training.host_program import HostProgram
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.training import Task, Training
from value_scaling.sweep.bench.resume import compared
from value_scaling.sweep.bench.shapes import Shapes
from value_scaling.sweep.bench.stand_ins import MASSES, NAME, SlowMassesGroup

GROUPS = 2
START = 20
"""Environment steps before the first update."""
FIRST = 2 * START
"""Environment steps before the clock starts: everything is compiled by then."""


def rows(shapes: Shapes) -> Iterator[dict[str, Any]]:
    """Measure packed SAC and BRO at σ = 1: one after the other, then in turn."""
    two = critic_layout(layout())
    sac = SACConfig(hidden=shapes.sac_hidden, critic_layout=two)
    bro = BROConfig(
        critic_width=shapes.bro_critic,
        actor_width=shapes.bro_actor,
        critic_layout=two,
    )
    runs = shapes.overlap_sac_runs, shapes.overlap_bro_runs
    yield from _rows("sac", sac, shapes.sac_batch, runs[0], shapes)
    yield from _rows("bro", bro, shapes.bro_batch, runs[1], shapes)


def _rows(
    algorithm: str, config: Any, batch: int, runs: int, shapes: Shapes
) -> Iterator[dict[str, Any]]:
    total = FIRST + shapes.overlap_steps
    training = Training(
        study="bench",
        tasks=(Task(NAME, "gymnasium", total, log_start=total, log_every=total),),
        start_training=START,
        replay=max(total, batch),
        diagnostics_every=total + 1,  # none
    )
    program = HostProgram(
        config=config,
        observation_size=2 * MASSES,
        action_size=MASSES,
        batch_size=batch,
        capacity=runs,
        replay_size=2 * total + 2,
        validation_size=total,
        layout=layout(),
    )
    ends = []
    for most in (1, GROUPS):
        groups = [_group(number, runs, batch, training, program) for number in (0, 1)]
        for group in groups:
            group.advance(FIRST)
            jax.block_until_ready(group.state)
        clock = time.perf_counter()
        for together in [groups] if most == GROUPS else [[each] for each in groups]:
            _train(together)
        seconds = time.perf_counter() - clock
        ends.append([group.snapshot() for group in groups])
        pairs = [compared(*each) for each in zip(ends[0], ends[-1], strict=True)]
        yield {
            "algorithm": algorithm,
            "groups": GROUPS,
            "groups_in_turn": most,
            "runs": runs,
            "environment_steps_per_second": GROUPS * runs * (total - FIRST) / seconds,
            **({} if most == 1 else min(pairs, key=lambda pair: pair["equal"])),
        }


def _group(
    number: int, runs: int, batch: int, training: Training, program: HostProgram
) -> SlowMassesGroup:
    setting = Setting(NAME, 1.0, batch, 3e-4)
    seeds = range(number * runs, (number + 1) * runs)
    each = [Run("bench", "sweep", setting, seed) for seed in seeds]
    return SlowMassesGroup(each, training, program)


def _train(groups: list[SlowMassesGroup]) -> None:
    """Train groups of equal length to their ends, one step at a time."""
    while not groups[-1].done:
        for group in groups:
            group.advance(group.step + 1)
    jax.block_until_ready([group.state for group in groups])
