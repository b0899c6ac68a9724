"""What every group of runs has: its steps, what it logs, how it stops and goes on."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from value_scaling.learning.replay.chunks import Position, start
from value_scaling.learning.training import diagnostics
from value_scaling.learning.training.runs import Run
from value_scaling.learning.training.snapshots import Arrays, below, prefix
from value_scaling.records import ScalingError
from value_scaling.records.schedule import TrainedResets, first_diagnostic, updates_done
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


class BaseGroup(ABC):
    """Runs of one environment, batch size, network and length."""

    rings: tuple[str, ...]
    """Its replays; `state` is without their contents, which are cut and pasted."""

    def __init__(self, runs: Sequence[Run], training: Training) -> None:
        self.runs, self.training = tuple(runs), training
        self.task = training.task(runs[0].setting.env)
        self.resets = TrainedResets.of(training)
        (self.total,) = {training.steps(run.setting) for run in runs}
        self.log_steps = np.arange(
            self.task.log_start, self.total + 1, self.task.log_every
        )
        self.diagnostic_steps = np.arange(
            first_diagnostic(training), self.total + 1, training.diagnostics_every
        )
        self.step = 0
        shape = len(self.diagnostic_steps), len(runs), len(diagnostics.METRICS)
        # What changes on the host, and is saved.
        self.host: dict[str, np.ndarray] = {
            "failed_at": np.full(len(runs), -1),
            "returns": np.full((len(self.log_steps), len(runs)), np.nan),
            "diagnostics": np.full(shape, np.nan),
        }

    @property
    def done(self) -> bool:
        """Whether every run that has not failed has all its steps."""
        return self.step >= self.total or not self.active.any()

    @property
    def active(self) -> np.ndarray:
        """[runs] of bool: those that have not failed."""
        return self.host["failed_at"] < 0

    def advance(self, until: int) -> None:
        """Train up to a number of environment steps a run, or a little beyond, where
        several are made at once. Where every run has failed nothing is left to do."""
        while self.step < until and not self.done:
            self._advance()

    @abstractmethod
    def _advance(self) -> None:
        """Make the next step, or steps."""

    def updates(self, steps: int) -> int:
        """Return the updates of all runs up to `steps`; of PQL, the critics'."""
        learning = steps - self.training.start_training
        return sum(updates_done(run.setting.utd, learning) for run in self.runs)

    def _log_returns(
        self, row: np.ndarray, *, episode_steps: int, missing: np.ndarray
    ) -> None:
        """Log the mean returns at this step.

        Args:
            row: [runs].
            episode_steps: the most that an episode takes.
            missing: [runs] of bool, without any whole episode so far.

        Raises:
            ScalingError: an active run has none to log.
        """
        active = self.active
        if (missing & active).any():
            run = self.runs[int(np.flatnonzero(missing & active)[0])]
            raise ScalingError(
                f"{run}",
                found=f"no whole episode by step {self.step}",
                expected="one before the first logged step",
                fix=f"set log_start of {self.task.name} to {2 * episode_steps} or more "
                "in the training file",
            )
        place = int(np.searchsorted(self.log_steps, self.step))
        self.host["returns"][place, active] = row[active]

    def _log_diagnostics(self, values: np.ndarray) -> None:
        """Log [runs, metric] at this step; a run with one that is not finite failed."""
        active = self.active
        place = int(np.searchsorted(self.diagnostic_steps, self.step))
        self.host["diagnostics"][place, active] = values[active]
        self._fail(~np.isfinite(values).all(axis=1))

    def _fail(self, runs: np.ndarray, at: np.ndarray | None = None) -> None:
        """Mark active ones of `runs`, [runs] of bool, as failed; None: at this step."""
        new = runs & self.active
        self.host["failed_at"][new] = self.step if at is None else at[new]

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
                gaps=int(self.host.get("gaps", 0)),
            )
            for place, run in enumerate(self.runs)
        )

    @abstractmethod
    def slots(self, ring: str) -> int:
        """Return the slots of a run in one of `rings`."""

    @abstractmethod
    def position(self, ring: str) -> Position:
        """Return how far one of `rings` has been written."""

    @abstractmethod
    def cut(self, ring: str, since: Position) -> Arrays:
        """Return what was written to one of `rings` since then, for `restore_from`."""

    @abstractmethod
    def state(self) -> Arrays:
        """Return everything that changes, as arrays, but the contents of `rings`."""

    @abstractmethod
    def fits(self, state: Arrays) -> bool:
        """Whether a state, or a snapshot, is of a group built like this one."""

    @abstractmethod
    def restore_from(self, state: Arrays, pieces: Iterable[tuple[str, Arrays]]) -> None:
        """Go to where `state` was taken, with what was cut until then, in order.

        Args:
            pieces: of which ring, and what `cut` returned.
        """

    def snapshot(self) -> Arrays:
        """Return everything that `restore` needs, as arrays."""
        whole = self.state()
        for ring in self.rings:
            chunk = self.cut(ring, start(len(self.runs)))
            whole |= prefix(f"{ring}.chunk", chunk)
        return whole

    def restore(self, snapshot: Arrays) -> None:
        """Go back, or forward, to where `snapshot` was taken."""
        pieces = ((ring, below(f"{ring}.chunk", snapshot)) for ring in self.rings)
        self.restore_from(snapshot, pieces)
