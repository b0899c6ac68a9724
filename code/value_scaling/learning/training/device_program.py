"""Compiled steps of runs with many environments each, stepped on the device."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.agents.protocol import DeviceAgent
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.envs import device_envs, device_tasks
from value_scaling.learning.envs.device_envs import DeviceEnvs, DeviceStepResult
from value_scaling.learning.envs.protocol import DeviceEnv
from value_scaling.learning.replay import n_step_buffer
from value_scaling.learning.replay.n_step_buffer import Batch, NStepBuffer
from value_scaling.learning.training.program import (
    ACT,
    INIT,
    RESET,
    STAGGER,
    VALIDATE,
    Program,
    TreeT,
    explore,
    run_key,
)
from value_scaling.learning.training.state import State

BLOCK = 64
"""Most simulator steps of one call."""
WARMUP = VALIDATE
"""Purpose of a run's key for random actions; validation here needs no purpose."""


class Simulation(flax.struct.PyTreeNode):
    """A run's environments, and the returns of their episodes."""

    envs: DeviceEnvs  # the environments, then those of the validation stream
    window_sum: Array  # []: of the returns that ended since the last logged point
    window_count: Array  # [] int32
    last_return: Array  # []: mean of those that ended together last; NaN: none yet
    failed_at: Array  # [] int32: simulator step with an action not finite; or -1


DeviceState = State[DeviceAgent[Batch], NStepBuffer, Simulation]


