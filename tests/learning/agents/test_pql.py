"""PQL's update compared with formulas and with a plain reference."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from plain_agents import (
    ACTION,
    BATCH,
    OBSERVATION,
    assert_five_updates_equal,
    assert_layouts_agree,
    networks,
    update,
    zeros,
)

from value_scaling.learning.agents import pql
from value_scaling.learning.agents.normaliser import EPSILON, Normaliser
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.n_step_buffer import Batch

NUMBERS = {"learning_rate": 3e-3, "discount": 0.97, "tau": 0.05, "target_entropy": 0.0}
CONFIG = pql.PQLConfig(hidden=(16, 12), reward_scale=0.5)


def make(config: pql.PQLConfig = CONFIG) -> pql.PQL:
    scalars = Scalars(**{name: jnp.float32(x) for name, x in NUMBERS.items()})
    agent = config.create(jax.random.key(3), OBSERVATION, ACTION, scalars)
    seen = np.random.default_rng(1).normal(2.0, 3.0, (50, OBSERVATION))
    return agent.replace(normaliser=agent.normaliser.add(seen.astype(np.float32)))


def batch() -> Batch:
    rng = np.random.default_rng(0)
    return Batch(
        observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
        actions=rng.uniform(-1, 1, (BATCH, ACTION)).astype(np.float32),
        rewards=5 * rng.normal(size=BATCH).astype(np.float32),
        discounts=rng.choice([0.0, 0.97, 0.97**3], BATCH).astype(np.float32),
        next_observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
    )


def layers(tree: dict) -> list:
    """Return (weights, bias) of each layer of a flax network."""
    chain = [tree["params"][f"Dense_{number}"] for number in range(3)]
    return [(layer["kernel"], layer["bias"]) for layer in chain]


def learned(agent: pql.PQL) -> dict:
    """Return everything that an update changes, except optimizer states."""
    return networks(agent, "actor", "critics", "targets", read=layers)


def reference(agent: pql.PQL, batches: list[Batch], keys: list) -> dict:
    """Plain PQL: no flax, no optax; parameters are lists of (weights, bias)."""

    def forward(net: list, x: jax.Array) -> jax.Array:
        for w, b in net[:-1]:
            z = x @ w + b
            x = jnp.where(z > 0, z, jnp.exp(jnp.minimum(z, 0)) - 1)
        return x @ net[-1][0] + net[-1][1]

    def policy(net: list, s: jax.Array) -> jax.Array:
        return jnp.tanh(forward(net, s))

    def value(net: list, s: jax.Array, a: jax.Array) -> jax.Array:
        return forward(net, jnp.concatenate([s, a], -1))[:, 0]

    def normal(s: jax.Array) -> jax.Array:
        return (s - agent.normaliser.mean) / jnp.sqrt(agent.normaliser.variance + 1e-4)

    def adamw(x: dict, g: object, name: str) -> None:
        norm = jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(g)))
        g = jax.tree.map(lambda g: g * jnp.minimum(1.0, 0.5 / norm), g)
        m, v, t = moments.get(name, (zeros(g), zeros(g), 0))
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        moments[name] = m, v, t = m, v, t + 1
        x[name] = jax.tree.map(
            lambda x, m, v: (
                x
                - NUMBERS["learning_rate"]
                * (
                    (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
                    + 0.01 * x
                )
            ),
            x[name],
            m,
            v,
        )

    moments: dict = {}
    x = learned(agent)
    targets = x.pop("targets")
    for number, (data, key) in enumerate(zip(batches, keys, strict=True), start=1):
        s, s_next = normal(data.observations), normal(data.next_observations)
        noise = jnp.clip(0.8 * jax.random.normal(key, data.actions.shape), -0.2, 0.2)
        a_next = jnp.clip(policy(x["actor"], s_next) + noise, -1, 1)
        q_next = jnp.minimum(*[value(net, s_next, a_next) for net in targets])
        y = 0.5 * data.rewards + data.discounts * q_next

        def critic_loss(nets: list, s=s, data=data, y=y) -> jax.Array:
            return sum(jnp.mean((value(net, s, data.actions) - y) ** 2) for net in nets)

        def actor_loss(net: list, s=s) -> jax.Array:
            a = policy(net, s)
            return -jnp.minimum(*[value(each, s, a) for each in x["critics"]]).mean()

        adamw(x, jax.grad(critic_loss)(x["critics"]), "critics")
        targets = jax.tree.map(lambda t, c: 0.95 * t + 0.05 * c, targets, x["critics"])
        if number % 2 == 0:
            adamw(x, jax.grad(actor_loss)(x["actor"]), "actor")
    return {**x, "targets": targets}


def test_five_updates_equal_the_reference() -> None:
    assert_five_updates_equal(make(), batch(), reference, learned)


def test_the_actor_moves_after_every_second_update() -> None:
    agent = make()
    moved = []
    for number in range(6):
        after = update(agent, batch(), jax.random.key(number))
        moved.append(
            not np.array_equal(layers(agent.actor)[0][0], layers(after.actor)[0][0])
        )
        assert not np.array_equal(
            layers(agent.critics[0])[0][0], layers(after.critics[0])[0][0]
        )
        agent = after
    assert moved == [False, True] * 3
    assert int(agent.updates) == 6
    assert int(agent.critic_optimizer[1].count) == 6
    assert int(agent.actor_optimizer[1].count) == 3


def test_both_ways_to_evaluate_the_critics_agree() -> None:
    batched = make(replace(CONFIG, critic_layout="batched"))
    assert_layouts_agree(make(), batched, batch())


def test_targets_where_nothing_follows_are_the_scaled_rewards() -> None:
    """Even if the last observation is of a simulator that broke."""
    agent, data = make(), batch()
    ended = data.discounts == 0
    data.next_observations[ended] = np.nan
    targets = agent.td_targets(data, jnp.zeros((BATCH, ACTION)))
    np.testing.assert_array_equal(targets[ended], 0.5 * data.rewards[ended])
    assert np.isfinite(targets).all()
    assert not np.isclose(targets[~ended], 0.5 * data.rewards[~ended]).any()


def test_actions_are_bounded_whatever_the_noise() -> None:
    config = replace(CONFIG, environments=24, validation_environments=BATCH - 24)
    observations, key, steps = batch().observations, jax.random.key(2), jnp.int32(0)
    assert np.abs(make(config).act(observations)).max() < 1
    loud = make(replace(config, noise_min=1e6, noise_max=1e6))
    found = loud.explore(observations, key, steps)
    np.testing.assert_array_equal(np.abs(found), 1.0)


@pytest.mark.parametrize("network", ["actor", "critic"])
def test_first_weights_are_spread_as_pytorch_does(network: str) -> None:
    agent = make(pql.PQLConfig(hidden=(256, 64)))
    tree = agent.actor if network == "actor" else agent.critics[1]
    for weights, bias in layers(tree):
        bound = len(weights) ** -0.5
        for each in (weights, bias):
            assert np.abs(each).max() <= bound
        assert np.std(weights) == pytest.approx(bound / 3**0.5, rel=0.1)


def test_settings_are_those_of_the_original() -> None:
    """pql/cfg/algo/pql_algo.yaml and actor_critic.yaml at 93c2b58."""
    assert pql.PQLConfig() == pql.PQLConfig(
        hidden=(512, 256, 128),
        critic_actor_ratio=2,
        smoothing_std=0.8,
        smoothing_bound=0.2,
        noise_min=0.05,
        noise_max=0.8,
        max_norm=0.5,
        weight_decay=0.01,
        reward_scale=1.0,
    )


def test_moments_are_those_of_all_observations_together() -> None:
    rng = np.random.default_rng(2)
    parts = [rng.normal(5, 2, (size, 3)).astype(np.float32) for size in (8, 8, 30)]
    found = Normaliser.start(3)
    for part in parts:
        found = found.add(jnp.asarray(part))
    whole = np.concatenate(parts)
    np.testing.assert_allclose(found.mean, whole.mean(0), rtol=1e-4)
    np.testing.assert_allclose(found.variance, whole.var(0), rtol=1e-3)
    assert float(found.count) == pytest.approx(46 + EPSILON)
    normal = np.asarray(found.apply(jnp.asarray(whole)))
    np.testing.assert_allclose(normal.std(0), 1.0, atol=1e-3)


def test_moments_stay_exact_after_many_observations() -> None:
    """float32 counts in the thousands: at 1e9 observations a batch still counts."""
    found = Normaliser(jnp.zeros(1), jnp.ones(1), jnp.float32(1e9))
    after = found.add(jnp.full((4096, 1), 10.0))
    assert float(after.mean[0]) == pytest.approx(10 * 4096 / 1e9, rel=1e-3)
    assert float(after.count) == pytest.approx(1e9 + 4096, rel=1e-7)
