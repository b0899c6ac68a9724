"""A few environments and single updates of PQL, measured; the whole program would take
minutes to compile, and seconds a step, on a CPU."""

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from value_scaling.learning.agents.protocol import Agent
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.envs import device_envs
from value_scaling.learning.envs.device_tasks import make_task
from value_scaling.learning.replay.parallel_replay import Batch
from value_scaling.learning.training.parallel_program import ParallelProgram

ENVIRONMENTS = 64
"""Environments that are stepped."""
STEPS = 5
UPDATES = 2


def step_seconds(engine: str, task: str) -> tuple[float, int]:
    """Return the CPU-seconds of one step of one environment, and the size of its
    observation and action together."""
    made = make_task(engine, task)
    limits = jnp.full(ENVIRONMENTS, made.time_limit, jnp.int32)

    @jax.jit
    def run(steps: Any) -> Any:
        envs = device_envs.blank(made, limits, logged=jnp.array(True))
        envs = device_envs.reset(made, envs, jax.random.key(0))
        actions = jnp.zeros((ENVIRONMENTS, made.action_size))
        return jax.lax.fori_loop(
            0, steps, lambda _, envs: device_envs.step(made, envs, actions)[0], envs
        )

    jax.block_until_ready(run(1))  # compiled
    seconds = [_clocked(run, steps) for steps in (1, 1 + STEPS)]
    each = max(0.0, seconds[1] - seconds[0]) / STEPS / ENVIRONMENTS
    return each, made.observation_size + made.action_size


def step_and_update(program: ParallelProgram) -> tuple[float, float]:
    """Return the CPU-seconds of a run's step beside its environment, for which the
    action counts, and of one update at the program's batch size."""
    one = jnp.float32(1e-4)
    agent = program.config.create(
        jax.random.key(0),
        program.observation_size,
        program.action_size,
        Scalars(one, one, one, one),
    )
    size = program.batch_size
    observations = np.ones((size, program.observation_size), np.float32)
    actions = np.zeros((size, program.action_size), np.float32)
    ones = np.ones(size, np.float32)
    batch = Batch(observations, actions, ones, ones, observations)  # type: ignore[arg-type]

    @jax.jit
    def learn(agent: Agent[Batch], updates: Any) -> Agent[Batch]:
        key = jax.random.key(0)
        return jax.lax.fori_loop(
            0, updates, lambda _, agent: agent.update(batch, key), agent
        )

    act = jax.jit(lambda agent: agent.act(observations))
    jax.block_until_ready((learn(agent, 1), act(agent)))  # compiled
    return _clocked(act, agent) / size, _clocked(learn, agent, UPDATES) / UPDATES


def size(program: ParallelProgram) -> float:
    """Return the bytes of everything that a group keeps on the device."""
    leaves = jax.tree.leaves(program.shapes())
    return float(sum(np.prod(x.shape) * x.dtype.itemsize for x in leaves))


def _clocked(function: Any, *arguments: Any) -> float:
    clock = time.process_time()
    jax.block_until_ready(function(*arguments))
    return time.process_time() - clock
