"""Environments of many runs, stepped together, that can be saved and restored exactly.

The saved state of an environment consists of the random state at the start of its
episode and the actions since. The simulators are deterministic, so a reset and the same
actions give the same bits in every field of the simulator, even in fields outside the
physics. This costs at most one episode of steps for each environment.
"""

import json
from collections.abc import Sequence

import numpy as np

from value_scaling.learning.envs.protocol import HostEnv, RandomState, StepResult
from value_scaling.records import ScalingError


class SerialVectorEnv:
    """Environments of one process, stepped one after the other; see `VectorEnv`."""

    exact = True

    def __init__(self, envs: Sequence[HostEnv], names: Sequence[str]) -> None:
        self.envs, self.names = tuple(envs), tuple(names)
        first = envs[0]
        self.observation_size = first.observation_size
        self.action_size = first.action_size
        self.discrete = first.discrete
        self.time_limit = first.time_limit
        count = len(envs)
        self._begun: list[RandomState] = [{}] * count
        self._lengths = np.zeros(count, int)
        self._actions = np.zeros((count, self.time_limit, self.action_size), np.float32)
        self._next = np.zeros((count, self.observation_size), np.float32)
        self._now = np.zeros((count, self.observation_size), np.float32)

    def reset(self) -> np.ndarray:
        for place in range(len(self.envs)):
            self._reset(place)
        return self._now.copy()

    def step(
        self,
        actions: np.ndarray,
        *,
        active: np.ndarray | None = None,
        truncate: np.ndarray | None = None,
    ) -> StepResult:
        count = len(self.envs)
        rewards = np.zeros(count, np.float32)
        terminated, ended = np.zeros(count, bool), np.zeros(count, bool)
        for place, env in enumerate(self.envs):
            if active is not None and not active[place]:
                continue
            action = actions[place]
            try:
                self._next[place], rewards[place], terminated[place] = env.step(action)
            # A simulator may raise any exception, which is reported with its run.
            except Exception as error:
                raise ScalingError(
                    self.names[place],
                    found=f"that the simulator failed ({error!r:.300})",
                    expected="a step",
                    fix="run the same command again: it continues from the last "
                    "checkpoint; if it fails at the same place, leave the setting out",
                ) from error
            length = self._lengths[place]
            self._actions[place, length] = action
            self._lengths[place] = length + 1
            self._now[place] = self._next[place]
            if (
                terminated[place]
                or length + 1 >= self.time_limit
                or (truncate is not None and truncate[place])
            ):
                ended[place] = True
                self._reset(place)
        return StepResult(
            rewards, terminated, ended, self._next.copy(), self._now.copy()
        )

    def snapshot(self) -> dict[str, np.ndarray]:
        used = int(self._lengths.max())
        text = json.dumps(self._begun).encode()
        return {
            "begun": np.frombuffer(text, np.uint8),
            "lengths": self._lengths.copy(),
            "actions": self._actions[:, :used].copy(),
        }

    def restore(self, snapshot: dict[str, np.ndarray], *, at: int) -> np.ndarray:
        begun = json.loads(snapshot["begun"].tobytes())
        for place, env in enumerate(self.envs):
            env.set_random_state(begun[place])
            self._reset(place)
            length = int(snapshot["lengths"][place])
            for action in snapshot["actions"][place, :length]:
                self._now[place], _, _ = env.step(action)
            self._actions[place, :length] = snapshot["actions"][place, :length]
            self._lengths[place] = length
        return self._now.copy()

    def _reset(self, place: int) -> None:
        self._begun[place] = self.envs[place].random_state()
        try:
            self._now[place] = self.envs[place].reset()
        # As in `step`.
        except Exception as error:
            raise ScalingError(
                self.names[place],
                found=f"that the simulator failed ({error!r:.300})",
                expected="the start of an episode",
                fix="name another task, or repair this one",
            ) from error
        self._lengths[place] = 0
