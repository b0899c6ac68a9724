"""Environments of a group of runs, by the name of their engine."""

from collections.abc import Sequence
from functools import cache

from value_scaling.learning.envs.engines import make_engine
from value_scaling.learning.envs.pools import PoolStreams
from value_scaling.learning.envs.streams import Streams


def make_streams(
    engine: str, task: str, seeds: Sequence[int], names: Sequence[str]
) -> Streams | PoolStreams:
    """Make one environment for each seed.

    Args:
        engine: one of `engines.ENGINES`.
        names: of the runs, for messages.

    Raises:
        ScalingError: the engine or the task does not exist.
    """
    if engine == "envpool":
        return PoolStreams(task, seeds, names)
    return Streams([make_engine(engine, task, seed) for seed in seeds], names)


@cache
def sizes(engine: str, task: str) -> tuple[int, int, bool]:
    """Return the sizes of observations and of stored actions, and whether actions are
    discrete; asked once, as some tasks take half a second to make.

    Raises:
        ScalingError: the engine or the task does not exist.
    """
    streams = make_streams(engine, task, [0], [task])
    return streams.observation_size, streams.action_size, streams.discrete
