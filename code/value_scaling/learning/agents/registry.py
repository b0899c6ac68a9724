"""The agents, by the name of their algorithm; a new one is a file and a line here.

The names, and whether an agent's environments run on the host or on the device, are
part of the format of training files; see `records.training`.
"""

from collections.abc import Mapping
from typing import TypeVar

from value_scaling.learning.agents.bro import BROConfig
from value_scaling.learning.agents.dqn import DQNConfig
from value_scaling.learning.agents.pql import PQLConfig
from value_scaling.learning.agents.protocol import Agent, AgentConfig, DeviceAgent
from value_scaling.learning.agents.sac import SACConfig
from value_scaling.learning.agents.td3 import TD3Config
from value_scaling.learning.replay import n_step_buffer, replay_buffer
from value_scaling.records import ScalingError
from value_scaling.records.training import Training

HOST_AGENTS: Mapping[str, type[AgentConfig[Agent[replay_buffer.Batch]]]] = {
    "sac": SACConfig,
    "bro": BROConfig,
    "bro_minimal": BROConfig,
    "td3": TD3Config,
    "dqn": DQNConfig,
}
"""Agents with one environment in each run, stepped on the host."""
DEVICE_AGENTS: Mapping[str, type[AgentConfig[DeviceAgent[n_step_buffer.Batch]]]] = {
    "pql": PQLConfig,
}
"""Agents with many environments in each run, stepped on the device."""
AgentT = TypeVar("AgentT")


def make_config(
    agents: Mapping[str, type[AgentConfig[AgentT]]],
    training: Training,
    *,
    critic_layout: str,
) -> AgentConfig[AgentT]:
    """Return the compile-time settings for a study's training settings.

    Args:
        agents: `HOST_AGENTS` or `DEVICE_AGENTS`.
        critic_layout: one of `critic_pair.CRITIC_LAYOUTS`.

    Raises:
        ScalingError: the algorithm is unknown.
    """
    if training.algorithm not in agents:
        raise ScalingError(
            f"training file of study {training.study}",
            found=f"algorithm {training.algorithm!r}",
            expected=f"one of {', '.join(agents)}",
            fix="correct `algorithm`",
        )
    return agents[training.algorithm].of(training, critic_layout=critic_layout)
