"""Runs with one environment each, which are stepped on the host."""

from collections.abc import Iterable, Sequence
from typing import Self

import flax.struct
import numpy as np

from value_scaling.learning.agents.registry import HOST_AGENTS, make_config
from value_scaling.learning.backend import critic_layout
from value_scaling.learning.envs.protocol import VectorEnv
from value_scaling.learning.envs.registry import make_vector_env, sizes
from value_scaling.learning.envs.spaces import check_algorithm, random_actions
from value_scaling.learning.replay.chunks import Position
from value_scaling.learning.training.group import Group
from value_scaling.learning.training.host_program import HostProgram, HostState, pack
from value_scaling.learning.training.runs import Run
from value_scaling.learning.training.snapshots import (
    Arrays,
    add_prefix,
    flatten,
    strip_prefix,
    unflatten,
)
from value_scaling.records.schedule import TrainedResets, updates_due
from value_scaling.records.training import Training


class Episodes(flax.struct.PyTreeNode):
    """Statistics of the current episodes, in arrays [runs] written in place."""

    returns: np.ndarray
    """Sum of the rewards of the current episode."""
    logged: np.ndarray
    """Whether its return counts; false only in a staggered run's first episode."""
    window_sum: np.ndarray
    """Sum of the returns since the last logged point."""
    window_count: np.ndarray
    last_return: np.ndarray
    """Return of the last episode; NaN if there was none."""
    heads: np.ndarray
    """Position up to which the replay has been written, as `replay_buffer.insert`
    counts."""
    validation_heads: np.ndarray

    @classmethod
    def begin(cls, runs: int, *, logged: bool) -> Self:
        """Return the statistics before the first step.

        Args:
            logged: whether the first episode's return counts.
        """
        return cls(
            returns=np.zeros(runs),
            logged=np.full(runs, logged),
            window_sum=np.zeros(runs),
            window_count=np.zeros(runs, int),
            last_return=np.full(runs, np.nan),
            heads=np.zeros(runs, int),
            validation_heads=np.zeros(runs, int),
        )

    def add(self, rewards: np.ndarray, ended: np.ndarray) -> None:
        """Add one step of each run; `ended` is [runs] of bool."""
        self.returns[:] += rewards
        logged = ended & self.logged
        self.window_sum[logged] += self.returns[logged]
        self.window_count[logged] += 1
        self.last_return[logged] = self.returns[logged]
        self.returns[ended] = 0.0
        self.logged[:] |= ended


