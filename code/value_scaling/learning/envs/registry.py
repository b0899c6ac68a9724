"""Environments, by the name of their engine."""

from collections.abc import Sequence
from functools import cache

from value_scaling.learning.envs import device_tasks
from value_scaling.learning.envs.engines import make_env
from value_scaling.learning.envs.envpool_vector_env import EnvPoolVectorEnv
from value_scaling.learning.envs.protocol import Spaces, VectorEnv
from value_scaling.learning.envs.serial_vector_env import SerialVectorEnv


def make_vector_env(
    engine: str, task: str, seeds: Sequence[int], names: Sequence[str]
) -> VectorEnv:
    """Make one environment on the host for each seed.

    Args:
        engine: one of `engines.ENGINES`.
        names: names of the runs, for messages.

    Raises:
        ScalingError: the engine or the task does not exist.
    """
    if engine == "envpool":
        return EnvPoolVectorEnv(task, seeds, names)
    return SerialVectorEnv([make_env(engine, task, seed) for seed in seeds], names)


def sizes(engine: str, task: str) -> tuple[int, int, bool]:
    """Return the sizes of a task's observations and actions.

    Returns:
        sizes of observations and of stored actions, and whether actions are discrete.

    Raises:
        ScalingError: the engine or the task does not exist.
    """
    if engine in device_tasks.ENGINES:
        return _sizes(device_tasks.make_task(engine, task))
    return _host_sizes(engine, task)


@cache
def _host_sizes(engine: str, task: str) -> tuple[int, int, bool]:
    """Return the sizes; cached, because some tasks take half a second to make."""
    return _sizes(make_vector_env(engine, task, [0], [task]))


def _sizes(env: Spaces) -> tuple[int, int, bool]:
    return env.observation_size, env.action_size, env.discrete
