"""What the missing runs of a set will take on one core, measured here."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from value_scaling.learning.envs.pools import PoolStreams
from value_scaling.learning.envs.registry import make_streams
from value_scaling.learning.envs.streams import Streams
from value_scaling.learning.training.group import Group
from value_scaling.records.schedule import updates_done
from value_scaling.records.training import DEVICE_ALGORITHMS, Training
from value_scaling.sweep.cost import probes
from value_scaling.sweep.cost.group_memory import memory, program_of
from value_scaling.sweep.plan.groups import GroupPlan

PROBE_STEPS = 30
"""At most."""
PROBE_SECONDS = 3.0
"""Of CPU, for the steps that are measured: large networks make fewer of them."""
PROBE_UPDATES = (0, 4)
PROBE_GIB = 1.0
PROBE_RUNS, PROBE_LONGEST = 2, 2000
"""Runs and environment steps of the program in place of one that takes more."""


@dataclass(frozen=True)
class Speed:
    """CPU-seconds on one core."""

    engine_step: dict[str, float]
    """By environment: one step of one engine."""
    step: float
    """Of one run, beside the engine and the updates."""
    update: float
    """Of one run, at B → 0."""
    update_sample: float
    """More for each sample of the batch."""

    def of(self, group: GroupPlan, training: Training) -> float:
        """Return the CPU-seconds of a group."""
        first = group.settings[0]
        steps = training.steps(first)
        stepping = 1 + 1 / training.validation_every
        update = self.update + self.update_sample * first.batch_size
        own = steps * (self.step + stepping * self.engine_step[first.env])
        learning = updates_done(first.utd, steps - training.start_training)
        return len(group.runs) * (own + learning * update)


@dataclass(frozen=True)
class Amount:
    """Runs, steps and updates of some groups."""

    runs: int
    steps: float
    updates: float


def amount(groups: Sequence[GroupPlan], training: Training) -> Amount:
    """Count what groups consist of."""
    runs = [run for group in groups for run in group.runs]
    steps = [training.steps(run.setting) for run in runs]
    return Amount(
        runs=len(runs),
        steps=float(sum(steps)),
        updates=float(
            sum(
                updates_done(run.setting.utd, count - training.start_training)
                for run, count in zip(runs, steps, strict=True)
            )
        ),
    )


def calibrate(
    groups: Sequence[GroupPlan], training: Training, programs: dict[Any, Any]
) -> Speed:
    """Measure a few steps of the programs with the smallest and the largest batch.

    The networks of a study are alike, so two programs of its largest environment serve
    for all; engines are measured one by one. Compiled programs are kept for training,
    but for large ones, which are tried with few runs and a short replay, and those of
    PQL: of these a few environments and single updates are measured.
    """
    device = training.algorithm in DEVICE_ALGORITHMS
    engines, sizes = {}, {}
    names = sorted({group.settings[0].env for group in groups})
    # MuJoCo in JAX takes minutes to compile on a CPU, once for each task.
    for name in tqdm(names, desc="trying tasks", file=sys.stderr, delay=2, leave=False):
        engine = training.task(name).engine
        if device:
            engines[name], sizes[name] = probes.step_seconds(engine, name)
            continue
        streams = make_streams(engine, name, [0, 1], [name] * 2)
        engines[name] = _engine_step(streams)
        sizes[name] = streams.observation_size + streams.action_size
    largest = max(sizes, key=lambda name: sizes[name])
    by_batch = sorted(
        (group for group in groups if group.settings[0].env == largest),
        key=lambda group: group.settings[0].batch_size,
    )
    two = [by_batch[0], by_batch[-1]]
    batch_sizes = [float(group.settings[0].batch_size) for group in two]
    steps, updates = zip(
        *(
            probes.step_and_update(program_of(group, training))
            if device
            else _program_step(group, training, programs)
            for group in tqdm(
                two, desc="trying batch sizes", file=sys.stderr, delay=2, leave=False
            )
        ),
        strict=True,
    )
    spread = batch_sizes[1] - batch_sizes[0]
    per_sample = max(0.0, (updates[1] - updates[0]) / spread) if spread else 0.0
    return Speed(
        engine_step=engines,
        step=min(steps),
        update=max(0.0, updates[0] - per_sample * batch_sizes[0]),
        update_sample=per_sample,
    )


def _engine_step(streams: Streams | PoolStreams) -> float:
    actions = np.zeros((2, streams.action_size), np.float32)
    streams.reset()
    clock = time.process_time()
    for _ in range(100):
        streams.step(actions)
    return (time.process_time() - clock) / 200


def _program_step(
    group: GroupPlan, training: Training, programs: dict[Any, Any]
) -> tuple[float, float]:
    """Return CPU-seconds of a run's step without updates, and of one update."""
    if memory(group, training) > PROBE_GIB:
        group = replace(
            group,
            settings=group.settings[:1],
            seeds=PROBE_RUNS,
            capacity=PROBE_RUNS,
            longest=PROBE_LONGEST,
        )
    program = program_of(group, training)
    program = programs.setdefault(program, program)
    probe = Group(group.runs, training, program)
    count, size = len(group.runs), program.action_size
    packed = np.zeros(
        (count, size + 3 + 2 * program.observation_size), dtype=np.float32
    )
    order = np.arange(count)

    def run(updates: int, times: int) -> float:
        counts = np.full(count, updates)
        clock = time.process_time()
        for _ in range(times):
            probe.learners, probe.memory = program.step(
                probe.learners, probe.memory, packed, counts, order, count
            )
        jax.block_until_ready(probe.learners.action)
        return (time.process_time() - clock) / times / count

    least, most = PROBE_UPDATES
    run(1, 2)  # compile
    once = run(most, 1) * count
    times = max(3, min(PROBE_STEPS, int(PROBE_SECONDS / once)))
    idle, busy = run(least, times), run(most, times)
    return idle, max(0.0, busy - idle) / most
