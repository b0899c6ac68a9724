"""The compiled program of a group of PQL runs, with many environments in each: one for
each (task, B, network)."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.agents.protocol import AgentConfig, DeviceAgent
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.envs import device_envs, device_tasks
from value_scaling.learning.envs.device_envs import DeviceEnvs, Outcome
from value_scaling.learning.envs.device_tasks import DeviceTask
from value_scaling.learning.replay import parallel_replay
from value_scaling.learning.replay.parallel_replay import Batch, Rows
from value_scaling.learning.training import diagnostics
from value_scaling.learning.training.mapping import map_runs
from value_scaling.learning.training.program import DIAGNOSTIC_BATCH

INIT, ACT, UPDATE, WARM, DIAGNOSE, STAGGER, RESET = range(7)
"""Purposes that a run's key is folded with, before any counter."""
BLOCK = 64
"""Simulator steps that one call does at most."""


@flax.struct.dataclass
class Parallel:
    """Everything of a run that changes on the device; leaves have an axis [runs]."""

    agent: DeviceAgent[Batch]
    key: Array  # [runs, 2] uint32; never changes: keys are folded with counters
    steps: Array  # [runs] int32: simulator steps
    updates: Array  # [runs] int32, of the critics
    envs: DeviceEnvs  # the environments, then those of the validation stream
    memory: Rows
    validation: Rows
    window_sum: Array  # [runs]: of the returns that ended since the last logged point
    window_count: Array  # [runs] int32
    last_return: Array  # [runs]: mean of those that ended together last; NaN: none yet
    failed_at: Array  # [runs] int32: simulator step with an action not finite; or -1


