"""Environments on the device: limits, resets and returns; and MuJoCo Playground's."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from planted_tasks import Chain, Walk

from value_scaling.learning.envs import device_envs
from value_scaling.learning.envs.device_tasks import make_task
from value_scaling.learning.envs.protocol import DeviceEnv
from value_scaling.records import ScalingError

KEY = jax.random.key(5)


def roll(
    task: DeviceEnv, count: int, steps: int, limits: jax.Array | None = None
) -> list:
    """Step environments with actions that encode their step; return all outcomes."""
    whole = jnp.full(count, task.time_limit)
    first = limits is None
    envs = device_envs.blank(
        task, whole if limits is None else limits, logged=jnp.array(first)
    )
    actions = jnp.full((count, task.action_size), 0.25)

    @jax.jit
    def once(envs: device_envs.DeviceEnvs) -> tuple:
        before = device_envs.reset(task, envs, KEY)
        return before, *device_envs.step(task, before, actions)

    found = []
    for _ in range(steps):
        before, envs, outcome = once(envs)
        found.append((before, envs, outcome))
    return found


def test_truncation_is_not_termination() -> None:
    for length, ends in ((10**6, "truncated"), (5, "terminated"), (3, "terminated")):
        found = roll(Chain(length=length, time_limit=5), 3, 7)
        other = {"truncated": "terminated", "terminated": "truncated"}[ends]
        at = [bool(np.all(getattr(outcome, ends))) for _, _, outcome in found]
        assert at == [(step + 1) % min(length, 5) == 0 for step in range(7)]
        assert not any(np.any(getattr(outcome, other)) for _, _, outcome in found)


def test_the_last_observation_is_that_before_the_reset() -> None:
    found = roll(Chain(time_limit=5), 2, 6)
    _, _, outcome = found[4]
    np.testing.assert_array_equal(outcome.next_observations, 5.0)
    before, _, _ = found[5]
    np.testing.assert_array_equal(before.observations, 0.0)


@pytest.mark.parametrize("count", [1, 5, 130])
def test_every_episode_begins_anew_and_adds_up(count: int) -> None:
    """Any number of resets at once, more than lanes too, equals a plain count."""
    task = Walk(chance=0.2, time_limit=7)
    length, total = np.zeros(count), np.zeros(count)
    starts: list[float] = []
    for before, _, outcome in roll(task, count, 30):
        begun = length == 0
        observations = np.asarray(before.observations)
        np.testing.assert_array_equal(observations[:, 1], length)
        starts += observations[begun, 0].tolist()
        length += 1
        total += np.asarray(outcome.rewards)
        np.testing.assert_allclose(outcome.returns, total, rtol=1e-6)
        terminated, truncated = (
            np.asarray(x) for x in (outcome.terminated, outcome.truncated)
        )
        np.testing.assert_array_equal(truncated, (length == 7) & ~terminated)
        ended = terminated | truncated
        np.testing.assert_array_equal(outcome.logged, ended)
        length[ended], total[ended] = 0, 0.0
    assert len(starts) > 4 * count
    assert len(set(starts)) == len(starts)


def test_staggered_first_episodes_are_cut_and_not_logged() -> None:
    limits = jnp.array([1, 3, 5], jnp.int32)
    found = roll(Chain(time_limit=5), 3, 10, limits)
    ended = np.array([np.asarray(outcome.truncated) for _, _, outcome in found])
    logged = np.array([np.asarray(outcome.logged) for _, _, outcome in found])
    for place, limit in enumerate((1, 3, 5)):
        assert (np.flatnonzero(ended[:, place]) + 1).tolist() == [
            step for step in (limit, limit + 5) if step <= 10
        ]
        assert (np.flatnonzero(logged[:, place]) + 1).tolist() == [limit + 5]


def test_a_first_episode_that_terminates_before_its_cut_leaves_no_cut_behind() -> None:
    """Episodes of two steps: the cuts drawn at 1, 3 and 5 concern the first alone."""
    limits = jnp.array([1, 3, 5], jnp.int32)
    found = roll(Chain(length=2, time_limit=9), 3, 12, limits)
    truncated = np.array([np.asarray(outcome.truncated) for _, _, outcome in found])
    logged = np.array([np.asarray(outcome.logged) for _, _, outcome in found])
    assert (np.argwhere(truncated) == [[0, 0]]).all()
    for place, first in enumerate((1, 2, 2)):
        ends = np.flatnonzero(logged[:, place]) + 1
        assert ends.tolist() == list(range(first + 2, 13, 2))


def test_an_environment_does_not_depend_on_the_others_resets() -> None:
    task = Walk(chance=0.3)
    few, many = roll(task, 3, 20), roll(task, 8, 20)
    for (_, _, a), (_, _, b) in zip(few, many, strict=True):
        np.testing.assert_allclose(a.rewards, b.rewards[:3], rtol=1e-6)


def test_an_engine_that_is_not_on_the_device_is_refused() -> None:
    with pytest.raises(ScalingError, match="playground"):
        make_task("gymnasium", "Ant-v4")


def test_without_playground_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mujoco_playground", None)
    with pytest.raises(ScalingError, match="make setup EXTRAS=1"):
        make_task("playground", "NotLoadedBefore")


@pytest.fixture(scope="module")
def cartpole() -> DeviceEnv:
    pytest.importorskip("mujoco_playground")
    return make_task("playground", "CartpoleBalance")


def test_a_task_that_playground_lacks_is_named() -> None:
    pytest.importorskip("mujoco_playground")
    with pytest.raises(ScalingError, match=r"CartpoleBalanc\b[^$]*CartpoleBalance"):
        make_task("playground", "CartpoleBalanc")


def test_cartpole_steps_is_cut_at_its_limit_and_begins_anew(
    cartpole: DeviceEnv,
) -> None:
    assert (cartpole.observation_size, cartpole.action_size) == (5, 1)
    assert cartpole.time_limit == 1000
    short: DeviceEnv = replace_limit(cartpole, 4)
    found = roll(short, 3, 6)
    before, after, outcome = found[0]
    assert np.isfinite(after.observations).all()
    assert (np.asarray(outcome.rewards) > 0.5).all()  # upright at first
    assert not np.array_equal(before.observations, after.observations)
    assert len(np.unique(np.asarray(before.observations)[:, 0])) == 3
    truncate = [bool(np.all(outcome.truncated)) for _, _, outcome in found]
    assert truncate == [False, False, False, True, False, False]
    assert not any(np.any(outcome.terminated) for _, _, outcome in found)
    last, first = found[3][2].next_observations, found[4][0].observations
    assert not np.array_equal(last, first)
    assert not np.array_equal(found[0][0].observations, first)  # another start


def replace_limit(task: DeviceEnv, limit: int) -> DeviceEnv:
    class Short:
        observation_size, action_size = task.observation_size, task.action_size
        time_limit = limit
        reset, step = staticmethod(task.reset), staticmethod(task.step)

    return Short()


def test_cartpole_moves_as_pushed(cartpole: DeviceEnv) -> None:
    @jax.jit
    def velocity(action: jax.Array) -> jax.Array:
        state, first = cartpole.reset(jnp.zeros(2, jnp.uint32))

        def body(_: int, carried: tuple) -> tuple:
            state, _, _, observation = cartpole.step(carried[0], action[None])
            return state, observation

        return jax.lax.fori_loop(0, 3, body, (state, first))[1][3]

    left, still, right = (float(velocity(jnp.float32(a))) for a in (-1, 0, 1))
    assert right > still + 0.05
    assert still > left + 0.05
