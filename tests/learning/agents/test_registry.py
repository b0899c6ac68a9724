"""Every algorithm of the training file's format is an agent, and vice versa."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from value_scaling.learning.agents.protocol import ACTOR, CRITIC, TEMPERATURE
from value_scaling.learning.agents.registry import (
    DEVICE_AGENTS,
    HOST_AGENTS,
    make_config,
)
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.records import ScalingError
from value_scaling.records.training import (
    DEVICE_ALGORITHMS,
    HOST_ALGORITHMS,
    Training,
)

AGENTS = {**HOST_AGENTS, **DEVICE_AGENTS}


def test_the_tables_are_those_of_the_format() -> None:
    assert tuple(HOST_AGENTS) == HOST_ALGORITHMS
    assert tuple(DEVICE_AGENTS) == DEVICE_ALGORITHMS


def test_an_unknown_algorithm_is_refused(tiny: Training) -> None:
    with pytest.raises(ScalingError, match=r"found algorithm 'pql'.*one of sac, bro"):
        make_config(
            HOST_AGENTS, replace(tiny, algorithm="pql"), critic_layout="separate"
        )


@pytest.mark.parametrize("critic_layout", ["separate", "batched"])
@pytest.mark.parametrize("algorithm", AGENTS)
def test_an_agent_keeps_its_shapes_and_names_what_it_trains(
    algorithm: str, critic_layout: str, tiny: Training
) -> None:
    training = replace(tiny, algorithm=algorithm, num_envs=4, validation_every=4)
    config = AGENTS[algorithm].of(training, critic_layout=critic_layout)
    assert hash(config) == hash(
        AGENTS[algorithm].of(training, critic_layout=critic_layout)
    )
    one = np.float32(0.5)
    agent = config.create(jax.random.key(0), 3, 2, Scalars(one, one, one, one))
    assert agent.parameters.keys() <= {CRITIC, ACTOR}
    assert jax.tree.leaves(agent.parameters[CRITIC])
    assert agent.measures.keys() <= {TEMPERATURE}
    assert agent.act(np.zeros((5, 3), np.float32)).shape[0] == 5
