"""A group of runs, trained together in one program; can stop and go on at any step."""

from collections.abc import Iterable, Sequence
from typing import Any

import jax
import numpy as np

from value_scaling.learning.agents.registry import HOST_AGENTS, make_config
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.backend import twins
from value_scaling.learning.envs.pools import PoolStreams
from value_scaling.learning.envs.registry import make_streams, sizes
from value_scaling.learning.envs.spaces import check_algorithm, random_actions
from value_scaling.learning.envs.streams import Streams
from value_scaling.learning.replay import chunks
from value_scaling.learning.replay.chunks import Position
from value_scaling.learning.training.base_group import BaseGroup
from value_scaling.learning.training.program import Program, pack
from value_scaling.learning.training.runs import Run
from value_scaling.learning.training.snapshots import (
    Arrays,
    below,
    flatten,
    prefix,
    unflatten,
)
from value_scaling.records.schedule import updates_due
from value_scaling.records.training import Training

RINGS = ("memory", "validation")
"""Its replays, whose contents are cut and pasted in chunks."""
STREAMS = ("streams", "validation_streams")
_MARKS = ("head", "first", "count")


def make_program(
    runs: Sequence[Run],
    training: Training,
    *,
    capacity: int,
    longest: int,
    layout: str = "map",
) -> Program:
    """Return the program for runs of one environment and batch size.

    Args:
        capacity: runs that it holds.
        longest: most environment steps of a run in it.
        layout: see `mapping.LAYOUTS`.

    Raises:
        ScalingError: the environment does not exist, or its actions are not of the kind
            that the algorithm takes.
    """
    (name, batch_size), *others = {
        (run.setting.env, run.setting.batch_size) for run in runs
    }
    assert not others, "a group has one environment and one batch size"
    task = training.task(name)
    observation_size, action_size, discrete = sizes(task.engine, name)
    check_algorithm(name, training.algorithm, discrete=discrete)
    return Program(
        config=make_config(HOST_AGENTS, training, twins=twins(layout)),
        observation_size=observation_size,
        action_size=action_size,
        batch_size=batch_size,
        capacity=capacity,
        slots=_slots(longest, training),
        validation_slots=_slots(-(-longest // training.validation_every), training),
        layout=layout,
        most=training.replay,
    )


def _slots(steps: int, training: Training) -> int:
    """Return slots for all transitions, each with an end; or, if fewer, for those that
    the replay holds and an end after every twentieth."""
    return min(2 * steps + 2, training.replay + training.replay // 20 + 2)


class Group(BaseGroup):
    """Runs that step environments on the host, one each."""

    rings = RINGS

    def __init__(
        self, runs: Sequence[Run], training: Training, program: Program
    ) -> None:
        super().__init__(runs, training)
        self.program = program
        count = len(runs)
        self.streams = self._streams("environment")
        self.validation_streams = self._streams("validation")
        every, start = training.validation_every, training.start_training
        self.warmup = self._random_actions("warmup", start)
        self.validation_warmup = self._random_actions(
            "validation warmup", start // every
        )
        limit = self.streams.time_limit
        self.cuts = np.array(
            [run.stream("stagger").integers(1, limit + 1) for run in runs]
            if training.stagger
            else [0] * count
        )
        self.host |= {
            "memory_heads": np.zeros(count, int),
            "validation_heads": np.zeros(count, int),
            "gaps": np.array(0),
            "episode_return": np.zeros(count),
            "episode_logged": np.full(count, not training.stagger),
            "window_sum": np.zeros(count),
            "window_count": np.zeros(count, int),
            "last_return": np.full(count, np.nan),
        }
        # Taken only where the warm-up is too short for a step of validation.
        self.validation_actions = self._random_actions("validation start", 1)[:, 0]
        self._begin()

    def _random_actions(self, purpose: str, steps: int) -> np.ndarray:
        """Draw [runs, steps, action], from a stream of each run's own."""
        size, discrete = self.program.action_size, self.streams.discrete
        return np.stack(
            [
                random_actions(run.stream(purpose), steps, size, discrete=discrete)
                for run in self.runs
            ]
        )

    def _streams(self, purpose: str) -> Streams | PoolStreams:
        return make_streams(
            self.task.engine,
            self.task.name,
            [run.engine_seed(purpose) for run in self.runs],
            [f"{run} ({purpose})" for run in self.runs],
        )

    def _begin(self) -> None:
        t, action_size = self.training, self.program.action_size

        def of_each(values: list[float]) -> Any:
            return np.array(values, np.float32)

        count = len(self.runs)
        scalars = Scalars(
            learning_rate=of_each([run.setting.learning_rate for run in self.runs]),
            discount=of_each([t.discount] * count),
            tau=of_each([t.tau] * count),
            target_entropy=of_each([t.target_entropy * action_size] * count),
        )
        self.learners, self.memory, self.validation = self.program.start(
            np.stack([run.key() for run in self.runs]),
            scalars,
            self.streams.reset(),
            self.validation_streams.reset(),
        )

    def _advance(self) -> None:
        count, start = len(self.runs), self.training.start_training
        if self.step < start:
            actions = self.warmup[:, self.step]
        else:
            actions = np.asarray(self.learners.action)[:count]
            self._fail(np.asarray(np.isnan(actions).any(axis=1)))
        active = self.active
        order, now = np.flatnonzero(active), self.step + 1
        # `episode_logged` is false exactly in a staggered run's first episode.
        cut = (self.cuts == now) & ~self.host["episode_logged"]
        steps = self.streams.step(actions, active=active, cut=cut)
        self._book(steps.rewards, steps.ended)
        finite = np.isfinite(steps.next_observations).all(axis=1)
        self._fail(~(np.isfinite(steps.rewards) & finite))
        counts = np.array(
            [updates_due(run.setting.utd, now - start) for run in self.runs]
        )
        self._reset_networks(now, active)
        self.learners, self.memory = self.program.step(
            self.learners, self.memory, pack(actions, steps), counts, order, len(order)
        )
        self.host["memory_heads"] += 1 + steps.ended  # as `replay.insert` does
        self.step = now
        if now % self.training.validation_every == 0:
            self._validate(order, active)
        if now in self.log_steps:
            self._log()
        if now in self.diagnostic_steps:
            values = self.program.diagnose(
                self.learners, self.memory, self.validation, order, len(order)
            )
            self._log_diagnostics(values[:count])

    def _reset_networks(self, now: int, active: np.ndarray) -> None:
        """Begin again with untrained networks, where the schedule says so."""
        if self.resets.never:
            return
        due = np.array([self.resets.due(run.setting.utd, now) for run in self.runs])
        if (due & active).any():
            order = np.flatnonzero(due & active)
            self.learners = self.program.reset(self.learners, order, len(order))

    def _validate(self, order: np.ndarray, active: np.ndarray) -> None:
        """Step the validation streams once, as the runs act now: at random during
        warm-up, then by the policy."""
        number = self.step // self.training.validation_every
        if number <= self.validation_warmup.shape[1]:
            actions = self.validation_warmup[:, number - 1]
        else:
            actions = self.validation_actions
        steps = self.validation_streams.step(actions, active=active)
        following, self.validation = self.program.step_validation(
            self.learners, self.validation, pack(actions, steps), order, len(order)
        )
        self.validation_actions = following[: len(self.runs)]
        self.host["validation_heads"] += 1 + steps.ended

    def _book(self, rewards: np.ndarray, ended: np.ndarray) -> None:
        host = self.host
        host["episode_return"] += rewards
        logged = ended & host["episode_logged"]
        host["window_sum"][logged] += host["episode_return"][logged]
        host["window_count"][logged] += 1
        host["last_return"][logged] = host["episode_return"][logged]
        host["episode_return"][ended] = 0.0
        host["episode_logged"] |= ended

    def _log(self) -> None:
        host = self.host
        some = host["window_count"] > 0
        mean = host["window_sum"] / np.maximum(host["window_count"], 1)
        row = np.where(some, mean, host["last_return"])
        self._log_returns(
            row, episode_steps=self.streams.time_limit, missing=np.isnan(row)
        )
        host["window_sum"][:], host["window_count"][:] = 0.0, 0

    def slots(self, ring: str) -> int:
        return int(getattr(self, ring).rewards.shape[1])

    def position(self, ring: str) -> Position:
        every = 1 if ring == "memory" else self.training.validation_every
        return Position(self.host[f"{ring}_heads"].copy(), self.step // every)

    def cut(self, ring: str, since: Position) -> Arrays:
        return chunks.cut(getattr(self, ring), since, self.position(ring))

    def paste(self, ring: str, chunk: Arrays) -> None:
        """Write to one of `RINGS` what was cut."""
        setattr(self, ring, chunks.paste(getattr(self, ring), chunk))

    def state(self) -> Arrays:
        arrays = {
            "step": np.array(self.step),
            "validation_actions": self.validation_actions.copy(),
            **flatten("learners", self.learners),
            **{f"host.{key}": value.copy() for key, value in self.host.items()},
        }
        for ring in RINGS:
            memory = getattr(self, ring)
            marks = {name: np.array(getattr(memory, name)) for name in _MARKS}
            arrays |= prefix(ring, {**marks, "slots": np.array(self.slots(ring))})
        for name in STREAMS:
            arrays |= prefix(name, getattr(self, name).snapshot())
        return arrays

    def fits(self, state: Arrays) -> bool:
        own = self.state()
        if not own.keys() <= state.keys():
            return False
        for key, value in own.items():
            other = state[key]
            if (value.dtype, value.ndim) != (other.dtype, other.ndim):
                return False
            if key.startswith("learners") and value.shape != other.shape:
                return False
        for ring in RINGS:
            slots, others = self.slots(ring), int(state[f"{ring}.slots"])
            furthest = int(state[f"host.{ring}_heads"].max())
            # A ring that has wrapped has its slots elsewhere in one of another size.
            if slots != others and furthest >= min(slots, others):
                return False
        return True

    def restore_from(
        self,
        state: Arrays,
        pieces: Iterable[tuple[str, Arrays]],
    ) -> None:
        self.step = int(state["step"])
        self.validation_actions = state["validation_actions"].copy()
        self.learners = unflatten("learners", self.learners, state)
        self.host = {key: state[f"host.{key}"].copy() for key in self.host}
        for ring in RINGS:
            memory: Any = chunks.empty_like(getattr(self, ring))
            marks = {
                name: jax.numpy.asarray(state[f"{ring}.{name}"]) for name in _MARKS
            }
            setattr(self, ring, memory.replace(**marks))
        for ring, chunk in pieces:
            self.paste(ring, chunk)
        now, then = (
            getattr(self, name).restore(below(name, state), at=self.step)
            for name in STREAMS
        )
        if not self.streams.exact:
            self._give_up(now, then)

    def _give_up(self, now: np.ndarray, then: np.ndarray) -> None:
        """Go on with new episodes; those in flight are not logged, nor learned past.

        This ends a staggered first episode too, so that none is cut afterwards.
        """
        self.learners, self.memory = self.program.begin(self.learners, self.memory, now)
        following, self.validation = self.program.begin_validation(
            self.learners, self.validation, then
        )
        self.validation_actions = following[: len(self.runs)]
        for ring in RINGS:
            self.host[f"{ring}_heads"] += 1  # as `replay.begin` does
        self.host["episode_return"][:] = 0.0
        self.host["episode_logged"][:] = True
        self.host["gaps"] += 1
