"""EnvPool: the same tasks, no step lost at an episode's end, and the cost of a stop."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from value_scaling.learning.envs.envpool_vector_env import pool_name
from value_scaling.learning.envs.registry import make_vector_env
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import ScalingError, Setting
from value_scaling.records.training import Training

pytest.importorskip("envpool", reason="EnvPool is not in the environment")


def make(task: str, seeds: list[int]) -> object:
    return make_vector_env("envpool", task, seeds, [f"{task} {seed}" for seed in seeds])


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("HalfCheetah-v4", "HalfCheetah-v4"),
        ("cartpole-swingup", "CartpoleSwingup-v1"),
        ("ball_in_cup-catch", "BallInCupCatch-v1"),
        ("finger-turn_hard", "FingerTurnHard-v1"),
    ],
)
def test_names(task: str, name: str) -> None:
    assert pool_name(task) == name


def test_a_stream_depends_on_its_seed_alone() -> None:
    many, one = (
        make("InvertedDoublePendulum-v4", [3, 4, 5]),
        make("InvertedDoublePendulum-v4", [5]),
    )
    np.testing.assert_array_equal(many.reset()[2], one.reset()[0])
    rng = np.random.default_rng(0)
    for action in rng.uniform(-1, 1, (60, 1)).astype(np.float32):
        a, b = many.step(np.repeat(action[None], 3, 0)), one.step(action[None])
        for name in ("rewards", "terminated", "ended", "observations"):
            np.testing.assert_array_equal(getattr(a, name)[2], getattr(b, name)[0])


def test_no_step_is_lost_at_an_episodes_end() -> None:
    """The step after an end is a real one: a reward, a move, a count from one."""
    streams = make("InvertedDoublePendulum-v4", [0, 1])
    before, length, ends = streams.reset(), np.zeros(2, int), 0
    for _ in range(100):
        step = streams.step(np.ones((2, 1), np.float32))
        length += 1
        assert (step.rewards > 1).all()  # alive; EnvPool's own reset steps give 0
        assert (step.next_observations != before).any(axis=1).all()
        same = (step.next_observations == step.observations).all(axis=1)
        np.testing.assert_array_equal(same, ~step.ended)
        assert (length[step.ended] > 2).all()
        ends += step.ended.sum()
        length[step.ended], before = 0, step.observations
    assert ends > 5


def test_the_time_limit_truncates() -> None:
    streams = make("HalfCheetah-v4", [0])
    streams.reset()
    ended = [streams.step(np.zeros((1, 6), np.float32)) for _ in range(1000)]
    assert [step.ended[0] for step in ended] == [False] * 999 + [True]
    assert not ended[-1].terminated[0]


def test_idle_streams_stand_still_and_cuts_end() -> None:
    streams = make("HalfCheetah-v4", [0, 1, 2])
    start, action = streams.reset(), np.ones((3, 6), np.float32)
    step = streams.step(
        action, active=np.array([True, False, True]), truncate=np.array([0, 0, 1], bool)
    )
    np.testing.assert_array_equal(step.observations[1], start[1])
    assert step.ended.tolist() == [False, False, True]
    assert not step.terminated.any()


@pytest.mark.parametrize(
    ("engine", "task", "episodes", "tolerance"),
    [
        ("gymnasium", "InvertedDoublePendulum-v4", 200, 0.1),
        ("gymnasium", "HalfCheetah-v4", 6, 0.25),
        ("dm_control", "cartpole-swingup", 6, 0.5),
    ],
)
def test_returns_of_a_random_policy_agree(
    engine: str, task: str, episodes: int, tolerance: float
) -> None:
    means = []
    for name in (engine, "envpool"):
        streams = make_vector_env(name, task, [0, 1], ["a", "b"])
        streams.reset()
        rng, total, returns = np.random.default_rng(7), np.zeros(2), []
        while len(returns) < episodes:
            actions = rng.uniform(-1, 1, (2, streams.action_size)).astype(np.float32)
            step = streams.step(actions)
            total += step.rewards
            returns += total[step.ended].tolist()
            total[step.ended] = 0
        means.append(np.mean(returns))
    assert means[1] == pytest.approx(means[0], rel=tolerance)


def test_an_unknown_task_is_told() -> None:
    with pytest.raises(ScalingError, match="EnvPool does not have it"):
        make("HalfCheetah-v99", [0])


@pytest.fixture
def pooled(tiny: Training) -> Callable[[], HostGroup]:
    task = replace(tiny.tasks[0], engine="envpool")
    training = replace(tiny, tasks=(task,))
    runs = [
        Run("tiny", "sweep", Setting("Pendulum-v1", 1.0, 16, 1e-3), seed)
        for seed in range(2)
    ]
    program = make_program(runs, training, capacity=2, max_env_steps=600)
    return lambda: HostGroup(runs, training, program)


def test_after_a_stop_the_episode_in_flight_is_given_up(
    pooled: Callable[[], HostGroup],
) -> None:
    first, second, third = pooled(), pooled(), pooled()
    first.advance(450)
    snapshot = first.snapshot()
    for group in (second, third):
        group.restore(snapshot)
        assert group.log.inexact_resumes == 1
        np.testing.assert_array_equal(group.episodes.returns, 0)
        # An observation from which no transition starts takes one more slot.
        np.testing.assert_array_equal(
            group.state.replay.head, first.state.replay.head + 1
        )
        np.testing.assert_array_equal(group.state.replay.count, 450)
        group.advance(600)
        np.testing.assert_array_equal(group.state.replay.count, 600)
        assert np.isfinite(group.log.returns).all()
    for name in ("returns", "diagnostics"):  # the rule is deterministic
        np.testing.assert_array_equal(
            getattr(second.log, name), getattr(third.log, name)
        )
    assert [curve.inexact_resumes for curve in second.curves()] == [1, 1]
    starts = np.asarray(second.state.replay.starts)[0, :600]
    before = int(first.state.replay.head[0])
    assert before not in starts


def test_without_a_stop_it_is_reproduced(pooled: Callable[[], HostGroup]) -> None:
    first, second = pooled(), pooled()
    first.advance(300)
    second.advance(300)
    np.testing.assert_array_equal(
        first.state.collector.training, second.state.collector.training
    )
