"""The training speed of one core of this host, from a few steps and updates."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import jax
import numpy as np
from tqdm import tqdm

from value_scaling.learning.envs.registry import make_vector_env
from value_scaling.learning.training.registry import make_group, make_program
from value_scaling.records.schedule import updates_done
from value_scaling.records.training import DEVICE_ALGORITHMS, Training
from value_scaling.sweep.cost.group_memory import program_of
from value_scaling.sweep.plan.groups import GroupPlan

RUNS = 32
"""Most runs in a trial; with fewer runs, a step takes longer for each of them."""
FLOPS = 2e11
"""Most FLOPs of the updates in a trial. Large networks are tried with fewer runs, as
their arithmetic takes most of the time and does not depend on the number of runs."""
NEVER = 10**9
"""Step beyond the end of every trial."""


@dataclass(frozen=True)
class Trial:
    """Sizes of a trial, which runs first without updates and then with some."""

    steps: int
    """Steps of each run in each half; a program on the device makes 64 at once."""
    updates: int
    """Updates of each run in the second half."""
    environments: int
    """Environments of each run, fewer than in training."""


ON_HOST = Trial(steps=30, updates=30, environments=1)
ON_DEVICE = Trial(steps=64, updates=4, environments=16)


@dataclass(frozen=True)
class Speed:
    """CPU-seconds on one core, for one environment."""

    engine_step: float
    """One step of the simulator; 0 if `step` includes it."""
    step: float
    """One environment step of a run, without the simulator and the updates."""
    update: float
    """One update of a run, extrapolated to B = 0."""
    update_sample: float
    """Additional time of an update for each sample of the batch."""

    def of(self, group: GroupPlan, training: Training) -> float:
        """Return the CPU-seconds of a group."""
        first = group.settings[0]
        steps = training.steps(first)
        stepping = 1 + 1 / training.validation_every
        update = self.update + self.update_sample * first.batch_size
        own = steps * (self.step + stepping * self.engine_step)
        learning = updates_done(first.utd, steps - training.start_training)
        return len(group.runs) * (own + learning * update)


def measure_speed(groups: Sequence[GroupPlan], training: Training) -> dict[str, Speed]:
    """Return the speed of each environment, from two trials of each algorithm.

    The networks of one algorithm in these groups must be similar. Its trials are
    therefore those of its environment with the largest observations, at the smallest
    and largest B. Simulators on the host are tried one by one. Those on the device take
    minutes to compile, so all of them count as the one that is tried.
    """
    by_algorithm: dict[str, dict[str, list[GroupPlan]]] = {}
    for group in sorted(groups, key=lambda each: each.settings[0].batch_size):
        env = group.settings[0].env
        own = by_algorithm.setdefault(training.of(env).algorithm, {})
        own.setdefault(env, []).append(group)
    speeds: dict[str, Speed] = {}
    for by_env in by_algorithm.values():
        speeds |= _measure(by_env, training)
    return speeds


def _measure(
    by_env: Mapping[str, Sequence[GroupPlan]], training: Training
) -> dict[str, Speed]:
    """Return the speed of each environment of one algorithm.

    Args:
        by_env: groups of each environment, with small B first.
    """
    programs = [program_of(own[0], training) for own in by_env.values()]
    sizes = [each.observation_size + each.action_size for each in programs]
    largest = list(by_env)[sizes.index(max(sizes))]
    engines = dict.fromkeys(by_env, 0.0)
    if training.algorithm not in DEVICE_ALGORITHMS:
        engines = {env: _engine_step(env, training) for env in by_env}
    two = by_env[largest][0], by_env[largest][-1]
    tried = [
        _try(group, training)
        for group in tqdm(
            two, desc="trying batch sizes", delay=2, leave=False, disable=None
        )
    ]
    low, high = (group.settings[0].batch_size for group in two)
    (step, update), (_, most) = tried
    per_sample = max(0.0, (most - update) / (high - low)) if high > low else 0.0
    stepping = 1 + 1 / training.validation_every
    return {
        env: Speed(
            engine_step=engine,
            step=max(0.0, step - stepping * engines[largest]),
            update=max(0.0, update - per_sample * low),
            update_sample=per_sample,
        )
        for env, engine in engines.items()
    }


def _engine_step(env: str, training: Training) -> float:
    """Return the CPU-seconds of one step of one simulator on the host."""
    envs = make_vector_env(training.task(env).engine, env, [0, 1], [env] * 2)
    actions = np.zeros((2, envs.action_size), np.float32)
    envs.reset()
    clock = time.process_time()
    for _ in range(100):
        envs.step(actions)
    return (time.process_time() - clock) / 200


def _try(group: GroupPlan, training: Training) -> tuple[float, float]:
    """Return the CPU-seconds of a run's environment step, and of one update.

    The replays of the trial are short, because full ones may not fit beside a training
    that is already running.
    """
    on_device = training.algorithm in DEVICE_ALGORITHMS
    trial = ON_DEVICE if on_device else ON_HOST
    steps = trial.steps * trial.environments
    task = training.task(group.settings[0].env)
    quick = replace(
        training,
        tasks=(replace(task, steps=NEVER, log_start=NEVER, log_every=NEVER),),
        steps_by_utd={},
        start_training=2 * steps,
        diagnostics_every=NEVER,
        reset_steps=(),
        reset_updates=0,
        num_envs=trial.environments if on_device else training.num_envs,
    )
    setting = replace(group.settings[0], utd=trial.updates / steps)
    count = _number_of_runs(group, training, trial)
    runs = replace(group, settings=(setting,), seeds=count).runs
    program = make_program(runs, quick, capacity=len(runs), max_env_steps=4 * steps)
    tried = make_group(runs, quick, program)
    tried.advance(steps)  # compiles
    clocks = [time.process_time()]
    for half in (2, 3):
        tried.advance(half * steps)
        jax.block_until_ready(tried.state)
        clocks.append(time.process_time())
    idle, busy = np.diff(clocks) / len(runs)
    return idle / steps, max(0.0, busy - idle) / trial.updates


def _number_of_runs(group: GroupPlan, training: Training, trial: Trial) -> int:
    """Return the number of runs that are tried together."""
    size = program_of(group, training).model_size
    each = 10 * size * group.settings[0].batch_size
    return max(1, min(RUNS, group.capacity, int(FLOPS / (trial.updates * each))))