def make_program(
    training: Training,
    env: str,
    *,
    batch_size: int,
    capacity: int,
    max_env_steps: int,
    layout: str,
) -> HostProgram:
    """Return the program of such runs; see `registry.make_program`."""
    engine = training.task(env).engine
    observation_size, action_size, discrete = sizes(engine, env)
    check_algorithm(env, training.algorithm, discrete=discrete)
    return HostProgram(
        config=make_config(HOST_AGENTS, training, critic_layout=critic_layout(layout)),
        observation_size=observation_size,
        action_size=action_size,
        batch_size=batch_size,
        capacity=capacity,
        replay_size=_size(max_env_steps, training),
        validation_size=_size(-(-max_env_steps // training.validation_every), training),
        layout=layout,
        max_transitions=training.replay,
    )


def _size(steps: int, training: Training) -> int:
    """Return the number of slots of a replay.

    It is enough for all transitions, each with an end of an episode, or, if that is
    less, for the transitions that the replay holds and an end after every twentieth.
    """
    return min(2 * steps + 2, training.replay + training.replay // 20 + 2)


class HostGroup(Group[HostProgram, HostState]):
    """Runs whose environments are stepped on the host."""

    def __init__(
        self,
        runs: Sequence[Run],
        training: Training,
        program: HostProgram,
        *,
        target: float | None = None,
    ) -> None:
        super().__init__(runs, training, program, target=target)
        self.resets = TrainedResets.of(training)
        self.vector_env = self._vector_env("environment")
        self.validation_env = self._vector_env("validation")
        every, start = training.validation_every, training.start_training
        self.warmup = self._random_actions("warmup", start)
        self.validation_warmup = (
            self._random_actions("validation warmup", start // every)
            if start >= every
            # The first action is always random, as the policy has not acted before.
            else self._random_actions("validation start", 1)
        )
        limit = self.vector_env.time_limit
        self.truncate_at = np.array(
            [run.stream("stagger").integers(1, limit + 1) for run in runs]
            if training.stagger
            else [0] * len(runs)
        )
        self.episodes = Episodes.begin(len(runs), logged=not training.stagger)
        self.state = program.start(
            self._keys(),
            self._scalars(),
            (self.vector_env.reset(), self.validation_env.reset()),
        )

    @property
    def episode_steps(self) -> int:
        return self.vector_env.time_limit

    def _random_actions(self, purpose: str, steps: int) -> np.ndarray:
        """Draw [runs, steps, action], from a separate stream of each run."""
        size, discrete = self.program.action_size, self.vector_env.discrete
        return np.stack(
            [
                random_actions(run.stream(purpose), steps, size, discrete=discrete)
                for run in self.runs
            ]
        )

    def _vector_env(self, purpose: str) -> VectorEnv:
        return make_vector_env(
            self.task.engine,
            self.task.name,
            [run.engine_seed(purpose) for run in self.runs],
            [f"{run} ({purpose})" for run in self.runs],
        )

    def _collect(self) -> None:
        count, start = len(self.runs), self.training.start_training
        if self.step < start:
            actions = self.warmup[:, self.step]
        else:
            actions = np.asarray(self.state.collector.training)[:count]
            self._fail(np.isnan(actions).any(axis=1))
        active, order, now = self.active, self.order, self.step + 1
        truncate = (self.truncate_at == now) & ~self.episodes.logged
        steps = self.vector_env.step(actions, active=active, truncate=truncate)
        self.episodes.add(steps.rewards, steps.ended)
        finite = np.isfinite(steps.next_observations).all(axis=1)
        self._fail(~(np.isfinite(steps.rewards) & finite))
        counts = np.array(
            [updates_due(run.setting.utd, now - start) for run in self.runs]
        )
        number, rest = divmod(now, self.training.validation_every)
        # The step does not change them; reading them later would wait for its updates.
        validation = None if rest else self._validation_actions(number)
        self._reset_networks(now, active)
        packed = pack(actions, steps)
        self.state = self.program.step(self.state, packed, counts, order)
        self.episodes.heads[:] += 1 + steps.ended
        self.step = now
        if validation is not None:
            self._validate(validation, order, active)

    def _reset_networks(self, now: int, active: np.ndarray) -> None:
        """Reinitialise the networks if the schedule says so."""
        if self.resets.never:
            return
        due = np.array([self.resets.due(run.setting.utd, now) for run in self.runs])
        if (due & active).any():
            self.state = self.program.reset(self.state, np.flatnonzero(due & active))

    def _validation_actions(self, number: int) -> np.ndarray:
        """Return the actions of validation step `number`, [runs, action].

        They are random during warm-up, then given by the policy.
        """
        if number <= self.validation_warmup.shape[1]:
            return self.validation_warmup[:, number - 1]
        return np.array(self.state.collector.validation)[: len(self.runs)]

    def _validate(
        self, actions: np.ndarray, order: np.ndarray, active: np.ndarray
    ) -> None:
        """Step the validation environments once."""
        steps = self.validation_env.step(actions, active=active)
        packed = pack(actions, steps)
        self.state = self.program.step_validation(self.state, packed, order)
        self.episodes.validation_heads[:] += 1 + steps.ended

    def _window(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        own = self.episodes
        found = own.window_sum.copy(), own.window_count.copy(), own.last_return
        own.window_sum[:], own.window_count[:] = 0.0, 0
        return found

    def position(self, name: str) -> Position:
        if name == "replay":
            return Position(self.episodes.heads.copy(), self.step)
        number = self.step // self.training.validation_every
        return Position(self.episodes.validation_heads.copy(), number)

    def arrays(self) -> Arrays:
        return {
            **super().arrays(),
            **flatten("episodes", self.episodes),
            **add_prefix("vector_env", self.vector_env.snapshot()),
            **add_prefix("validation_env", self.validation_env.snapshot()),
        }

    def restore_from(
        self, arrays: Arrays, pieces: Iterable[tuple[str, Arrays]]
    ) -> None:
        super().restore_from(arrays, pieces)
        self.episodes = unflatten("episodes", self.episodes, arrays)
        observations = (
            self.vector_env.restore(strip_prefix("vector_env", arrays), at=self.step),
            self.validation_env.restore(
                strip_prefix("validation_env", arrays), at=self.step
            ),
        )
        if not self.vector_env.exact:
            self._abandon_episodes(observations)

    def _abandon_episodes(self, observations: tuple[np.ndarray, np.ndarray]) -> None:
        """Continue with new episodes; the current ones are abandoned and not logged.

        This also ends a staggered first episode, so none is truncated afterwards.
        """
        self.state = self.program.begin(self.state, observations)
        self.episodes.heads[:] += 1  # as `replay_buffer.begin` does
        self.episodes.validation_heads[:] += 1
        self.episodes.returns[:] = 0.0
        self.episodes.logged[:] = True
        self.log.inexact_resumes[()] += 1