@dataclass(frozen=True, kw_only=True)
class DeviceProgram(Program[DeviceAgent[Batch], NStepBuffer, Simulation, Batch, Array]):
    """A program that steps the environments itself."""

    engine: str
    task: str
    environments: int
    """Environments in each run, stepped together."""
    validation_environments: int
    """Environments in the validation stream of each run."""
    n_step: int
    replay_size: int
    """Number of simulator steps that a replay holds."""

    @property
    def env(self) -> DeviceEnv:
        """Return one environment of the task."""
        return device_tasks.make_task(self.engine, self.task)

    def advance(
        self, state: DeviceState, counts: np.ndarray, *, warmup: int, order: np.ndarray
    ) -> DeviceState:
        """Make some simulator steps of the active runs; `state` is donated.

        Args:
            counts: [runs, steps ≤ BLOCK] int, updates after each step.
            warmup: simulator steps with random actions, since the run began.
            order: the active runs.
        """
        whole = np.zeros((self.capacity, BLOCK), np.int32)
        whole[: len(counts), : counts.shape[1]] = counts
        length = np.int32(counts.shape[1])
        return self._advance(
            state, whole, length, np.int32(warmup), *self._active(order)
        )

    def shapes(self) -> DeviceState:
        """Return the shapes of the result of `start`, without computing it."""
        keys = jax.ShapeDtypeStruct((self.capacity, 2), jnp.uint32)
        one: Any = jax.ShapeDtypeStruct((self.capacity,), jnp.float32)
        stagger = jax.ShapeDtypeStruct((self.capacity,), bool)
        return jax.eval_shape(self._start, keys, Scalars(one, one, one, one), stagger)

    def _initial_run(self, key: Array, scalars: Scalars, first: Array) -> DeviceState:
        """Return one run before its first step; see `Program`.

        Args:
            first: [] of bool, whether the first episode of each environment is
                truncated at a random length.
        """
        task, limit = self.env, self.env.time_limit
        num_envs = self.environments + self.validation_environments
        agent = self.config.create(
            run_key(key, INIT), self.observation_size, self.action_size, scalars
        )
        drawn = jax.random.randint(run_key(key, STAGGER), (num_envs,), 1, limit + 1)
        limits = jnp.where(first, drawn, limit)

        def empty_buffer(environments: int) -> NStepBuffer:
            return n_step_buffer.empty(
                self.replay_size,
                environments,
                self.observation_size,
                self.action_size,
                limit,
            )

        zero = jnp.zeros((), jnp.int32)
        return State(
            agent=agent,
            key=key,
            steps=zero,
            updates=zero,
            collector=Simulation(
                envs=device_envs.blank(task, limits, logged=~first),
                window_sum=jnp.zeros(()),
                window_count=zero,
                last_return=jnp.array(jnp.nan),
                failed_at=zero - 1,
            ),
            replay=empty_buffer(self.environments),
            validation=empty_buffer(self.validation_environments),
        )

    def _sample(
        self,
        replay: NStepBuffer,
        run: Array | None,
        key: Array,
        size: int,
        agent: DeviceAgent[Batch],
    ) -> Batch:
        discount = agent.scalars.discount
        return n_step_buffer.sample(replay, key, size, self.n_step, discount, run)

    def _newest(
        self, replay: NStepBuffer, run: Array, size: int, agent: DeviceAgent[Batch]
    ) -> Batch:
        discount = agent.scalars.discount
        return n_step_buffer.newest(replay, size, self.n_step, discount, run)

    def _one_step(self, run: DeviceState, due: Array, warmup: Array) -> DeviceState:
        """Step every environment of a run, then make the updates that are due."""
        count, task, before = self.environments, self.env, run.collector
        envs = device_envs.reset(task, before.envs, run_key(run.key, RESET))
        observations = envs.observations
        run = run.replace(agent=run.agent.observe(observations[:count]))
        key = jax.random.fold_in(run_key(run.key, WARMUP), run.steps)
        shape = observations.shape[0], self.action_size
        random = 2 * jax.random.uniform(key, shape) - 1
        actions = explore(run, observations, ACT, run.steps)
        actions = jnp.where(run.steps < warmup, random, actions)
        broken = ~jnp.isfinite(actions).all()
        envs, outcome = device_envs.step(task, envs, actions)
        replay = _insert(run.replay, observations, actions, outcome, slice(0, count))
        rest = slice(count, None)
        validation = _insert(run.validation, observations, actions, outcome, rest)

        def sample(key: Array, agent: DeviceAgent[Batch]) -> Batch:
            return self._sample(replay, None, key, self.batch_size, agent)

        logged = outcome.logged[:count]
        total = jnp.where(logged, outcome.returns[:count], 0.0).sum()
        ended = logged.sum(dtype=jnp.int32)
        mean = total / jnp.maximum(ended, 1)
        failed_at = jnp.where(
            broken & (before.failed_at < 0), run.steps, before.failed_at
        )
        return run.replace(
            agent=self._learn(run, due, sample),
            steps=run.steps + 1,
            updates=run.updates + due,
            collector=Simulation(
                envs=envs,
                window_sum=before.window_sum + total,
                window_count=before.window_count + ended,
                last_return=jnp.where(ended > 0, mean, before.last_return),
                failed_at=failed_at,
            ),
            replay=replay,
            validation=validation,
        )

    @cached_property
    def _advance(self) -> Callable[..., DeviceState]:
        @partial(jax.jit, donate_argnums=(0,))
        def advance(
            state: DeviceState,
            counts: Array,
            length: Array,
            warmup: Array,
            order: Array,
            active: Array,
        ) -> DeviceState:
            def one(place: Array, run: DeviceState) -> DeviceState:
                def body(step: Array, run: DeviceState) -> DeviceState:
                    return self._one_step(run, counts[place, step], warmup)

                return jax.lax.fori_loop(0, length, body, run)

            return self._map_runs(one, state, order, active)

        return advance

    def _map_runs(
        self,
        one: Callable[[Array, TreeT], TreeT],
        states: TreeT,
        order: Array,
        active: Array | int,
    ) -> TreeT:
        """Map over runs.

        In the layout that computes all runs at once, idle and failed ones are computed
        too, since keeping them unchanged would take a second copy of every replay.
        """
        if self.layout == "vmap":
            return jax.vmap(one)(jnp.arange(self.capacity), states)
        return super()._map_runs(one, states, order, active)


def _insert(
    buffer: NStepBuffer,
    observations: Array,
    actions: Array,
    outcome: DeviceStepResult,
    part: slice,
) -> NStepBuffer:
    return n_step_buffer.insert(
        buffer,
        observations=observations[part],
        actions=actions[part],
        rewards=outcome.rewards[part],
        terminated=outcome.terminated[part],
        truncated=outcome.truncated[part],
        next_observations=outcome.next_observations[part],
    )
