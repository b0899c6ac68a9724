"""One environment on the host, for each engine; see `HostEnv`.

Observations are flat float32, and actions are stored as described in `spaces`. Episodes
are truncated and reset by the caller (a `VectorEnv`), never here.
"""

import logging
import os
import warnings
from typing import Any

import numpy as np

from value_scaling.learning.envs.protocol import HostEnv, RandomState
from value_scaling.learning.envs.spaces import (
    check_actions,
    check_bounds,
    check_limit,
    check_observations,
    translate,
)
from value_scaling.records import ScalingError

ENGINES = ("gymnasium", "dm_control", "envpool")
"""EnvPool makes many environments at a time; see `envpool_vector_env`."""
_log = logging.getLogger(__name__)


def make_env(engine: str, task: str, seed: int) -> HostEnv:
    """Make one environment.

    Args:
        engine: one of `ENGINES`.
        task: name of the task, e.g. `HalfCheetah-v4` (gymnasium) or `cartpole-swingup`
            (dm_control).

    Raises:
        ScalingError: the engine or the task does not exist.
    """
    os.environ.setdefault("MUJOCO_GL", "disable")  # nothing is drawn
    if engine == "gymnasium":
        return GymEnv(task, seed)
    if engine == "dm_control":
        return SuiteEnv(task, seed)
    raise ScalingError(
        f"environment {task}",
        found=f"engine {engine!r}",
        expected=f"one of {', '.join(ENGINES)}",
        fix="correct `engine` in the training file",
    )


class GymEnv:
    """A gymnasium task, without its wrappers."""

    def __init__(self, task: str, seed: int) -> None:
        import gymnasium
        import mujoco

        # By default MuJoCo prints, and writes MUJOCO_LOG.TXT into the current folder.
        mujoco.set_mju_user_warning(_log.info)
        with warnings.catch_warnings():
            # The paper ran v4; v5 is a different task and never replaces it.
            warnings.filterwarnings("ignore", ".*is out of date", DeprecationWarning)
            warnings.filterwarnings("ignore", ".*latest versioned", UserWarning)
            try:
                made = gymnasium.make(task, disable_env_checker=True)
            # A task is foreign code: any exception is reported by name.
            except Exception as error:
                raise _unknown(task, "gymnasium", error) from error
        if made.spec is None or made.spec.id != task:  # `HalfCheetah` would be v5
            raise ScalingError(
                f"environment {task}",
                found=f"a name that gymnasium takes for {made.spec and made.spec.id}",
                expected="the full name of a task, with its version",
                fix="complete the name in study and training file",
            )
        self.action_size, self.discrete = check_actions(task, made.action_space)
        check_observations(task, made.observation_space)
        self.time_limit = check_limit(task, made.spec.max_episode_steps)
        self._task: Any = made.unwrapped
        self._seed: int | None = seed
        self._translate = translate(made.action_space)
        self.observation_size = int(np.prod(made.observation_space.shape or ()))

    def reset(self) -> np.ndarray:
        observation, _ = self._task.reset(seed=self._seed)
        self._seed = None
        return np.asarray(observation, np.float32).ravel()

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        translated = self._translate(action)
        observation, reward, terminated, _, _ = self._task.step(translated)
        return (
            np.asarray(observation, np.float32).ravel(),
            float(reward),
            bool(terminated),
        )

    def random_state(self) -> RandomState:
        if self._seed is not None:
            return {"seed": self._seed}
        return self._task.np_random.bit_generator.state

    def set_random_state(self, state: RandomState) -> None:
        assert isinstance(state, dict)
        if set(state) == {"seed"}:
            self._seed = state["seed"]
            return
        self._seed = None
        self._task.np_random.bit_generator.state = state


class SuiteEnv:
    """A task of the DeepMind control suite; its observations are concatenated."""

    discrete = False

    def __init__(self, task: str, seed: int) -> None:
        logger = logging.getLogger("absl")
        level = logger.level
        logger.setLevel(logging.ERROR)  # it warns about the suite's own models
        try:
            from dm_control import suite

            domain, _, name = task.partition("-")
            try:
                self._task = suite.load(
                    domain.replace(".", "_"),
                    name.replace("-", "_"),
                    task_kwargs={"random": np.random.RandomState(seed)},
                )
            # A task is foreign code: any exception is reported by name.
            except Exception as error:
                raise _unknown(task, "dm_control", error) from error
        finally:
            logger.setLevel(level)
        bounds = self._task.action_spec()
        check_bounds(task, bounds.minimum, bounds.maximum)
        self.time_limit = check_limit(task, self._task._step_limit)
        self._centre = (bounds.maximum + bounds.minimum) / 2
        self._half = (bounds.maximum - bounds.minimum) / 2
        shapes = [each.shape for each in self._task.observation_spec().values()]
        self.observation_size = int(sum(np.prod(shape) for shape in shapes))
        self.action_size = int(np.prod(bounds.shape))

    def reset(self) -> np.ndarray:
        return _flat(self._task.reset())

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        following = self._task.step(self._centre + self._half * action)
        return (
            _flat(following),
            float(following.reward),
            bool(following.last() and following.discount == 0),
        )

    def random_state(self) -> RandomState:
        name, keys, position, has_gauss, gauss = self._task.task.random.get_state()
        return [name, keys.tolist(), int(position), int(has_gauss), float(gauss)]

    def set_random_state(self, state: RandomState) -> None:
        name, keys, *rest = state
        self._task.task.random.set_state((name, np.array(keys, np.uint32), *rest))


def _flat(following: Any) -> np.ndarray:
    parts = [np.ravel(each) for each in following.observation.values()]
    return np.concatenate(parts).astype(np.float32)


def _unknown(task: str, engine: str, error: Exception) -> ScalingError:
    return ScalingError(
        f"environment {task}",
        found=f"that {engine} does not have it, or cannot make it "
        f"({type(error).__name__}: {str(error)[:200]})",
        expected="a task of the installed version, with all that it needs",
        fix="correct the name, or the engine, in the training file",
    )
