"""Environments of many runs, stepped together, that can be saved and restored exactly.

A stream's state is the random state in which its episode began, and the actions since:
the simulators are deterministic, so resetting and acting again leads to the same bits
in every field of the simulator, whatever a task keeps outside the physics. That costs
at most one episode of steps for each stream.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from value_scaling.learning.envs.engines import Engine
from value_scaling.records import ScalingError


@dataclass(frozen=True)
class Steps:
    """One step of every stream."""

    rewards: np.ndarray
    """[streams]."""
    terminated: np.ndarray
    """[streams] of bool: the task ended, nothing follows."""
    ended: np.ndarray
    """[streams] of bool: terminated, or truncated by the time limit or a cut."""
    next_observations: np.ndarray
    """[streams, observation], where the action led."""
    observations: np.ndarray
    """[streams, observation], to act on next: after the reset of those that ended."""


class Streams:
    """Environments that are reset when their episode ends."""

    exact = True
    """Whether `restore` brings back the very state."""

    def __init__(self, engines: Sequence[Engine], names: Sequence[str]) -> None:
        self.engines, self.names = tuple(engines), tuple(names)
        first = engines[0]
        self.observation_size = first.observation_size
        self.action_size = first.action_size
        self.discrete = first.discrete
        self.time_limit = first.time_limit
        count = len(engines)
        self._begun: list[Any] = [None] * count
        self._lengths = np.zeros(count, int)
        self._actions = np.zeros((count, self.time_limit, self.action_size), np.float32)
        self._next = np.zeros((count, self.observation_size), np.float32)
        self._now = np.zeros((count, self.observation_size), np.float32)

    def reset(self) -> np.ndarray:
        """Start every stream; return [streams, observation]."""
        for stream in range(len(self.engines)):
            self._reset(stream)
        return self._now.copy()

    def step(
        self,
        actions: np.ndarray,
        *,
        active: np.ndarray | None = None,
        cut: np.ndarray | None = None,
    ) -> Steps:
        """Act in every active stream.

        Args:
            actions: [streams, action], as `spaces` says.
            active: [streams] of bool; the others stand still.
            cut: [streams] of bool: truncate here whatever the time limit.

        Raises:
            ScalingError: a simulator failed.
        """
        count = len(self.engines)
        rewards = np.zeros(count, np.float32)
        terminated, ended = np.zeros(count, bool), np.zeros(count, bool)
        for stream, engine in enumerate(self.engines):
            if active is not None and not active[stream]:
                continue
            action = actions[stream]
            try:
                self._next[stream], rewards[stream], terminated[stream] = engine.step(
                    action
                )
            # An engine's failure may be any exception: it is reported with its place.
            except Exception as error:
                raise ScalingError(
                    self.names[stream],
                    found=f"that the simulator failed ({error!r:.300})",
                    expected="a step",
                    fix="run the same command again: it goes on from the last "
                    "checkpoint; if it fails at the same place, leave the setting out",
                ) from error
            length = self._lengths[stream]
            self._actions[stream, length] = action
            self._lengths[stream] = length + 1
            self._now[stream] = self._next[stream]
            if (
                terminated[stream]
                or length + 1 >= self.time_limit
                or (cut is not None and cut[stream])
            ):
                ended[stream] = True
                self._reset(stream)
        return Steps(rewards, terminated, ended, self._next.copy(), self._now.copy())

    def snapshot(self) -> dict[str, np.ndarray]:
        """Return what `restore` needs, as arrays."""
        used = int(self._lengths.max())
        text = json.dumps(self._begun).encode()
        return {
            "begun": np.frombuffer(text, np.uint8),
            "lengths": self._lengths.copy(),
            "actions": self._actions[:, :used].copy(),
        }

    def restore(self, snapshot: dict[str, np.ndarray], *, at: int) -> np.ndarray:
        """Bring every stream to where `snapshot` was taken; return observations.

        Args:
            at: environment step of the snapshot; only inexact streams need it.
        """
        begun = json.loads(snapshot["begun"].tobytes())
        for stream, engine in enumerate(self.engines):
            engine.set_random_state(begun[stream])
            self._reset(stream)
            length = int(snapshot["lengths"][stream])
            for action in snapshot["actions"][stream, :length]:
                self._now[stream], _, _ = engine.step(action)
            self._actions[stream, :length] = snapshot["actions"][stream, :length]
            self._lengths[stream] = length
        return self._now.copy()

    def _reset(self, stream: int) -> None:
        self._begun[stream] = self.engines[stream].random_state()
        try:
            self._now[stream] = self.engines[stream].reset()
        # As of `step`.
        except Exception as error:
            raise ScalingError(
                self.names[stream],
                found=f"that the simulator failed ({error!r:.300})",
                expected="the start of an episode",
                fix="name another task, or repair this one",
            ) from error
        self._lengths[stream] = 0
