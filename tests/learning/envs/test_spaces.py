"""A task that cannot be trained on is refused by its name, for every engine."""

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete, Space

from value_scaling.learning.envs import registry
from value_scaling.learning.envs.engines import make_env
from value_scaling.learning.envs.registry import make_vector_env, sizes
from value_scaling.learning.envs.serial_vector_env import SerialVectorEnv
from value_scaling.learning.envs.spaces import random_actions, translate
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import ScalingError, Setting
from value_scaling.records.training import Task, Training

FLAT = Box(-np.inf, np.inf, (3,), np.float32)
PUSH = Box(-1.0, 1.0, (2,), np.float32)


class Made(gymnasium.Env):
    """A task of given spaces."""

    def __init__(self, observations: Space, actions: Space) -> None:
        self.observation_space, self.action_space = observations, actions


@pytest.fixture
def register() -> Iterator[Callable[..., str]]:
    """Register tasks with gymnasium for the duration of a test."""
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
        ("gymnasium", "FrozenLake-v1", r"observations Discrete\(16\)"),
        ("gymnasium", "Blackjack-v1", "observations Tuple"),
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
        make_env(engine, task, 0)


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
        make_env("gymnasium", task, 0)


@pytest.mark.parametrize("limit", [None, 2**31 - 1])
def test_a_task_without_time_limit(
    limit: int | None, register: Callable[..., str]
) -> None:
    task = register(lambda: Made(FLAT, PUSH), limit)
    with pytest.raises(ScalingError, match=f"environment {task}: found .*time limit"):
        make_env("gymnasium", task, 0)


def test_a_task_that_fits(register: Callable[..., str]) -> None:
    made = make_env("gymnasium", register(lambda: Made(FLAT, PUSH), 50), 0)
    assert (made.observation_size, made.action_size, made.time_limit) == (3, 2, 50)


def test_a_task_that_fails_as_it_is_made_or_begun(register: Callable[..., str]) -> None:
    def broken() -> Any:
        raise OSError("no licence")

    with pytest.raises(ScalingError, match="OSError: no licence"):
        make_env("gymnasium", register(broken), 0)
    task = register(lambda: Made(FLAT, PUSH))
    streams = SerialVectorEnv([make_env("gymnasium", task, 0)], [f"{task}, seed 0"])
    with pytest.raises(ScalingError, match=f"{task}, seed 0.*the start of an episode"):
        streams.reset()


class Pool:
    """A stand-in for EnvPool's environments, for everything before the first step."""

    def __init__(self, observations: Space, actions: Space, limit: int) -> None:
        self.observation_space, self.action_space = observations, actions
        config = types.SimpleNamespace(max_episode_steps=limit)
        self.spec = types.SimpleNamespace(config=config)

    def reset(self) -> Any:
        return np.zeros((1, 3)), {}


@pytest.mark.parametrize(
    ("observations", "actions", "limit", "found"),
    [
        (FLAT, MultiDiscrete([2, 3]), 500, "actions, MultiDiscrete"),
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
        make_vector_env("envpool", "Any-v1", [0], ["Any-v1"])


def test_sizes_refuse_too() -> None:
    registry._host_sizes.cache_clear()
    with pytest.raises(ScalingError, match="FrozenLake-v1"):
        sizes("gymnasium", "FrozenLake-v1")


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        ("CartPole-v1", (4, 2, True)),
        ("Acrobot-v1", (6, 3, True)),
        ("MountainCar-v0", (2, 3, True)),
        ("Pendulum-v1", (3, 1, False)),
    ],
)
def test_sizes_tell_discrete_actions_from_others(
    task: str, wanted: tuple[int, int, bool]
) -> None:
    assert sizes("gymnasium", task) == wanted


def test_a_discrete_action_is_the_place_of_the_one() -> None:
    """The space may begin elsewhere than at 0; a batch is translated as a whole."""
    stored = np.eye(3, dtype=np.float32)[[2, 0, 1]]
    found = translate(Discrete(3, start=-1))(stored)
    assert found.dtype == np.int32
    assert found.tolist() == [1, -1, 0]
    assert translate(Discrete(3))(stored[0]) == 2


def test_a_continuous_action_is_scaled_to_the_bounds() -> None:
    space = Box(np.array([-2, 0], np.float32), np.array([2, 10], np.float32))
    stored = np.array([[-1, -1], [0, 0.5], [1, 1]], np.float32)
    assert translate(space)(stored).tolist() == [[-2, 0], [0, 7.5], [2, 10]]


def test_every_choice_is_as_likely_before_training() -> None:
    rng = np.random.default_rng(0)
    drawn = random_actions(rng, 3000, 3, discrete=True)
    assert drawn.dtype == np.float32
    assert np.isin(drawn, [0, 1]).all()
    assert (drawn.sum(axis=1) == 1).all()
    np.testing.assert_allclose(drawn.mean(axis=0), 1 / 3, atol=0.03)


@pytest.mark.parametrize(
    ("algorithm", "task", "message"),
    [
        (
            "sac",
            "CartPole-v1",
            "found discrete actions, which sac cannot learn.*to dqn,",
        ),
        (
            "dqn",
            "HalfCheetah-v4",
            "found continuous actions, which dqn cannot learn.*to sac or .*td3,",
        ),
    ],
)
def test_an_algorithm_that_does_not_fit_names_those_that_do(
    algorithm: str, task: str, message: str, tiny: Training
) -> None:
    training = replace(
        tiny, algorithm=algorithm, tasks=(Task(task, "gymnasium", 600, 400, 100),)
    )
    run = Run("tiny", "sweep", Setting(task, 1.0, 16, 1e-3), 0)
    with pytest.raises(ScalingError, match=f"environment {task}: {message}"):
        make_program([run], training, capacity=1, max_env_steps=600)
