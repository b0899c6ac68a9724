"""Environments are restored bit for bit, reset at their ends, and named in failures."""

from typing import Any

import numpy as np
import pytest

from value_scaling.learning.envs.engines import make_env
from value_scaling.learning.envs.serial_vector_env import SerialVectorEnv
from value_scaling.records import ScalingError

TASKS = [
    ("gymnasium", "Pendulum-v1"),
    ("gymnasium", "InvertedDoublePendulum-v4"),
    ("gymnasium", "HalfCheetah-v4"),
    (
        "gymnasium",
        "Ant-v4",
    ),  # its reward depends on the previous state of the simulator
    ("gymnasium", "Humanoid-v4"),
    ("dm_control", "cartpole-swingup"),
    ("dm_control", "finger-turn_hard"),  # its model changes at each reset
    ("dm_control", "humanoid-stand"),
]


def make(engine: str, task: str, count: int = 2) -> SerialVectorEnv:
    engines = [make_env(engine, task, seed) for seed in range(count)]
    return SerialVectorEnv(engines, [f"{task} {seed}" for seed in range(count)])


def trace(streams: SerialVectorEnv, actions: np.ndarray) -> list[np.ndarray]:
    steps = [streams.step(each) for each in actions]
    names = ("rewards", "ended", "next_observations", "observations")
    return [np.array([getattr(step, name) for step in steps]) for name in names]


@pytest.mark.parametrize(("engine", "task"), TASKS)
def test_a_restored_stream_goes_on_to_the_bit(engine: str, task: str) -> None:
    streams, fresh = make(engine, task), make(engine, task)
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (130, 2, streams.action_size)).astype(np.float32)
    streams.reset()
    for each in actions[:70]:
        before = streams.step(each).observations
    snapshot = streams.snapshot()
    wanted = trace(streams, actions[70:])
    np.testing.assert_array_equal(fresh.restore(snapshot, at=70), before)
    for a, b in zip(trace(fresh, actions[70:]), wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_equal_seeds_give_equal_streams_and_others_do_not() -> None:
    first = make("gymnasium", "HalfCheetah-v4").reset()
    np.testing.assert_array_equal(first, make("gymnasium", "HalfCheetah-v4").reset())
    assert not np.array_equal(first[0], first[1])


def test_the_time_limit_truncates_and_does_not_terminate() -> None:
    streams = make("gymnasium", "Pendulum-v1", 1)
    streams.reset()
    action = np.zeros((1, 1), np.float32)
    for number in range(1, 401):
        step = streams.step(action)
        assert step.ended[0] == (number in (200, 400))
        assert not step.terminated[0]
        differ = (step.next_observations != step.observations).any()
        assert differ == step.ended[0]


def test_a_terminal_state_ends_the_episode() -> None:
    streams = make("gymnasium", "InvertedPendulum-v4", 1)
    streams.reset()
    steps = [streams.step(np.ones((1, 1), np.float32)) for _ in range(50)]
    assert any(step.terminated[0] for step in steps)
    assert all(step.ended[0] == step.terminated[0] for step in steps)


def test_a_cut_ends_only_the_episode_it_names() -> None:
    streams = make("gymnasium", "Pendulum-v1", 2)
    streams.reset()
    action = np.zeros((2, 1), np.float32)
    step = streams.step(action, truncate=np.array([True, False]))
    assert step.ended.tolist() == [True, False]
    assert step.terminated.tolist() == [False, False]


def test_actions_are_scaled_to_the_task() -> None:
    engine: Any = make_env("gymnasium", "Pendulum-v1", 0)
    engine.reset()
    engine.step(np.array([0.5], np.float32))
    assert engine._task.last_u == 1.0  # of a torque within ±2


def test_a_failing_simulator_is_named(probe: type) -> None:
    def fail(observation: np.ndarray, action: np.ndarray) -> float:
        raise FloatingPointError("unstable")

    streams = SerialVectorEnv([probe(fail)], ["Ant-v4, seed 3"])
    streams.reset()
    with pytest.raises(ScalingError, match=r"Ant-v4, seed 3.*unstable"):
        streams.step(np.zeros((1, 1)))


@pytest.mark.parametrize(
    ("engine", "task"),
    [
        ("gymnasium", "HalfCheetah-v99"),
        ("dm_control", "cartpole-fly"),
        ("isaac", "Ant"),
    ],
)
def test_an_unknown_task_is_told(engine: str, task: str) -> None:
    with pytest.raises(ScalingError, match=f"environment {task}"):
        make_env(engine, task, 0)
