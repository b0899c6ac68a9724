"""BRO compared with explicit formulas, and its schedule of resets."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from plain_agents import assert_layouts_agree, update

from value_scaling.learning.agents import bro
from value_scaling.learning.agents.bro import BRO, BROConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch
from value_scaling.learning.training.host_group import HostGroup
from value_scaling.learning.training.registry import make_program
from value_scaling.learning.training.runs import Run
from value_scaling.records import Setting
from value_scaling.records.schedule import TrainedResets
from value_scaling.records.training import Task, Training

OBSERVATION, ACTION, BATCH = 3, 2, 16
SMALL = BROConfig(critic_width=8, actor_width=8, quantiles=5)


def make(config: BROConfig = SMALL) -> BRO:
    scalars = Scalars(
        learning_rate=jnp.float32(1e-3),
        discount=jnp.float32(0.9),
        tau=jnp.float32(0.1),
        target_entropy=jnp.float32(-1.0),
    )
    return config.create(jax.random.key(0), OBSERVATION, ACTION, scalars)


def batch() -> Batch:
    rng = np.random.default_rng(1)
    return Batch(
        observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
        actions=rng.uniform(-1, 1, (BATCH, ACTION)).astype(np.float32),
        rewards=3 * rng.normal(size=BATCH).astype(np.float32),
        masks=(rng.random(BATCH) < 0.7).astype(np.float32),
        next_observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
    )


def test_the_critic_loss_is_the_quantile_huber_loss() -> None:
    agent, data = make(), batch()
    targets = agent.td_targets(data, jnp.zeros((BATCH, ACTION)))
    assert targets.shape == (BATCH, 5)
    found = np.asarray(agent.values(agent.critics, data.observations, data.actions))
    total = 0.0
    for critic in found:
        for row, wanted in zip(critic, np.asarray(targets), strict=True):
            for number, value in enumerate(row):
                level = (number + 0.5) / 5
                for target in wanted:
                    error = float(target - value)
                    size = abs(error)
                    huber = error**2 / 2 if size <= 1 else size - 0.5
                    total += abs(level - (error < 0)) * huber / 5 / BATCH
    assert agent.critic_loss(agent.critics, data, targets) == pytest.approx(
        total, rel=1e-4
    )


def test_targets_average_both_critics_and_end_at_terminals() -> None:
    agent, data = make(), batch()
    targets = agent.td_targets(data, jnp.zeros((BATCH, ACTION)))
    ended = data.masks == 0
    np.testing.assert_array_equal(
        targets[ended], np.repeat(data.rewards[ended, None], 5, axis=1)
    )
    mean, log_std = agent.policy(agent.actor, data.next_observations)
    actions = jnp.tanh(mean)
    both = agent.values(agent.critics, data.next_observations, actions)
    gaussian = -log_std - jnp.log(2 * jnp.pi) / 2
    log_probs = (gaussian - jnp.log(1 - actions**2)).sum(-1)
    soft = (both[0] + both[1]) / 2 - log_probs[:, None]
    np.testing.assert_allclose(
        targets[~ended],
        (data.rewards[:, None] + 0.9 * soft)[~ended],
        rtol=1e-4,
    )


def test_optimism_begins_as_configured_and_explores_with_a_narrower_policy() -> None:
    agent, data = make(), batch()
    assert bro._bounded(agent.optimism) == pytest.approx(1.0, rel=1e-4)
    assert bro._bounded(agent.regularizer) == pytest.approx(0.25, rel=1e-4)
    mean, log_std, other, other_log_std = agent.optimistic_policy(
        agent.shift, data.observations
    )
    np.testing.assert_allclose(log_std, other_log_std + np.log(0.75), atol=1e-6)
    assert 0 < np.abs(mean - other).max() < 0.2
    key, step = jax.random.key(8), jnp.int32(0)
    noise = jax.random.normal(key, (BATCH, ACTION))
    wanted = jnp.tanh(mean + jnp.exp(log_std) * noise)
    found = agent.explore(data.observations, key, step)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(agent.act(data.observations), jnp.tanh(other), atol=1e-6)
    plain = make(replace(SMALL, optimistic=False))
    mean, log_std = plain.policy(plain.actor, data.observations)
    wanted = jnp.tanh(mean + jnp.exp(log_std) * noise)
    found = plain.explore(data.observations, key, step)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_the_divergence_is_that_of_two_gaussians() -> None:
    """KL(N(m, s²) ‖ N(n, t²)), of the optimistic policy before it is narrowed."""
    agent, data = make(), batch()
    _, kl = agent.optimistic_loss(agent.shift, data, jnp.zeros((BATCH, ACTION)))
    m, _, n, log_t = map(
        np.asarray, agent.optimistic_policy(agent.shift, data.observations)
    )
    t = np.exp(log_t)
    assert kl == pytest.approx(((m - n) ** 2 / (2 * t**2)).sum(-1).mean(), rel=1e-3)


def test_multipliers_move_towards_the_divergence_wanted() -> None:
    """KL far below its target: more optimism, less weight on the KL."""
    agent = make(replace(SMALL, kl_target=1e9, adjust_rate=1e-2))
    after = update(agent, batch(), jax.random.key(0))
    assert after.optimism > agent.optimism
    assert after.regularizer < agent.regularizer


@pytest.mark.slow
def test_weights_decay() -> None:
    """With no gradient's worth of difference but the decay: p - η·λ·p."""
    key, data = jax.random.key(0), batch()
    with_decay = update(make(replace(SMALL, weight_decay=0.5)), data, key)
    without = update(make(replace(SMALL, weight_decay=0.0)), data, key)
    for start, a, b in zip(
        *(jax.tree.leaves(x.critics) for x in (make(), with_decay, without)),
        strict=True,
    ):
        np.testing.assert_allclose(b - a, 1e-3 * 0.5 * start, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("optimistic", [True, False])
def test_both_ways_to_evaluate_the_critics_agree(optimistic: bool) -> None:
    config = replace(SMALL, optimistic=optimistic)
    batched = make(replace(config, critic_layout="batched"))
    assert_layouts_agree(make(config), batched, batch(), atol=2e-4)


RUN = Run("tiny", "sweep", Setting("Pendulum-v1", 1.5, 16, 1e-3), 0)


def steps_of_resets(training: Training) -> list[int]:
    """Train, and return the steps at which the optimizers had been reset."""
    training = replace(training, algorithm="bro", hidden=(8, 8))
    program = make_program([RUN], training, capacity=1, max_env_steps=600)
    group, found, last = HostGroup([RUN], training, program), [], 0
    while group.step < 160:
        group.advance(group.step + 1)
        count = int(group.state.agent.states["critics"].count[0])
        if count < last:
            found.append(group.step)
            assert count in (1, 2)  # the updates of this step came after the reset
        last = count
    assert int(group.state.updates[0]) == 90
    return found


def test_networks_begin_anew_on_schedule(tiny: Training) -> None:
    training = replace(tiny, reset_steps=(120, 150))
    found = steps_of_resets(training)
    assert found == TrainedResets.of(training).steps(1.5, 160).tolist() == [120, 150]


@pytest.mark.slow
def test_networks_begin_anew_after_so_many_updates(tiny: Training) -> None:
    """1.5 updates a step from step 101: 30 are done by 120, 60 by 140, 90 by 160."""
    training = replace(tiny, reset_updates=30)
    found = steps_of_resets(training)
    assert found == TrainedResets.of(training).steps(1.5, 160).tolist() == [121, 141]


@pytest.mark.slow
def test_bro_learns_the_pendulum() -> None:
    """From about -1500 at random to about -360, after 2400 steps of two updates."""
    training = Training(
        study="pendulum",
        tasks=(Task("Pendulum-v1", "gymnasium", 2400, 400, 400),),
        algorithm="bro",
        hidden=(32, 32),
        start_training=500,
        diagnostics_every=1_000_000,
    )
    runs = [
        Run("pendulum", "sweep", Setting("Pendulum-v1", 2.0, 32, 3e-3), seed)
        for seed in range(2)
    ]
    program = make_program(runs, training, capacity=2, max_env_steps=2400)
    group = HostGroup(runs, training, program)
    group.advance(2400)
    assert group.log.returns[0].mean() < -1000
    assert group.log.returns[-2:].mean() > -700
