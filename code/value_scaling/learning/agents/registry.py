"""The algorithms with one environment a run, and what a program needs of each.

PQL steps thousands of environments in each run: it is in `pql`, its program in
`parallel_program`.
"""

from dataclasses import replace
from typing import Any

from jax import Array

from value_scaling.learning.agents import bro, sac
from value_scaling.learning.agents.bro import BRO, BROConfig
from value_scaling.learning.agents.sac import SAC, SACConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.records import ScalingError
from value_scaling.records.training import Training

Agent = SAC | BRO
"""What a program calls, for one run:

- `explore(observations, key, steps)`: actions while learning, [..., action]. The agent
  draws its own noise from `key`; `steps` counts the run's environment steps so far.
- `act(observations)`: actions without exploration, [..., action].
- `update(batch, key)`: the agent after one update.
- `td_loss`, `activations`, `q`, and the fields `actor`, `critics` and
  `log_temperature`, for diagnostics.
"""
Config = SACConfig | BROConfig
ALGORITHMS = ("sac", "bro", "bro_minimal")


def make_config(training: Training, *, twins: str) -> Config:
    """Return what is compiled in, for a study's training settings.

    Raises:
        ScalingError: the algorithm is unknown.
    """
    if training.algorithm == "sac":
        return SACConfig(
            hidden=training.hidden,
            init_temperature=training.init_temperature,
            twins=twins,
        )
    if training.algorithm in ("bro", "bro_minimal"):
        critic, actor = (*training.hidden, *training.hidden)[:2]
        return replace(
            BROConfig(twins=twins, optimistic=training.algorithm == "bro"),
            critic_width=critic,
            actor_width=actor,
            init_temperature=training.init_temperature,
        )
    raise ScalingError(
        f"training file of study {training.study}",
        found=f"algorithm {training.algorithm!r}",
        expected=f"one of {', '.join(ALGORITHMS)}",
        fix="correct `algorithm`",
    )


def create(
    key: Array,
    observation_size: int,
    action_size: int,
    scalars: Scalars,
    config: Any,
) -> Agent:
    """Initialise one run."""
    make: Any = sac.create if isinstance(config, SACConfig) else bro.create
    return make(key, observation_size, action_size, scalars, config)
