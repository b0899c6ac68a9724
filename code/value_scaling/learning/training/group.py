"""A group of runs trained in one program, which can stop and resume at any step."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, Self, TypeVar

import numpy as np

from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay import chunks
from value_scaling.learning.replay.chunks import Position, start
from value_scaling.learning.training import diagnostics
from value_scaling.learning.training.curves import Curve
from value_scaling.learning.training.program import Program
from value_scaling.learning.training.runs import Run
from value_scaling.learning.training.snapshots import (
    Arrays,
    add_prefix,
    flatten,
    strip_prefix,
    unflatten,
)
from value_scaling.learning.training.state import Log, State
from value_scaling.records import ScalingError
from value_scaling.records.schedule import first_diagnostic, updates_done
from value_scaling.records.training import STOP_ERRORS, Training
from value_scaling.stats.isotonic import has_passed

ProgramT = TypeVar("ProgramT", bound=Program)
StateT = TypeVar("StateT", bound=State)


class Group(ABC, Generic[ProgramT, StateT]):
    """Runs of one environment, batch size, network and length.

    A subclass defines how transitions are collected.
    """

    REPLAYS: ClassVar = ("replay", "validation")
    """Fields of the state whose contents are not in `arrays`; they are saved in
    chunks."""
    state: StateT
    """State on the device."""

    def __init__(
        self,
        runs: Sequence[Run],
        training: Training,
        program: ProgramT,
        *,
        target: float | None = None,
    ) -> None:
        """Prepare runs.

        Args:
            target: mean return after which the runs of a setting end; None to make
                every step.
        """
        self.runs, self.training, self.program = tuple(runs), training, program
        self.target = target
        self.task = training.task(runs[0].setting.env)
        (self.total,) = {training.steps(run.setting) for run in runs}
        self.log_steps = np.arange(
            self.task.log_start, self.total + 1, self.task.log_every
        )
        self.diagnostic_steps = np.arange(
            first_diagnostic(training), self.total + 1, training.diagnostics_every
        )
        self.step = 0
        points, intervals = len(self.log_steps), len(self.diagnostic_steps)
        self.log = Log.empty(
            *(len(runs), points, intervals, len(diagnostics.METRICS)),
            stopping=target is not None,
        )

    @property
    def done(self) -> bool:
        """Whether every run has made all its steps, has failed, or was stopped."""
        return self.step >= self.total or not self.active.any()

    @property
    def active(self) -> np.ndarray:
        """[runs] of bool, whether a run has neither failed nor been stopped."""
        going = self.log.failed_at < 0
        stopped = self.log.stopped_at
        return going if stopped is None else going & (stopped < 0)

    @property
    def order(self) -> np.ndarray:
        """Indices of the active runs."""
        return np.flatnonzero(self.active)

    def advance(self, until: int) -> None:
        """Train up to a number of environment steps per run, or slightly further.

        It goes further if several steps are made at once. If every run has failed or
        was stopped, nothing is left to do.
        """
        while self.step < until and not self.done:
            self._collect()
            if self.step in self.log_steps:
                self._log_returns()
            if self.step in self.diagnostic_steps:
                values = self.program.diagnose(self.state, self.order)
                self._log_diagnostics(values[: len(self.runs)])
            if self.step in self.log_steps:
                self._stop_solved()

    @abstractmethod
    def _collect(self) -> None:
        """Make the next step or steps, and the updates that are due."""

    @abstractmethod
    def _window(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the returns since the last logged point, and begin the next window.

        Returns:
            their sum, their number, and the last return, each [runs].
        """

    @property
    @abstractmethod
    def episode_steps(self) -> int:
        """Most environment steps of an episode."""

    @abstractmethod
    def position(self, name: str) -> Position:
        """Return the position up to which one of `REPLAYS` has been written."""

    def _keys(self) -> np.ndarray:
        return np.stack([run.key() for run in self.runs])

    def _scalars(self) -> Scalars:
        """Return the numbers of the runs, each [runs] float32."""
        t, count = self.training, len(self.runs)
        rates = [run.setting.learning_rate for run in self.runs]
        target = t.target_entropy * self.program.action_size
        each = [rates, [t.discount] * count, [t.tau] * count, [target] * count]
        return Scalars(*(np.array(values, np.float32) for values in each))  # type: ignore[arg-type]

    def updates(self, steps: int) -> int:
        """Return the updates of all runs up to `steps`; for PQL, of the critics."""
        learning = steps - self.training.start_training
        return sum(updates_done(run.setting.utd, learning) for run in self.runs)

    def _log_returns(self) -> None:
        """Log the mean returns at this step.

        Raises:
            ScalingError: an active run has not completed an episode.
        """
        total, count, last = self._window()
        row = np.where(count > 0, total / np.maximum(count, 1), last)
        missing = np.isnan(row) & (count == 0) & self.active
        if missing.any():
            raise ScalingError(
                f"{self.runs[int(np.flatnonzero(missing)[0])]}",
                found=f"no complete episode by step {self.step}",
                expected="one before the first logged step",
                fix=f"set log_start of {self.task.name} to {2 * self.episode_steps} or "
                "more in the training file",
            )
        place = int(np.searchsorted(self.log_steps, self.step))
        self.log.returns[place, self.active] = row[self.active]

    def _log_diagnostics(self, values: np.ndarray) -> None:
        """Log [runs, metric] at this step; a value that is not finite fails its run."""
        place = int(np.searchsorted(self.diagnostic_steps, self.step))
        self.log.diagnostics[place, self.active] = values[self.active]
        self._fail(~np.isfinite(values).all(axis=1))

    def _stop_solved(self) -> None:
        """Stop the active runs of every setting that is solved at this step."""
        stopped = self.log.stopped_at
        # An archive needs at least one point of each metric.
        logged = (self.diagnostic_steps <= self.step).any()
        if stopped is None or not logged or self.step >= self.total:
            return
        assert self.target is not None
        points, active = np.searchsorted(self.log_steps, self.step) + 1, self.active
        for setting in dict.fromkeys(run.setting for run in self.runs):
            own = np.array([run.setting == setting for run in self.runs])
            left = own & active
            if left.any() and has_passed(
                self.log.returns[:points, left], self.target, errors=STOP_ERRORS
            ):
                stopped[own] = self.step  # failed ones too: all have the same length

    def _fail(self, runs: np.ndarray, at: np.ndarray | None = None) -> None:
        """Mark the active ones of some runs as failed.

        Args:
            runs: [runs] of bool.
            at: environment step of each failure; None for the current step.
        """
        new = runs & self.active
        self.log.failed_at[new] = self.step if at is None else at[new]

    def curves(self) -> tuple[Curve, ...]:
        """Return everything that each run has logged."""
        return tuple(self._curve(place) for place in range(len(self.runs)))

    def _curve(self, place: int) -> Curve:
        stopped = self.log.stopped_at
        at = -1 if stopped is None else int(stopped[place])
        end = self.total if at < 0 else at
        points = np.searchsorted(self.log_steps, end, side="right")
        intervals = np.searchsorted(self.diagnostic_steps, end, side="right")
        return Curve(
            run=self.runs[place],
            log_steps=self.log_steps[:points],
            returns=self.log.returns[:points, place],
            diagnostic_steps=self.diagnostic_steps[:intervals],
            diagnostics=self.log.diagnostics[:intervals, place],
            failed_at=int(self.log.failed_at[place]),
            stopped_at=at,
            inexact_resumes=int(self.log.inexact_resumes),
        )

    def size(self, name: str) -> int:
        """Return the number of slots of a run in one of `REPLAYS`."""
        return chunks.size(getattr(self.state, name))

    def chunk_since(self, name: str, since: Position) -> Arrays:
        """Return what was written to one of `REPLAYS` since, for `restore_from`."""
        return chunks.read_chunk(getattr(self.state, name), since, self.position(name))

    def arrays(self) -> Arrays:
        """Return everything that changes, except the contents of `REPLAYS`."""
        found = {
            "step": np.array(self.step),
            **flatten("log", self.log),
            **flatten("state", self._without_replay_contents()),
        }
        for name in self.REPLAYS:
            position = self.position(name)
            found[f"size.{name}"] = np.array(self.size(name))
            found[f"heads.{name}"] = position.heads.copy()
        return found

    def matches(self, arrays: Arrays) -> bool:
        """Whether `arrays`, or a snapshot, are of a group built like this one."""
        own = self.arrays()
        if not own.keys() <= arrays.keys():
            return False
        for key, value in own.items():
            other = arrays[key]
            if (value.dtype, value.ndim) != (other.dtype, other.ndim):
                return False
            if key.startswith("state") and value.shape != other.shape:
                return False
        for name in self.REPLAYS:
            size, other_size = self.size(name), int(arrays[f"size.{name}"])
            furthest = int(arrays[f"heads.{name}"].max())
            # In a ring of another size, slots lie elsewhere once it has wrapped.
            if size != other_size and furthest >= min(size, other_size):
                return False
        return True

    def restore_from(
        self, arrays: Arrays, pieces: Iterable[tuple[str, Arrays]]
    ) -> None:
        """Restore the group from `arrays` and all earlier chunks, in order.

        Args:
            pieces: for each piece, one of `REPLAYS` and the result of `read_chunk`.
        """
        self.step = int(arrays["step"])
        self.log = unflatten("log", self.log, arrays)
        small = unflatten("state", self._without_replay_contents(), arrays)
        for name in self.REPLAYS:
            old, new = getattr(self.state, name), getattr(small, name)
            small = small.replace(**{name: chunks.blank_like(old, new)})
        self.state = small
        for name, chunk in pieces:
            pasted = chunks.write_chunk(getattr(self.state, name), chunk)
            self.state = self.state.replace(**{name: pasted})

    def snapshot(self) -> Arrays:
        """Return everything that `restore` needs, as arrays."""
        whole = self.arrays()
        for name in self.REPLAYS:
            whole |= add_prefix(
                f"chunk.{name}", self.chunk_since(name, start(len(self.runs)))
            )
        return whole

    def restore(self, snapshot: Arrays) -> Self:
        """Restore the group from a snapshot."""
        pieces = [
            (name, strip_prefix(f"chunk.{name}", snapshot)) for name in self.REPLAYS
        ]
        self.restore_from(snapshot, pieces)
        return self

    def _without_replay_contents(self) -> StateT:
        """Return the state without the contents of replays."""
        replays = {name: getattr(self.state, name) for name in self.REPLAYS}
        without = {
            name: chunks.without_contents(each) for name, each in replays.items()
        }
        return self.state.replace(**without)