@dataclass(frozen=True)
class ParallelProgram:
    """Shapes and switches that are compiled in; σ, η, γ and τ are arguments."""

    config: AgentConfig[DeviceAgent[Batch]]
    engine: str
    task: str
    observation_size: int
    action_size: int
    environments: int
    """Of a run, in step."""
    validation_environments: int
    """Of its validation stream."""
    n_step: int
    batch_size: int
    capacity: int
    """Runs that fit."""
    rows: int
    """Simulator steps that a replay holds."""
    layout: str = "map"

    @property
    def device_task(self) -> DeviceTask:
        """The task."""
        return device_tasks.make_task(self.engine, self.task)

    def start(self, keys: np.ndarray, scalars: Scalars, *, stagger: bool) -> Parallel:
        """Initialise runs.

        Args:
            keys, scalars: with a leading axis [runs ≤ capacity].
            stagger: cut each environment's first episode at a random length.
        """
        keys, scalars = jax.tree.map(self._pad, (keys, scalars))
        return self._start(keys, scalars, np.bool_(stagger))

    def advance(
        self,
        runs: Parallel,
        counts: np.ndarray,
        *,
        warmup: int,
        order: np.ndarray,
        active: int,
    ) -> Parallel:
        """Do some simulator steps of the active runs; `runs` is given up.

        Args:
            counts: [runs, steps ≤ BLOCK] int, updates after each step.
            warmup: simulator steps with random actions, since the run began.
            order, active: the active runs, see `map_runs`.
        """
        whole = np.zeros((self.capacity, BLOCK), np.int32)
        whole[: len(counts), : counts.shape[1]] = counts
        return self._advance(
            runs,
            whole,
            np.int32(counts.shape[1]),
            np.int32(warmup),
            self._pad_order(order),
            np.int32(active),
        )

    def diagnose(self, runs: Parallel, order: np.ndarray, active: int) -> np.ndarray:
        """Return the diagnostics, [capacity, metric]."""
        found = self._diagnose(runs, self._pad_order(order), np.int32(active))
        return np.asarray(found)

    def shapes(self) -> Parallel:
        """Return what `start` would, without making it."""
        keys = jax.ShapeDtypeStruct((self.capacity, 2), jnp.uint32)
        one: Any = jax.ShapeDtypeStruct((self.capacity,), jnp.float32)
        stagger = jax.ShapeDtypeStruct((), bool)
        return jax.eval_shape(self._start, keys, Scalars(one, one, one, one), stagger)

    def _pad(self, x: Any) -> np.ndarray:
        x = np.asarray(x)
        padded = np.zeros((self.capacity, *x.shape[1:]), x.dtype)
        padded[: len(x)] = x
        return padded

    def _pad_order(self, order: np.ndarray) -> np.ndarray:
        rest = np.setdiff1d(np.arange(self.capacity), order)
        return np.concatenate([order, rest]).astype(np.int32)

    def _first(self, key: Array, scalars: Scalars, stagger: Array) -> Parallel:
        """One run before its first step."""
        task, limit = self.device_task, self.device_task.time_limit
        everyone = self.environments + self.validation_environments
        agent = self.config.create(
            _key(key, INIT), self.observation_size, self.action_size, scalars
        )
        drawn = jax.random.randint(_key(key, STAGGER), (everyone,), 1, limit + 1)
        limits = jnp.where(stagger, drawn, limit)

        def rows(environments: int) -> Rows:
            return parallel_replay.empty(
                self.rows, environments, self.observation_size, self.action_size, limit
            )

        zero = jnp.zeros((), jnp.int32)
        return Parallel(
            agent=agent,
            key=key,
            steps=zero,
            updates=zero,
            envs=device_envs.blank(task, limits, logged=~stagger),
            memory=rows(self.environments),
            validation=rows(self.validation_environments),
            window_sum=jnp.zeros(()),
            window_count=zero,
            last_return=jnp.array(jnp.nan),
            failed_at=zero - 1,
        )

    def _one_step(self, run: Parallel, due: Array, warmup: Array) -> Parallel:
        """One run: a step of every environment, then the updates that are due."""
        count = self.environments
        envs = device_envs.reset(self.device_task, run.envs, _key(run.key, RESET))
        observations = envs.observations
        agent = run.agent.observe(observations[:count])
        shape = observations.shape[0], self.action_size
        random = 2 * jax.random.uniform(_step_key(run, WARM), shape) - 1
        actions = agent.explore(observations, _step_key(run, ACT), run.steps)
        actions = jnp.where(run.steps < warmup, random, actions)
        broken = ~jnp.isfinite(actions).all()
        envs, outcome = device_envs.step(self.device_task, envs, actions)
        memory = _insert(run.memory, observations, actions, outcome, slice(0, count))
        rest = slice(count, None)
        validation = _insert(run.validation, observations, actions, outcome, rest)
        agent = self._learn(agent, run.updates, memory, _key(run.key, UPDATE), due)
        logged = outcome.logged[:count]
        total = jnp.where(logged, outcome.returns[:count], 0.0).sum()
        ended = logged.sum(dtype=jnp.int32)
        return run.replace(  # type: ignore[attr-defined]
            agent=agent,
            steps=run.steps + 1,
            updates=run.updates + due,
            envs=envs,
            memory=memory,
            validation=validation,
            window_sum=run.window_sum + total,
            window_count=run.window_count + ended,
            last_return=jnp.where(
                ended > 0, total / jnp.maximum(ended, 1), run.last_return
            ),
            failed_at=jnp.where(broken & (run.failed_at < 0), run.steps, run.failed_at),
        )

    def _learn(
        self,
        agent: DeviceAgent[Batch],
        done: Array,
        memory: Rows,
        key: Array,
        due: Array,
    ) -> DeviceAgent[Batch]:
        def body(number: Array, agent: DeviceAgent[Batch]) -> DeviceAgent[Batch]:
            own, noise = jax.random.split(jax.random.fold_in(key, done + number))
            batch = parallel_replay.sample(
                memory, own, self.batch_size, self.n_step, agent.scalars.discount
            )
            return agent.update(batch, noise)

        return jax.lax.fori_loop(0, due, body, agent)

    def _measure(self, run: Parallel) -> Array:
        key = jax.random.fold_in(_key(run.key, DIAGNOSE), run.steps)
        first, second, third = jax.random.split(key, 3)
        size, discount = DIAGNOSTIC_BATCH, run.agent.scalars.discount
        uniform = parallel_replay.sample(run.memory, first, size, self.n_step, discount)
        return diagnostics.diagnose(
            run.agent,
            uniform,
            parallel_replay.newest(run.memory, size, self.n_step, discount),
            parallel_replay.sample(run.validation, second, size, self.n_step, discount),
            jax.random.normal(third, uniform.actions.shape),
        )

    @cached_property
    def _start(self) -> Any:
        def start(keys: Array, scalars: Scalars, stagger: Array) -> Parallel:
            def one(run: Array, _: Any) -> Parallel:
                own = jax.tree.map(lambda x: x[run], scalars)
                return self._first(keys[run], own, stagger)

            shapes = jax.eval_shape(lambda: one(jnp.int32(0), None))
            blank = jax.tree.map(
                lambda x: jnp.zeros((self.capacity, *x.shape), x.dtype), shapes
            )
            everyone = jnp.arange(self.capacity)
            return self._each(one, blank, everyone, jnp.int32(self.capacity))

        return jax.jit(start)

    @cached_property
    def _advance(self) -> Any:
        @partial(jax.jit, donate_argnums=(0,))
        def advance(
            runs: Parallel,
            counts: Array,
            length: Array,
            warmup: Array,
            order: Array,
            active: Array,
        ) -> Parallel:
            def one(place: Array, run: Parallel) -> Parallel:
                def body(step: Array, run: Parallel) -> Parallel:
                    return self._one_step(run, counts[place, step], warmup)

                return jax.lax.fori_loop(0, length, body, run)

            return self._each(one, runs, order, active)

        return advance

    @cached_property
    def _diagnose(self) -> Any:
        @jax.jit
        def diagnose(runs: Parallel, order: Array, active: Array) -> Array:
            if self.layout == "vmap":
                return jax.vmap(self._measure)(runs)
            blank = jnp.zeros((self.capacity, len(diagnostics.METRICS)))
            return map_runs(
                lambda run, _: self._measure(jax.tree.map(lambda x: x[run], runs)),
                blank,
                order=order,
                active=active,
                layout=self.layout,
            )

        return diagnose

    def _each(self, one: Any, runs: Any, order: Array, active: Array) -> Any:
        """Map over runs. At once, idle and failed ones are computed too: to leave them
        as they were would take a second copy of every replay."""
        if self.layout == "vmap":
            return jax.vmap(one)(jnp.arange(self.capacity), runs)
        return map_runs(one, runs, order=order, active=active, layout=self.layout)


def _insert(
    rows: Rows, observations: Array, actions: Array, outcome: Outcome, part: slice
) -> Rows:
    return parallel_replay.insert(
        rows,
        observations=observations[part],
        actions=actions[part],
        rewards=outcome.rewards[part],
        terminated=outcome.terminated[part],
        truncated=outcome.truncated[part],
        next_observations=outcome.next_observations[part],
    )


def _key(data: Array, purpose: int) -> Array:
    return jax.random.fold_in(jax.random.wrap_key_data(data), purpose)


def _step_key(run: Parallel, purpose: int) -> Array:
    return jax.random.fold_in(_key(run.key, purpose), run.steps)
