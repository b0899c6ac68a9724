"""Compiled steps of runs with one environment each, which are stepped on the host."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import flax.struct
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from value_scaling.learning.agents.protocol import Agent
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.envs.protocol import StepResult
from value_scaling.learning.replay import replay_buffer
from value_scaling.learning.replay.replay_buffer import Batch, ReplayBuffer, Transition
from value_scaling.learning.training.program import (
    ACT,
    INIT,
    VALIDATE,
    Program,
    explore,
    run_key,
)
from value_scaling.learning.training.state import State


class NextActions(flax.struct.PyTreeNode):
    """Actions to take next, each [action]."""

    training: Array
    validation: Array


HostState = State[Agent[Batch], ReplayBuffer, NextActions]
Observations = tuple[np.ndarray, np.ndarray]
"""First observations for training and for validation, each [runs, observation]."""


@dataclass(frozen=True, kw_only=True)
class HostProgram(
    Program[Agent[Batch], ReplayBuffer, NextActions, Batch, Observations]
):
    """A program that receives one transition of each run at a time."""

    replay_size: int
    """Number of slots in a replay; each transition takes one, and each end of an
    episode another."""
    validation_size: int
    max_transitions: int = 2**31 - 1
    """Most transitions in a replay; the remaining slots are for the ends of
    episodes."""

    def step(
        self,
        state: HostState,
        packed: np.ndarray,
        counts: np.ndarray,
        order: np.ndarray,
    ) -> HostState:
        """Store a transition of each run, update `counts` times, and choose an action.

        `state` is donated (its memory is reused).

        Args:
            packed: [runs, ...], from `pack`.
            counts: [runs] int, number of updates that are due.
            order: the active runs.
        """
        own, replay = self._step(
            state.without_replays(),
            state.replay,
            self._pad(packed),
            self._pad(counts.astype(np.int32)),
            *self._active(order),
        )
        return own.replace(replay=replay, validation=state.validation)

    def step_validation(
        self, state: HostState, packed: np.ndarray, order: np.ndarray
    ) -> HostState:
        """Store a validation transition and choose an action; `state` is donated."""
        actions, validation = self._step_validation(
            state.without_replays(),
            state.validation,
            self._pad(packed),
            *self._active(order),
        )
        return _with_validation(state, actions, validation)

    def reset(self, state: HostState, order: np.ndarray) -> HostState:
        """Reset networks and optimizers of the runs in `order`; `state` is donated."""
        own = self._reset(state.without_replays(), *self._active(order))
        return own.replace(replay=state.replay, validation=state.validation)

    def begin(self, state: HostState, observations: Observations) -> HostState:
        """Abandon the current episodes and use new observations; `state` is donated."""
        training, validation = (self._pad(each) for each in observations)
        own, replay = self._begin(state.without_replays(), state.replay, training)
        state = own.replace(replay=replay, validation=state.validation)
        actions, replay = self._begin_validation(
            state.without_replays(), state.validation, validation
        )
        return _with_validation(state, actions, replay)

    def _initial_run(
        self, key: Array, scalars: Scalars, first: Observations
    ) -> HostState:
        agent = self.config.create(
            run_key(key, INIT), self.observation_size, self.action_size, scalars
        )
        zero, action = jnp.zeros((), jnp.int32), jnp.zeros(self.action_size)
        training, validation = map(jnp.asarray, first)
        return State(
            agent=agent,
            key=key,
            steps=zero,
            updates=zero,
            collector=NextActions(action, action),
            replay=replay_buffer.empty(self.replay_size, training, self.action_size),
            validation=replay_buffer.empty(
                self.validation_size, validation, self.action_size
            ),
        )

    def _sample(
        self,
        replay: ReplayBuffer,
        run: Array,
        key: Array,
        size: int,
        agent: Agent[Batch],
    ) -> Batch:
        return replay_buffer.sample(replay, run, key, size)

    def _newest(
        self, replay: ReplayBuffer, run: Array, size: int, agent: Agent[Batch]
    ) -> Batch:
        return replay_buffer.newest(replay, run, size)

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

    def _validate(
        self, own: HostState, observations: Array, order: Array, active: Array | int
    ) -> Array:
        """Return the next actions of the policies in the validation environments."""

        def one(run: Array, _: Array) -> Array:
            each = jax.tree.map(lambda x: x[run], own)
            return explore(each, observations[run], VALIDATE, each.steps)

        blank = jnp.zeros((self.capacity, self.action_size))
        return self._map_runs(one, blank, order, active)

    @cached_property
    def _reset(self) -> Callable[..., HostState]:
        @partial(jax.jit, donate_argnums=(0,))
        def reset(own: HostState, order: Array, active: Array) -> HostState:
            def one(run: Array, own: HostState) -> HostState:
                # The step makes this initialisation differ from all others.
                key = jax.random.fold_in(run_key(own.key, INIT), own.steps)
                agent = self.config.create(
                    key, self.observation_size, self.action_size, own.agent.scalars
                )
                return own.replace(agent=agent)

            return self._map_runs(one, own, order, active)

        return reset

    @cached_property
    def _begin(self) -> Callable[..., tuple[HostState, ReplayBuffer]]:
        @partial(jax.jit, donate_argnums=(0, 1))
        def begin(
            own: HostState, replay: ReplayBuffer, observations: Array
        ) -> tuple[HostState, ReplayBuffer]:
            def one(run: Array, own: HostState) -> HostState:
                # `step` has already advanced; these actions replace its last ones.
                action = explore(own, observations[run], ACT, own.steps - 1)
                return own.replace(collector=own.collector.replace(training=action))

            replay = jax.vmap(replay_buffer.begin)(replay, observations)
            all_runs = jnp.arange(self.capacity)
            return self._map_runs(one, own, all_runs, self.capacity), replay

        return begin

    @cached_property
    def _begin_validation(self) -> Callable[..., tuple[Array, ReplayBuffer]]:
        @partial(jax.jit, donate_argnums=(1,))
        def begin(
            own: HostState, replay: ReplayBuffer, observations: Array
        ) -> tuple[Array, ReplayBuffer]:
            replay = jax.vmap(replay_buffer.begin)(replay, observations)
            all_runs = jnp.arange(self.capacity)
            actions = self._validate(own, observations, all_runs, self.capacity)
            return actions, replay

        return begin

    @cached_property
    def _step(self) -> Callable[..., tuple[HostState, ReplayBuffer]]:
        @partial(jax.jit, donate_argnums=(0, 1))
        def step(
            own: HostState,
            replay: ReplayBuffer,
            packed: Array,
            counts: Array,
            order: Array,
            active: Array,
        ) -> tuple[HostState, ReplayBuffer]:
            new = self._transition(packed)
            replay = jax.vmap(replay_buffer.insert, (0, 0, None))(
                replay, new, self.max_transitions
            )

            def one(run: Array, own: HostState) -> HostState:
                def sample(key: Array, _: Agent[Batch]) -> Batch:
                    return replay_buffer.sample(replay, run, key, self.batch_size)

                agent = self._learn(own, counts[run], sample)
                learned = own.replace(agent=agent, updates=own.updates + counts[run])
                action = explore(learned, new.observation[run], ACT, own.steps)
                return learned.replace(
                    steps=own.steps + 1,
                    collector=own.collector.replace(training=action),
                )

            return self._map_runs(one, own, order, active), replay

        return step

    @cached_property
    def _step_validation(self) -> Callable[..., tuple[Array, ReplayBuffer]]:
        @partial(jax.jit, donate_argnums=(1,))
        def step(
            own: HostState,
            replay: ReplayBuffer,
            packed: Array,
            order: Array,
            active: Array,
        ) -> tuple[Array, ReplayBuffer]:
            new = self._transition(packed)
            replay = jax.vmap(replay_buffer.insert, (0, 0, None))(
                replay, new, self.max_transitions
            )
            return self._validate(own, new.observation, order, active), replay

        return step


def _with_validation(
    state: HostState, actions: Array, replay: ReplayBuffer
) -> HostState:
    collector = state.collector.replace(validation=actions)
    return state.replace(collector=collector, validation=replay)


def pack(actions: np.ndarray, steps: StepResult) -> np.ndarray:
    """Concatenate a step of every run, for one transfer to the device instead of six.

    Args:
        actions: [runs, action], stored as described in `envs.spaces`.

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
