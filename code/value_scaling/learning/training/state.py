"""The state of training: on the device, and on the host."""

from typing import Generic, Self, TypeVar

import flax.struct
import numpy as np
from jax import Array

from value_scaling.learning.agents.protocol import Agent

AgentT = TypeVar("AgentT", bound=Agent)
ReplayT = TypeVar("ReplayT")
CollectorT = TypeVar("CollectorT")


class State(flax.struct.PyTreeNode, Generic[AgentT, ReplayT, CollectorT]):
    """State of runs on the device; every leaf has a leading axis [runs]."""

    agent: AgentT
    key: Array  # [runs, 2] uint32; never changes: keys are folded with counters
    steps: Array  # [runs] int32: steps of each environment
    updates: Array  # [runs] int32, of the critics
    collector: CollectorT  # what collects transitions
    replay: ReplayT
    validation: ReplayT  # transitions that are never trained on

    def without_replays(self) -> Self:
        """Return the state with empty trees instead of replays."""
        return self.replace(replay=None, validation=None)


class Log(flax.struct.PyTreeNode):
    """Everything that runs have logged, in arrays that are written in place."""

    failed_at: np.ndarray
    """[runs], environment step at which a run's numbers were not finite; -1 for
    never."""
    returns: np.ndarray
    """[points, runs]."""
    diagnostics: np.ndarray
    """[intervals, runs, metric]."""
    inexact_resumes: np.ndarray
    """[], number of times that episodes were abandoned at a stop that cannot be resumed
    exactly."""
    stopped_at: np.ndarray | None = None
    """[runs], environment step at which a run ended because its setting was solved; -1
    for never. None if no run can end early, as in checkpoints of older versions."""

    @classmethod
    def empty(
        cls, runs: int, points: int, intervals: int, metrics: int, *, stopping: bool
    ) -> Self:
        """Return a log before the first step.

        Args:
            stopping: whether runs may end before their last step.
        """
        return cls(
            failed_at=np.full(runs, -1),
            returns=np.full((points, runs), np.nan),
            diagnostics=np.full((intervals, runs, metrics), np.nan),
            inexact_resumes=np.array(0),
            stopped_at=np.full(runs, -1) if stopping else None,
        )
