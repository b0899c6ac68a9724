"""The compiled program of a group of runs: one for each (environment, B, network)."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.agents.protocol import Agent, AgentConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay import ring
from value_scaling.learning.replay.ring import Batch, Replay, Transition
from value_scaling.learning.training import diagnostics
from value_scaling.learning.training.mapping import map_runs

DIAGNOSTIC_BATCH = 256
INIT, ACT, UPDATE, VALIDATE, DIAGNOSE = range(5)
"""Purposes that a run's key is folded with, before any counter."""


@flax.struct.dataclass
class Learners:
    """What learning changes; every leaf has a leading axis [runs]."""

    agent: Agent[Batch]
    key: Array  # [runs, 2] uint32; never changes: keys are folded with counters
    steps: Array  # [runs] int32: environment steps
    updates: Array  # [runs] int32
    action: Array  # [runs, action], to take next


@dataclass(frozen=True)
class Program:
    """Shapes and switches that are compiled in.

    σ, η, γ, τ and the target entropy are not: they are arguments, one a run.
    """

    config: AgentConfig[Agent[Batch]]
    observation_size: int
    action_size: int
    batch_size: int
    capacity: int
    """Runs that fit; a smaller group leaves places idle, at no cost in time."""
    slots: int
    validation_slots: int
    layout: str = "map"
    most: int = 2**31 - 1
    """Transitions that a replay holds at most; the slots beyond are for the ends of
    episodes."""

    def start(
        self,
        keys: np.ndarray,
        scalars: Scalars,
        observations: np.ndarray,
        validation: np.ndarray,
    ) -> tuple[Learners, Replay, Replay]:
        """Initialise runs; arguments have a leading axis [runs ≤ capacity]."""
        keys, scalars, observations, validation = jax.tree.map(
            self._pad, (keys, scalars, observations, validation)
        )
        return self._start(keys, scalars, observations, validation)

    def step(
        self,
        learners: Learners,
        memory: Replay,
        packed: np.ndarray,
        counts: np.ndarray,
        order: np.ndarray,
        active: int,
    ) -> tuple[Learners, Replay]:
        """Store a transition of each run, update `counts` times, choose an action.

        The first two arguments are given up (their memory is used again).

        Args:
            packed: see `pack`, [runs, ...].
            counts: [runs] int, updates due.
            order, active: the active runs, see `map_runs`.
        """
        return self._step(
            learners,
            memory,
            self._pad(packed),
            self._pad(counts.astype(np.int32)),
            self._pad_order(order),
            np.int32(active),
        )

    def step_validation(
        self,
        learners: Learners,
        memory: Replay,
        packed: np.ndarray,
        order: np.ndarray,
        active: int,
    ) -> tuple[np.ndarray, Replay]:
        """Store a validation transition; return the actions to take there next."""
        actions, memory = self._step_validation(
            learners,
            memory,
            self._pad(packed),
            self._pad_order(order),
            np.int32(active),
        )
        return np.asarray(actions), memory

    def reset(self, learners: Learners, order: np.ndarray, active: int) -> Learners:
        """Reset the networks and optimizers of the active runs."""
        return self._reset(learners, self._pad_order(order), np.int32(active))

    def begin(
        self, learners: Learners, memory: Replay, observations: np.ndarray
    ) -> tuple[Learners, Replay]:
        """Give up the episodes in flight, and act on new observations next.

        The first two arguments are given up.
        """
        return self._begin(learners, memory, self._pad(observations))

    def begin_validation(
        self, learners: Learners, memory: Replay, observations: np.ndarray
    ) -> tuple[np.ndarray, Replay]:
        """Do so in the validation stream; return the actions to take there next."""
        actions, memory = self._begin_validation(
            learners, memory, self._pad(observations)
        )
        return np.asarray(actions), memory

    def diagnose(
        self,
        learners: Learners,
        memory: Replay,
        validation: Replay,
        order: np.ndarray,
        active: int,
    ) -> np.ndarray:
        """Return the diagnostics, [capacity, metric]; those of idle runs are 0."""
        return np.asarray(
            self._diagnose(
                learners, memory, validation, self._pad_order(order), np.int32(active)
            )
        )

    def _pad(self, x: Any) -> np.ndarray:
        x = np.asarray(x)
        if len(x) == self.capacity:
            return x
        padded = np.zeros((self.capacity, *x.shape[1:]), x.dtype)
        padded[: len(x)] = x
        return padded

    def _pad_order(self, order: np.ndarray) -> np.ndarray:
        if len(order) == self.capacity:
            return order.astype(np.int32)
        rest = np.setdiff1d(np.arange(self.capacity), order)
        return np.concatenate([order, rest]).astype(np.int32)

    def _transition(self, packed: Array) -> Transition:
        a, o = self.action_size, self.observation_size
        return Transition(
            action=packed[:, :a],
            reward=packed[:, a],
            mask=packed[:, a + 1],
            ended=packed[:, a + 2],
            next_observation=packed[:, a + 3 : a + 3 + o],
            observation=packed[:, a + 3 + o :],
        )

    @cached_property
    def _start(self) -> Any:
        def start(
            keys: Array, scalars: Scalars, observations: Array, validation: Array
        ) -> tuple[Learners, Replay, Replay]:
            def one(run: Array, _: Array) -> Agent[Batch]:
                return self.config.create(
                    _key(keys[run], INIT),
                    self.observation_size,
                    self.action_size,
                    jax.tree.map(lambda x: x[run], scalars),
                )

            shapes = jax.eval_shape(lambda: one(jnp.int32(0), jnp.int32(0)))
            blank = jax.tree.map(
                lambda x: jnp.zeros((self.capacity, *x.shape), x.dtype), shapes
            )
            everyone = jnp.arange(self.capacity)
            agent = map_runs(
                one, blank, order=everyone, active=len(everyone), layout=self.layout
            )
            zeros = jnp.zeros(self.capacity, jnp.int32)
            learners = Learners(
                agent=agent,
                key=keys,
                steps=zeros,
                updates=zeros,
                action=jnp.zeros((self.capacity, self.action_size)),
            )
            fill = jax.vmap(ring.empty, (None, 0, None))
            return (
                learners,
                fill(self.slots, observations, self.action_size),
                fill(self.validation_slots, validation, self.action_size),
            )

        return jax.jit(start)

    @cached_property
    def _reset(self) -> Any:
        @partial(jax.jit, donate_argnums=(0,))
        def reset(learners: Learners, order: Array, active: Array) -> Learners:
            def one(run: Array, own: Learners) -> Learners:
                # The step tells this initialisation from the first and from others.
                key = jax.random.fold_in(_key(own.key, INIT), own.steps)
                agent = self.config.create(
                    key, self.observation_size, self.action_size, own.agent.scalars
                )
                return own.replace(agent=agent)  # type: ignore[attr-defined]

            return map_runs(
                one, learners, order=order, active=active, layout=self.layout
            )

        return reset

    @cached_property
    def _begin(self) -> Any:
        @partial(jax.jit, donate_argnums=(0, 1))
        def begin(
            learners: Learners, memory: Replay, observations: Array
        ) -> tuple[Learners, Replay]:
            def one(run: Array, own: Learners) -> Learners:
                # `step` has counted on: these actions stand in for its last ones.
                action = _explore(own, observations[run], ACT, own.steps - 1)
                return own.replace(action=action)  # type: ignore[attr-defined]

            memory = jax.vmap(ring.begin)(memory, observations)
            everyone = jnp.arange(self.capacity)
            learners = map_runs(
                one, learners, order=everyone, active=self.capacity, layout=self.layout
            )
            return learners, memory

        return begin

    @cached_property
    def _begin_validation(self) -> Any:
        @partial(jax.jit, donate_argnums=(1,))
        def begin(
            learners: Learners, memory: Replay, observations: Array
        ) -> tuple[Array, Replay]:
            memory = jax.vmap(ring.begin)(memory, observations)
            everyone = jnp.arange(self.capacity)
            actions = self._validate(learners, observations, everyone, self.capacity)
            return actions, memory

        return begin

    def _validate(
        self, learners: Learners, observations: Array, order: Array, active: Any
    ) -> Array:
        """Return what the policies do next in the validation stream."""

        def one(run: Array, _: Array) -> Array:
            own = jax.tree.map(lambda x: x[run], learners)
            return _explore(own, observations[run], VALIDATE, own.steps)

        blank = jnp.zeros((self.capacity, self.action_size))
        return map_runs(one, blank, order=order, active=active, layout=self.layout)

    @cached_property
    def _step(self) -> Any:
        @partial(jax.jit, donate_argnums=(0, 1))
        def step(
            learners: Learners,
            memory: Replay,
            packed: Array,
            counts: Array,
            order: Array,
            active: Array,
        ) -> tuple[Learners, Replay]:
            new = self._transition(packed)
            memory = jax.vmap(ring.insert, (0, 0, None))(memory, new, self.most)

            def one(run: Array, own: Learners) -> Learners:
                root = _key(own.key, UPDATE)

                def body(number: Array, agent: Agent[Batch]) -> Agent[Batch]:
                    key, noise = jax.random.split(
                        jax.random.fold_in(root, own.updates + number)
                    )
                    batch = ring.sample(memory, run, key, self.batch_size)
                    return agent.update(batch, noise)

                agent = jax.lax.fori_loop(0, counts[run], body, own.agent)
                learned = own.replace(  # type: ignore[attr-defined]
                    agent=agent, updates=own.updates + counts[run]
                )
                return learned.replace(
                    steps=own.steps + 1,
                    action=_explore(learned, new.observation[run], ACT, own.steps),
                )

            learners = map_runs(
                one, learners, order=order, active=active, layout=self.layout
            )
            return learners, memory

        return step

    @cached_property
    def _step_validation(self) -> Any:
        @partial(jax.jit, donate_argnums=(1,))
        def step(
            learners: Learners,
            memory: Replay,
            packed: Array,
            order: Array,
            active: Array,
        ) -> tuple[Array, Replay]:
            new = self._transition(packed)
            memory = jax.vmap(ring.insert, (0, 0, None))(memory, new, self.most)
            actions = self._validate(learners, new.observation, order, active)
            return actions, memory

        return step

    @cached_property
    def _diagnose(self) -> Any:
        @jax.jit
        def diagnose(
            learners: Learners,
            memory: Replay,
            validation: Replay,
            order: Array,
            active: Array,
        ) -> Array:
            def one(run: Array, _: Array) -> Array:
                own = jax.tree.map(lambda x: x[run], learners)
                key = jax.random.fold_in(_key(own.key, DIAGNOSE), own.steps)
                first, second, third = jax.random.split(key, 3)
                size = DIAGNOSTIC_BATCH
                uniform = ring.sample(memory, run, first, size)
                return diagnostics.diagnose(
                    own.agent,
                    uniform,
                    ring.newest(memory, run, size),
                    ring.sample(validation, run, second, size),
                    jax.random.normal(third, uniform.actions.shape),
                )

            blank = jnp.zeros((self.capacity, len(diagnostics.METRICS)))
            return map_runs(one, blank, order=order, active=active, layout=self.layout)

        return diagnose


def pack(actions: np.ndarray, steps: Any) -> np.ndarray:
    """Put a step of every run side by side: one transfer to the device, not six.

    Args:
        actions: [runs, action], as `envs.spaces` says.
        steps: `streams.Steps`.

    Returns:
        [runs, action + 3 + 2·observation]: action, reward, mask, ended, next
        observation (before a reset), observation (after it).
    """
    columns = [steps.rewards, 1.0 - steps.terminated, steps.ended]
    return np.concatenate(
        [
            actions,
            np.stack(columns, axis=1),
            steps.next_observations,
            steps.observations,
        ],
        axis=1,
        dtype=np.float32,
    )


def _key(data: Array, purpose: int) -> Array:
    return jax.random.fold_in(jax.random.wrap_key_data(data), purpose)


def _explore(own: Learners, observation: Array, purpose: int, step: Array) -> Array:
    """Return what one run's agent does next, [action]."""
    key = jax.random.fold_in(_key(own.key, purpose), step)
    return own.agent.explore(observation, key, step)
