"""A group of runs, trained together in one program; can stop and go on at any step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from value_scaling.learning import chunks, diagnostics, snapshots
from value_scaling.learning.agents import make_config
from value_scaling.learning.backend import twins
from value_scaling.learning.chunks import Position
from value_scaling.learning.environments import make_streams, sizes
from value_scaling.learning.pools import PoolStreams
from value_scaling.learning.program import Program, pack
from value_scaling.learning.runs import Run, updates_done, updates_due
from value_scaling.learning.scalars import Scalars
from value_scaling.learning.snapshots import RINGS, STREAMS, below, prefix
from value_scaling.learning.streams import Streams
from value_scaling.records import ScalingError
from value_scaling.records.training import Training

RETURNS = "episode.return"
UNITS = {
    "step": "environment steps",
    RETURNS: "sum of rewards of an episode",
    **diagnostics.UNITS,
}


@dataclass(frozen=True)
class Curve:
    """What one run has logged."""

    run: Run
    log_steps: np.ndarray
    """[points], environment steps."""
    returns: np.ndarray
    """[points], mean return of the training episodes that ended since the last point;
    where none did, the last episode's."""
    diagnostic_steps: np.ndarray
    """[intervals]."""
    diagnostics: np.ndarray
    """[intervals, metric], `diagnostics.METRICS`."""
    failed_at: int
    """Environment step at which the networks were not finite; -1: never."""
    gaps: int
    """How often an episode was given up at a stop that could not be resumed exactly."""


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
    """
    (name, batch_size), *others = {
        (run.setting.env, run.setting.batch_size) for run in runs
    }
    assert not others, "a group has one environment and one batch size"
    task = training.task(name)
    observation_size, action_size = sizes(task.engine, name)
    return Program(
        config=make_config(training, twins=twins(layout)),
        observation_size=observation_size,
        action_size=action_size,
        batch_size=batch_size,
        capacity=capacity,
        slots=_slots(longest, training),
        validation_slots=_slots(-(-longest // training.validation_every), training),
        layout=layout,
    )


def _slots(steps: int, training: Training) -> int:
    """Return slots for all transitions with an end each, or the capacity and 5%."""
    return min(2 * steps + 2, training.replay + training.replay // 20 + 2)


class Group:
    """Runs of one environment, batch size, network and length."""

    rings = RINGS
    """Its replays; `state` is without their contents, which are cut and pasted."""

    def __init__(
        self, runs: Sequence[Run], training: Training, program: Program
    ) -> None:
        self.runs, self.training, self.program = tuple(runs), training, program
        self.task = training.task(runs[0].setting.env)
        (self.total,) = {training.steps(run.setting) for run in runs}
        count = len(runs)
        self.streams = self._streams("environment")
        self.validation_streams = self._streams("validation")
        self.warmup = np.stack(
            [
                run.stream("warmup").uniform(
                    -1, 1, (training.start_training, program.action_size)
                )
                for run in runs
            ]
        ).astype(np.float32)
        limit = self.streams.time_limit
        self.cuts = np.array(
            [run.stream("stagger").integers(1, limit + 1) for run in runs]
            if training.stagger
            else [0] * count
        )
        self.log_steps = np.arange(
            self.task.log_start, self.total + 1, self.task.log_every
        )
        every = training.diagnostics_every
        self.diagnostic_steps = np.arange(
            max(every, -(-(training.start_training + 1) // every) * every),
            self.total + 1,
            every,
        )
        self.step = 0
        # Everything below changes, and is saved.
        self.host: dict[str, np.ndarray] = {
            "failed_at": np.full(count, -1),
            "memory_heads": np.zeros(count, int),
            "validation_heads": np.zeros(count, int),
            "gaps": np.array(0),
            "episode_return": np.zeros(count),
            "episode_logged": np.full(count, not training.stagger),
            "window_sum": np.zeros(count),
            "window_count": np.zeros(count, int),
            "last_return": np.full(count, np.nan),
            "returns": np.full((len(self.log_steps), count), np.nan),
            "diagnostics": np.full(
                (len(self.diagnostic_steps), count, len(diagnostics.METRICS)), np.nan
            ),
        }
        self.validation_actions = np.zeros((count, program.action_size), np.float32)
        self._begin()

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

    @property
    def done(self) -> bool:
        """Whether every run has all its steps."""
        return self.step >= self.total

    @property
    def active(self) -> np.ndarray:
        """[runs] of bool: those that have not failed."""
        return self.host["failed_at"] < 0

    def advance(self, until: int) -> None:
        """Train up to a number of environment steps a run."""
        while self.step < min(until, self.total):
            self._advance()

    def updates(self, steps: int) -> int:
        """Return the updates of all runs up to `steps`."""
        learning = max(0, steps - self.training.start_training)
        return sum(int(run.setting.utd * learning) for run in self.runs)

    def _advance(self) -> None:
        count, start = len(self.runs), self.training.start_training
        if self.step < start:
            actions = self.warmup[:, self.step]
        else:
            actions = np.asarray(self.learners.action)[:count]
            self._fail(np.isnan(actions).any(axis=1))
        active = self.active
        order, now = np.flatnonzero(active), self.step + 1
        steps = self.streams.step(actions, active=active, cut=self.cuts == now)
        self._book(steps.rewards, steps.ended)
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
            self._log(int(np.searchsorted(self.log_steps, now)))
        if now in self.diagnostic_steps:
            values = self.program.diagnose(
                self.learners, self.memory, self.validation, order, len(order)
            )[:count]
            place = int(np.searchsorted(self.diagnostic_steps, now))
            self.host["diagnostics"][place, active] = values[active]
            self._fail(active & ~np.isfinite(values).all(axis=1))

    def _reset_networks(self, now: int, active: np.ndarray) -> None:
        """Begin anew with untrained networks, where the schedule says so."""
        t = self.training
        due = np.full(len(self.runs), now in t.reset_steps)
        if t.reset_updates:
            learned = max(0, now - 1 - t.start_training)
            for place, run in enumerate(self.runs):
                done = [
                    updates_done(run.setting.utd, n) for n in (learned - 1, learned)
                ]
                crossed = done[1] // t.reset_updates > done[0] // t.reset_updates
                due[place] |= crossed
        if (due & active).any():
            order = np.flatnonzero(due & active)
            self.learners = self.program.reset(self.learners, order, len(order))

    def _validate(self, order: np.ndarray, active: np.ndarray) -> None:
        """Step the validation streams once, by the policy as it is now."""
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

    def _log(self, place: int) -> None:
        host, active = self.host, self.active
        some = host["window_count"] > 0
        mean = host["window_sum"] / np.maximum(host["window_count"], 1)
        row = np.where(some, mean, host["last_return"])
        if np.isnan(row[active]).any():
            run = self.runs[int(np.flatnonzero(active & np.isnan(row))[0])]
            raise ScalingError(
                f"{run}",
                found=f"no whole episode by step {self.log_steps[place]}",
                expected="one before the first logged step",
                fix=f"set log_start of {self.task.name} to "
                f"{2 * self.streams.time_limit} or more in the training file",
            )
        host["returns"][place, active] = row[active]
        host["window_sum"][:], host["window_count"][:] = 0.0, 0

    def _fail(self, runs: Any) -> None:
        new = runs & self.active
        self.host["failed_at"][new] = self.step

    def curves(self) -> tuple[Curve, ...]:
        """Return what each run has logged."""
        return tuple(
            Curve(
                run=run,
                log_steps=self.log_steps,
                returns=self.host["returns"][:, place],
                diagnostic_steps=self.diagnostic_steps,
                diagnostics=self.host["diagnostics"][:, place],
                failed_at=int(self.host["failed_at"][place]),
                gaps=int(self.host["gaps"]),
            )
            for place, run in enumerate(self.runs)
        )

    def slots(self, ring: str) -> int:
        """Return the slots of a run in one of `RINGS`."""
        return int(getattr(self, ring).rewards.shape[1])

    def position(self, ring: str) -> Position:
        """Return how far one of `RINGS` has been written."""
        every = 1 if ring == "memory" else self.training.validation_every
        return Position(self.host[f"{ring}_heads"].copy(), self.step // every)

    def cut(self, ring: str, since: Position) -> dict[str, np.ndarray]:
        """Return what was written to one of `RINGS` since then, for `paste`."""
        return chunks.cut(getattr(self, ring), since, self.position(ring))

    def paste(self, ring: str, chunk: dict[str, np.ndarray]) -> None:
        """Write to one of `RINGS` what was cut."""
        setattr(self, ring, chunks.paste(getattr(self, ring), chunk))

    def state(self) -> dict[str, np.ndarray]:
        """Return everything that changes, as arrays, but the contents of `RINGS`."""
        return snapshots.state(self)

    def snapshot(self) -> dict[str, np.ndarray]:
        """Return everything that `restore` needs, as arrays."""
        whole = self.state()
        for ring in RINGS:
            chunk = self.cut(ring, chunks.start(len(self.runs)))
            whole |= prefix(f"{ring}.chunk", chunk)
        return whole

    def fits(self, state: dict[str, np.ndarray]) -> bool:
        """Whether a state, or a snapshot, is of a group built like this one."""
        return snapshots.fits(self, state)

    def restore(self, snapshot: dict[str, np.ndarray]) -> None:
        """Go back, or forward, to where `snapshot` was taken."""
        pieces = ((ring, below(f"{ring}.chunk", snapshot)) for ring in RINGS)
        self.restore_from(snapshot, pieces)

    def restore_from(
        self,
        state: dict[str, np.ndarray],
        pieces: Iterable[tuple[str, dict[str, np.ndarray]]],
    ) -> None:
        """Go to where `state` was taken, with what was cut until then, in order.

        Args:
            pieces: of which ring, and what `cut` returned.
        """
        snapshots.restore(self, state)
        for ring, chunk in pieces:
            self.paste(ring, chunk)
        now, then = (
            getattr(self, name).restore(below(name, state), at=self.step)
            for name in STREAMS
        )
        if not self.streams.exact:
            self._give_up(now, then)

    def _give_up(self, now: np.ndarray, then: np.ndarray) -> None:
        """Go on with new episodes; those in flight are not logged, nor learned past."""
        self.learners, self.memory = self.program.begin(self.learners, self.memory, now)
        _, self.validation = self.program.begin(self.learners, self.validation, then)
        for ring in RINGS:
            self.host[f"{ring}_heads"] += 1  # as `replay.begin` does
        self.host["episode_return"][:] = 0.0
        self.host["episode_logged"][:] = self.cuts <= self.step
        self.host["gaps"] += 1
