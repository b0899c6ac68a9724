"""Runs with many environments each, which are stepped on the device.

Steps are counted in transitions: one simulator step of N environments is N transitions.
σ is therefore the number of critic updates per transition, as on the paper's axis C/D.
"""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from value_scaling.learning.agents.registry import DEVICE_AGENTS, make_config
from value_scaling.learning.backend import critic_layout
from value_scaling.learning.envs.registry import sizes
from value_scaling.learning.envs.spaces import check_algorithm
from value_scaling.learning.replay.chunks import Position
from value_scaling.learning.training.device_program import (
    BLOCK,
    DeviceProgram,
    DeviceState,
)
from value_scaling.learning.training.group import Group
from value_scaling.learning.training.runs import Run
from value_scaling.records.schedule import updates_done
from value_scaling.records.training import Training


def make_program(
    training: Training,
    env: str,
    *,
    batch_size: int,
    capacity: int,
    max_env_steps: int,
    layout: str,
) -> DeviceProgram:
    """Return the program of such runs; see `registry.make_program`."""
    engine, count = training.task(env).engine, training.num_envs
    observation_size, action_size, discrete = sizes(engine, env)
    check_algorithm(env, training.algorithm, discrete=discrete)
    return DeviceProgram(
        config=make_config(
            DEVICE_AGENTS, training, critic_layout=critic_layout(layout)
        ),
        engine=engine,
        task=env,
        observation_size=observation_size,
        action_size=action_size,
        environments=count,
        validation_environments=max(1, count // training.validation_every),
        n_step=training.n_step,
        batch_size=batch_size,
        capacity=capacity,
        # The newest rows, whose n steps are not complete, are held in addition.
        replay_size=min(-(-max_env_steps // count), training.replay // count)
        + training.n_step,
        layout=layout,
    )


class DeviceGroup(Group[DeviceProgram, DeviceState]):
    """Runs whose environments are always stepped on the device."""

    def __init__(
        self,
        runs: Sequence[Run],
        training: Training,
        program: DeviceProgram,
        *,
        target: float | None = None,
    ) -> None:
        super().__init__(runs, training, program, target=target)
        self.width = program.environments
        self.warmup = -(-training.start_training // self.width)
        stagger = jnp.full(program.capacity, training.stagger)
        self.state = program.start(self._keys(), self._scalars(), stagger)

    @property
    def episode_steps(self) -> int:
        return self.program.env.time_limit * self.width

    def _collect(self) -> None:
        first, end = self.step // self.width, self._next_stop() // self.width
        counts = np.array([self._due(run, first, end) for run in self.runs])
        self.state = self.program.advance(
            self.state, counts, warmup=self.warmup, order=self.order
        )
        self.step = end * self.width
        failed_at = np.asarray(self.state.collector.failed_at)[: len(self.runs)]
        self._fail(failed_at >= 0, failed_at * self.width)

    def _next_stop(self) -> int:
        """Return the step up to which the program is called next."""
        stops = [self.step + BLOCK * self.width, self.total]
        for steps in (self.log_steps, self.diagnostic_steps):
            stops += steps[steps > self.step][:1].tolist()
        return min(stops)

    def _due(self, run: Run, first: int, end: int) -> list[int]:
        """Return the updates after each simulator step, such that σ holds exactly."""
        start = self.training.start_training
        done = [
            updates_done(run.setting.utd, step * self.width - start)
            for step in range(first, end + 1)
        ]
        return np.diff(done).tolist()

    def _window(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        own, count = self.state.collector, len(self.runs)
        each = own.window_sum, own.window_count, own.last_return
        total, ended, last = (np.array(x)[:count] for x in each)
        collector = own.replace(
            window_sum=jnp.zeros_like(own.window_sum),
            window_count=jnp.zeros_like(own.window_count),
        )
        self.state = self.state.replace(collector=collector)
        return total, ended, last

    def position(self, name: str) -> Position:
        """Return the position of a replay, in simulator steps."""
        steps = self.step // self.width
        return Position(np.full(len(self.runs), steps), steps)
