"""EnvPool: environments of many runs, stepped in C++ with one call.

EnvPool can neither save nor restore a simulator's state. After a stop, the current
episodes are therefore abandoned: each counts as truncated where the checkpoint was
taken and is not logged, and its environment continues with a new episode, drawn from
its seed and that step.
"""

import re
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from value_scaling.learning.envs.protocol import StepResult
from value_scaling.learning.envs.spaces import (
    check_actions,
    check_limit,
    check_observations,
    translate,
)
from value_scaling.records import ScalingError

_GYM = re.compile(r".*-v\d+")


class EnvPoolVectorEnv:
    """Environments of EnvPool; see `VectorEnv`."""

    exact = False

    def __init__(self, task: str, seeds: Sequence[int], names: Sequence[str]) -> None:
        self.task, self.seeds, self.names = task, tuple(seeds), tuple(names)
        self._open(self.seeds)
        self.action_size, self.discrete = check_actions(task, self._space)
        check_observations(task, self._pool.observation_space, several=True)
        self.time_limit = check_limit(task, self._pool.spec.config.max_episode_steps)
        self.observation_size = self._flat(self._pool.reset()[0]).shape[1]
        self._translate = translate(self._space)
        count = len(self.seeds)
        self._lengths = np.zeros(count, int)
        self._next = np.zeros((count, self.observation_size), np.float32)
        self._now = np.zeros((count, self.observation_size), np.float32)
        self._open(self.seeds)  # the reset above only determined the shape

    def _open(self, seeds: Sequence[int]) -> None:
        try:
            import envpool
        except ImportError as error:
            raise ScalingError(
                f"environment {self.task}",
                found="that EnvPool is not installed",
                expected="the package envpool",
                fix="make setup EXTRAS=1 (an image: --build-arg EXTRAS=1), or set "
                "engine = 'gymnasium' or 'dm_control' in the training file",
            ) from error
        self._space: Any
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings of float64 spaces and of v4
            try:
                self._pool: Any = envpool.make(
                    pool_name(self.task),
                    env_type="gymnasium",
                    num_envs=len(seeds),
                    seed=list(seeds),
                )
                # EnvPool makes spaces when they are first read, and keeps them.
                _, self._space = self._pool.observation_space, self._pool.action_space
            except (AssertionError, ValueError, KeyError) as error:
                raise ScalingError(
                    f"environment {self.task}",
                    found=f"that EnvPool does not have it ({str(error)[:200]})",
                    expected="a task of the installed version",
                    fix="correct the name, or the engine, in the training file",
                ) from error

    def reset(self) -> np.ndarray:
        self._now[:] = self._flat(self._pool.reset()[0])
        self._lengths[:] = 0
        return self._now.copy()

    def step(
        self,
        actions: np.ndarray,
        *,
        active: np.ndarray | None = None,
        truncate: np.ndarray | None = None,
    ) -> StepResult:
        """Act in every active environment; see `VectorEnv`.

        EnvPool would reset an environment on the step after its end, and ignore that
        step's action. Here it is reset at once, so no step is lost or added.
        """
        count = len(self.seeds)
        places = np.arange(count) if active is None else np.flatnonzero(active)
        translated = self._translate(actions[places].astype(float))
        try:
            observations, rewards, terminated, truncated, info = self._pool.step(
                translated, places.astype(np.int32)
            )
        except RuntimeError as error:
            raise ScalingError(
                ", ".join(self.names[:3]),
                found=f"that the simulator failed ({error!r:.300})",
                expected="a step",
                fix="run the same command again: it continues from the last checkpoint",
            ) from error
        which = np.asarray(info["env_id"])
        result = StepResult(
            rewards=np.zeros(count, np.float32),
            terminated=np.zeros(count, bool),
            ended=np.zeros(count, bool),
            next_observations=self._next,
            observations=self._now,
        )
        result.rewards[which], result.terminated[which] = rewards, terminated
        self._next[which] = self._flat(observations)
        self._now[which] = self._next[which]
        self._lengths[which] += 1
        result.ended[which] = terminated | truncated
        if truncate is not None:
            result.ended[which] |= truncate[which]
        over = np.flatnonzero(result.ended)
        if len(over):
            observations, info = self._pool.reset(over.astype(np.int32))
            self._now[np.asarray(info["env_id"])] = self._flat(observations)
            self._lengths[over] = 0
        return StepResult(
            result.rewards,
            result.terminated,
            result.ended,
            self._next.copy(),
            self._now.copy(),
        )

    def snapshot(self) -> dict[str, np.ndarray]:
        """Return the lengths of the current episodes, which a restore abandons."""
        return {"lengths": self._lengths.copy()}

    def restore(self, snapshot: dict[str, np.ndarray], *, at: int) -> np.ndarray:
        """Start new episodes, drawn from each environment's seed and the step `at`."""
        seeds = [
            int(np.random.SeedSequence([seed, at]).generate_state(1)[0] >> 1)
            for seed in self.seeds
        ]
        self._open(seeds)
        return self.reset()

    def _flat(self, observations: Any) -> np.ndarray:
        if isinstance(observations, dict):
            parts = [np.reshape(x, (len(x), -1)) for x in observations.values()]
            return np.concatenate(parts, axis=1).astype(np.float32)
        return np.asarray(observations, np.float32).reshape(len(observations), -1)


def pool_name(task: str) -> str:
    """Return EnvPool's name of a task.

    `HalfCheetah-v4` stays as it is, and `cartpole-swingup` becomes
    `CartpoleSwingup-v1`.
    """
    if _GYM.fullmatch(task):
        return task
    words = re.split(r"[-_]", task)
    return "".join(word[:1].upper() + word[1:] for word in words) + "-v1"
