"""A task that cannot be trained on is refused by its name, whatever the engine."""

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete, Space

from value_scaling.learning.envs import registry
from value_scaling.learning.envs.engines import make_engine
from value_scaling.learning.envs.registry import make_streams, sizes
from value_scaling.learning.envs.streams import Streams
from value_scaling.records import ScalingError

FLAT = Box(-np.inf, np.inf, (3,), np.float32)
PUSH = Box(-1.0, 1.0, (2,), np.float32)


class Made(gymnasium.Env):
    """A task of given spaces."""

    def __init__(self, observations: Space, actions: Space) -> None:
        self.observation_space, self.action_space = observations, actions


@pytest.fixture
def register() -> Iterator[Callable[..., str]]:
    """Register tasks with gymnasium for the time of a test."""
    names: list[str] = []

    def add(make: Callable[[], Any], limit: int | None = 100) -> str:
        names.append(f"Made{len(names)}-v0")
        gymnasium.register(names[-1], entry_point=make, max_episode_steps=limit)
        return names[-1]

    yield add
    for name in names:
        del gymnasium.registry[name]


@pytest.mark.parametrize(
    ("engine", "task", "found"),
    [
        ("gymnasium", "CartPole-v1", r"discrete actions, Discrete\(2\)"),
        ("gymnasium", "FrozenLake-v1", "discrete actions"),
        ("gymnasium", "HalfCheetah", "a name that gymnasium takes for HalfCheetah-v5"),
        ("gymnasium", "HalfCheetah-v2", "gymnasium"),
        ("gymnasium", "HalfCheetah-v99", "does not have it"),
        ("gymnasium", "no_such_module:Task-v0", "does not have it, or cannot make"),
        ("dm_control", "lqr-lqr_2_1", "no time limit"),
        ("dm_control", "cartpole", "does not have it"),
    ],
)
def test_tasks_of_the_installed_engines(engine: str, task: str, found: str) -> None:
    with pytest.raises(ScalingError, match=rf"environment {task}: found .*{found}"):
        make_engine(engine, task, 0)


@pytest.mark.parametrize(
    ("observations", "actions", "found"),
    [
        (FLAT, MultiDiscrete([2, 3]), "actions, MultiDiscrete"),
        (FLAT, Box(0, 9, (2,), np.int64), "actions, Box"),
        (FLAT, Box(-np.inf, np.inf, (2,), np.float32), "actions from .*inf"),
        (FLAT, Box(0.0, np.array([1, np.inf], np.float32)), "actions from .*inf"),
        (FLAT, Box(-3e38, 3e38, (1,), np.float32), "actions from .*e\\+38"),
        (FLAT, Box(-1, 1, (2, 2), np.float32), r"actions of shape \(2, 2\)"),
        (FLAT, Box(-1, 1, (0,), np.float32), r"actions of shape \(0,\)"),
        (Box(0, 255, (64, 64, 3), np.uint8), PUSH, "observations Box"),
        (Dict({"image": FLAT}), PUSH, "observations Dict"),
        (Discrete(4), PUSH, "observations Discrete"),
    ],
)
def test_spaces_that_do_not_fit(
    observations: Space, actions: Space, found: str, register: Callable[..., str]
) -> None:
    task = register(lambda: Made(observations, actions))
    with pytest.raises(ScalingError, match=f"environment {task}: found {found}"):
        make_engine("gymnasium", task, 0)


@pytest.mark.parametrize("limit", [None, 2**31 - 1])
def test_a_task_without_time_limit(
    limit: int | None, register: Callable[..., str]
) -> None:
    task = register(lambda: Made(FLAT, PUSH), limit)
    with pytest.raises(ScalingError, match=f"environment {task}: found .*time limit"):
        make_engine("gymnasium", task, 0)


def test_a_task_that_fits(register: Callable[..., str]) -> None:
    made = make_engine("gymnasium", register(lambda: Made(FLAT, PUSH), 50), 0)
    assert (made.observation_size, made.action_size, made.time_limit) == (3, 2, 50)


def test_a_task_that_fails_as_it_is_made_or_begun(register: Callable[..., str]) -> None:
    def broken() -> Any:
        raise OSError("no licence")

    with pytest.raises(ScalingError, match="OSError: no licence"):
        make_engine("gymnasium", register(broken), 0)
    task = register(lambda: Made(FLAT, PUSH))
    streams = Streams([make_engine("gymnasium", task, 0)], [f"{task}, seed 0"])
    with pytest.raises(ScalingError, match=f"{task}, seed 0.*the start of an episode"):
        streams.reset()


class Pool:
    """What EnvPool makes, as far as it is asked for before the first step."""

    def __init__(self, observations: Space, actions: Space, limit: int) -> None:
        self.observation_space, self.action_space = observations, actions
        config = types.SimpleNamespace(max_episode_steps=limit)
        self.spec = types.SimpleNamespace(config=config)

    def reset(self) -> Any:
        return np.zeros((1, 3)), {}


@pytest.mark.parametrize(
    ("observations", "actions", "limit", "found"),
    [
        (FLAT, Discrete(2), 500, "discrete actions"),
        (FLAT, Box(-np.inf, np.inf, (1,)), 500, "actions from .*inf"),
        (Box(0, 255, (4, 84, 84), np.uint8), PUSH, 500, "observations"),
        (FLAT, PUSH, 2**31 - 1, "time limit"),
    ],
)
def test_pools(
    observations: Space,
    actions: Space,
    limit: int,
    found: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in: Any = types.ModuleType("envpool")
    stand_in.make = lambda *_, **__: Pool(observations, actions, limit)
    monkeypatch.setitem(sys.modules, "envpool", stand_in)
    with pytest.raises(ScalingError, match=f"environment Any-v1: found .*{found}"):
        make_streams("envpool", "Any-v1", [0], ["Any-v1"])


def test_sizes_refuse_too() -> None:
    registry.sizes.cache_clear()
    with pytest.raises(ScalingError, match="CartPole-v1"):
        sizes("gymnasium", "CartPole-v1")
