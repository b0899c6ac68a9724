"""Environments of a group of runs, by the name of their engine."""

from collections.abc import Sequence

from value_scaling.learning.engines import make_engine
from value_scaling.learning.pools import PoolStreams
from value_scaling.learning.streams import Streams


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
