"""Environments on the device: pure functions of one environment's state.

They are MuJoCo Playground's tasks of the DeepMind control suite, on MJX. Playground's
own wrappers are not used: they restart every episode of an environment in the same
state, and drop the observation at which a truncated episode ended. `device_envs`
truncates and resets instead.
"""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from value_scaling.learning.envs.protocol import DeviceEnv, Tree
from value_scaling.records import ScalingError

ENGINES = ("playground",)


def make_task(engine: str, task: str) -> DeviceEnv:
    """Return one task.

    Args:
        engine: one of `ENGINES`.
        task: name of the task, e.g. `CartpoleBalance`.

    Raises:
        ScalingError: the engine or the task does not exist, or is not installed.
    """
    if engine not in ENGINES:
        raise ScalingError(
            f"environment {task}",
            found=f"engine {engine!r}",
            expected=f"one that runs on the device: {', '.join(ENGINES)}",
            fix="correct `engine` in the training file, or the algorithm",
        )
    return _playground(task)


class PlaygroundEnv:
    """One task of MuJoCo Playground; see `DeviceEnv`."""

    discrete = False

    def __init__(self, environment: Any, time_limit: int) -> None:
        self._environment = environment
        self.observation_size = int(environment.observation_size)
        self.action_size = int(environment.action_size)
        self.time_limit = time_limit

    def reset(self, key: Array) -> tuple[Tree, Array]:
        state = self._environment.reset(key)
        return state, state.obs

    def step(self, state: Tree, action: Array) -> tuple[Tree, Array, Array, Array]:
        found = self._environment.step(state, action)
        # Keep the types of the first state, since some tasks let JAX choose them.
        found = jax.tree.map(lambda new, old: new.astype(old.dtype), found, state)
        terminated = found.done > 0
        # Playground ends an episode whose physics broke, and its reward is then NaN.
        broken = terminated & jnp.isnan(found.reward)
        return found, jnp.where(broken, 0.0, found.reward), terminated, found.obs


@cache
def _playground(task: str) -> PlaygroundEnv:
    try:
        import mujoco
        from mujoco_playground import dm_control_suite
    except ImportError as error:
        raise ScalingError(
            f"environment {task}",
            found=f"that MuJoCo Playground is not installed ({error})",
            expected="the packages playground and mujoco-mjx",
            fix="make setup EXTRAS=1 (an image: --build-arg EXTRAS=1)",
        ) from error
    mujoco.set_mju_user_warning(lambda _: None)  # by default it writes a file
    if task not in dm_control_suite.ALL_ENVS:
        raise ScalingError(
            f"environment {task}",
            found="that MuJoCo Playground does not have it",
            expected=f"one of {', '.join(sorted(dm_control_suite.ALL_ENVS))}",
            fix="correct the name in study and training file",
        )
    settings = dm_control_suite.get_default_config(task)
    assert settings.action_repeat == 1
    # MJX in JAX runs on any device, and its state consists of plain arrays. The
    # default, Warp, needs an NVIDIA GPU.
    found = dm_control_suite.load(task, config_overrides={"impl": "jax"})
    return PlaygroundEnv(found, int(settings.episode_length))
