"""The compiled program of a group of runs: one for each (environment, B, network)."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.agents.protocol import CRITIC, AgentConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.mapping import map_runs
from value_scaling.learning.training import diagnostics
from value_scaling.learning.training.state import AgentT, CollectorT, ReplayT, State

DIAGNOSTIC_BATCH = 256
INIT, ACT, UPDATE, VALIDATE, DIAGNOSE, STAGGER, RESET = range(7)
"""Purposes that are folded into a run's key before any counter."""
BatchT = TypeVar("BatchT")
TreeT = TypeVar("TreeT")
FirstT = TypeVar("FirstT")


@dataclass(frozen=True, kw_only=True)
class Program(ABC, Generic[AgentT, ReplayT, CollectorT, BatchT, FirstT]):
    """Compile-time shapes and switches of a program.

    σ, η, γ, τ and the target entropy are arguments instead, one value for each run. A
    subclass defines how transitions are collected.
    """

    config: AgentConfig[AgentT]
    observation_size: int
    action_size: int
    batch_size: int
    capacity: int
    """Most runs; a smaller group leaves places idle, at no cost in time."""
    layout: str = "map"
    """One of `mapping.LAYOUTS`."""

    @property
    def model_size(self) -> int:
        """Return N, the number of parameters of all critics of one run."""
        return _model_size(self.config, self.observation_size, self.action_size)

    def start(
        self, keys: np.ndarray, scalars: Scalars, first: FirstT
    ) -> State[AgentT, ReplayT, CollectorT]:
        """Initialise runs.

        Args:
            keys: [runs, 2] uint32; runs ≤ `capacity`.
            scalars: each [runs].
            first: argument of `_initial_run` for each run; leaves have an axis [runs].
        """
        return self._start(*jax.tree.map(self._pad, (keys, scalars, first)))

    def diagnose(
        self, state: State[AgentT, ReplayT, CollectorT], order: np.ndarray
    ) -> np.ndarray:
        """Return the diagnostics, [capacity, metric], of the runs in `order`."""
        return np.asarray(self._diagnose(state, *self._active(order)))

    @abstractmethod
    def _initial_run(
        self, key: Array, scalars: Scalars, first: FirstT
    ) -> State[AgentT, ReplayT, CollectorT]:
        """Return one run before its first step."""

    @abstractmethod
    def _sample(
        self, replay: ReplayT, run: Array, key: Array, size: int, agent: AgentT
    ) -> BatchT:
        """Draw transitions of one run from replays with a leading axis [runs]."""

    @abstractmethod
    def _newest(self, replay: ReplayT, run: Array, size: int, agent: AgentT) -> BatchT:
        """Return the newest transitions of one run."""

    def _map_runs(
        self,
        one: Callable[[Array, TreeT], TreeT],
        states: TreeT,
        order: Array,
        active: Array | int,
    ) -> TreeT:
        """Map `one` over the active runs; see `map_runs`."""
        return map_runs(one, states, order=order, active=active, layout=self.layout)

    def _learn(
        self,
        own: State[AgentT, ReplayT, CollectorT],
        due: Array,
        sample: Callable[[Array, AgentT], BatchT],
    ) -> AgentT:
        """Return one run's agent after the updates that are due.

        Args:
            sample: draws a batch with a key.
        """
        root = run_key(own.key, UPDATE)

        def body(number: Array, agent: AgentT) -> AgentT:
            key, noise = jax.random.split(
                jax.random.fold_in(root, own.updates + number)
            )
            return agent.update(sample(key, agent), noise)

        return jax.lax.fori_loop(0, due, body, own.agent)

    def _pad(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x)
        if len(x) == self.capacity:
            return x
        padded = np.zeros((self.capacity, *x.shape[1:]), x.dtype)
        padded[: len(x)] = x
        return padded

    def _active(self, order: np.ndarray) -> tuple[np.ndarray, np.int32]:
        """Return the active runs followed by the others, and how many are active."""
        idle = np.ones(self.capacity, bool)
        idle[order] = False
        places = np.concatenate([order, np.flatnonzero(idle)])
        return places.astype(np.int32), np.int32(len(order))

    @cached_property
    def _start(self) -> Callable[..., State[AgentT, ReplayT, CollectorT]]:
        def start(
            keys: Array, scalars: Scalars, first: FirstT
        ) -> State[AgentT, ReplayT, CollectorT]:
            def one(run: Array, _: object) -> State[AgentT, ReplayT, CollectorT]:
                own = jax.tree.map(lambda x: x[run], (scalars, first))
                return self._initial_run(keys[run], *own)

            shapes = jax.eval_shape(lambda: one(jnp.int32(0), None))
            blank = jax.tree.map(
                lambda x: jnp.zeros((self.capacity, *x.shape), x.dtype), shapes
            )
            all_runs = jnp.arange(self.capacity)
            return self._map_runs(one, blank, all_runs, self.capacity)

        return jax.jit(start)

    @cached_property
    def _diagnose(self) -> Callable[..., Array]:
        @jax.jit
        def diagnose(
            state: State[AgentT, ReplayT, CollectorT], order: Array, active: Array
        ) -> Array:
            def one(run: Array, _: Array) -> Array:
                own = jax.tree.map(lambda x: x[run], state.without_replays())
                agent, size = own.agent, DIAGNOSTIC_BATCH
                key = jax.random.fold_in(run_key(own.key, DIAGNOSE), own.steps)
                first, second, third = jax.random.split(key, 3)
                uniform = self._sample(state.replay, run, first, size, agent)
                return diagnostics.diagnose(
                    agent,
                    uniform,
                    self._newest(state.replay, run, size, agent),
                    self._sample(state.validation, run, second, size, agent),
                    jax.random.normal(third, (size, self.action_size)),
                )

            blank = jnp.zeros((self.capacity, len(diagnostics.METRICS)))
            return self._map_runs(one, blank, order, active)

        return diagnose


@cache
def _model_size(config: AgentConfig[Any], observation: int, action: int) -> int:
    one = jnp.float32(0)
    scalars = Scalars(one, one, one, one)
    critics = jax.eval_shape(
        lambda: config.create(
            jax.random.key(0), observation, action, scalars
        ).parameters[CRITIC]
    )
    return sum(math.prod(x.shape) for x in jax.tree.leaves(critics))


def run_key(data: Array, purpose: int) -> Array:
    """Return a run's typed key for one purpose; `data` is [2] uint32."""
    return jax.random.fold_in(jax.random.wrap_key_data(data), purpose)


def explore(
    own: State[AgentT, ReplayT, CollectorT],
    observations: Array,
    purpose: int,
    step: Array,
) -> Array:
    """Return the next actions of one run's agent, [..., action]."""
    key = jax.random.fold_in(run_key(own.key, purpose), step)
    return own.agent.explore(observations, key, step)
