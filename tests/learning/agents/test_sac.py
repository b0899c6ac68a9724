"""SAC compared with formulas and with a plain reference."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from plain_agents import (
    ACTION,
    BATCH,
    OBSERVATION,
    Adam,
    assert_five_updates_equal,
    assert_layouts_agree,
    assert_terminated_are_rewards,
    batch,
    forward,
    networks,
    value,
)
from scipy import stats

from value_scaling.learning.agents import sac
from value_scaling.learning.agents.networks import squash
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch

NUMBERS = {"learning_rate": 3e-3, "discount": 0.97, "tau": 0.02, "target_entropy": -1.0}


def make(critic_layout: str = "separate", **options: Any) -> sac.SAC:
    scalars = Scalars(**{name: jnp.float32(x) for name, x in NUMBERS.items()})
    own = {"hidden": (16, 16), "init_temperature": 0.7, **options}
    config = sac.SACConfig(critic_layout=critic_layout, **own)
    return config.create(jax.random.key(3), OBSERVATION, ACTION, scalars)


def learned(agent: sac.SAC) -> dict:
    """Return everything that an update changes, except optimizer states."""
    found = networks(agent, "actor", "critics", "targets")
    return {**found, "log_alpha": [agent.log_temperature]}


def reference(agent: sac.SAC, batches: list[Batch], keys: list) -> dict:
    """Plain SAC: no flax, no optax; parameters are lists of (weights, bias)."""

    def policy(net: list, s: jax.Array, noise: jax.Array) -> tuple:
        mean, log_std = jnp.split(forward(net, s), 2, axis=-1)
        log_std = jnp.clip(log_std, -10, 2)
        u = mean + jnp.exp(log_std) * noise
        a = jnp.tanh(u)
        normal = -(noise**2) / 2 - log_std - jnp.log(2 * jnp.pi) / 2
        return a, (normal - jnp.log(1 - a**2)).sum(-1)

    adam = Adam(NUMBERS["learning_rate"])
    of_actor = Adam(agent.config.actor_learning_rate or NUMBERS["learning_rate"])
    x = learned(agent)
    targets = x.pop("targets")
    for data, key in zip(batches, keys, strict=True):
        noise_next, noise = (
            jax.random.normal(each, data.actions.shape)
            for each in jax.random.split(key)
        )
        alpha, s, s_next = (
            jnp.exp(x["log_alpha"][0]),
            data.observations,
            data.next_observations,
        )
        a_next, log_p = policy(x["actor"], s_next, noise_next)
        q_next = jnp.minimum(*[value(net, s_next, a_next) for net in targets])
        y = data.rewards + NUMBERS["discount"] * data.masks * (q_next - alpha * log_p)

        def critic_loss(nets: list, s=s, data=data, y=y) -> jax.Array:
            return sum(jnp.mean((value(net, s, data.actions) - y) ** 2) for net in nets)

        def actor_loss(net: list, s=s, noise=noise, alpha=alpha) -> tuple:
            a, log_p = policy(net, s, noise)
            q = jnp.minimum(*[value(each, s, a) for each in x["critics"]])
            return jnp.mean(alpha * log_p - q), -log_p.mean()

        adam(x, jax.grad(critic_loss)(x["critics"]), "critics")
        gradient, entropy = jax.grad(actor_loss, has_aux=True)(x["actor"])
        of_actor(x, gradient, "actor")
        of_actor(x, [alpha * (entropy - NUMBERS["target_entropy"])], "log_alpha")
        targets = jax.tree.map(
            lambda t, c: (1 - NUMBERS["tau"]) * t + NUMBERS["tau"] * c,
            targets,
            x["critics"],
        )
    return {**x, "targets": targets}


def test_five_updates_equal_the_reference() -> None:
    assert_five_updates_equal(make(), batch(), reference, learned)


def test_the_actor_may_have_a_learning_rate_of_its_own() -> None:
    agent = make(actor_learning_rate=3e-4)
    assert_five_updates_equal(agent, batch(), reference, learned)


def test_a_normalised_critic_has_layers_of_mean_0_and_variance_1() -> None:
    agent, data = make(critic_layer_norm=True), batch()
    x = np.concatenate([data.observations, data.actions], axis=-1)
    for number, critic in enumerate(agent.critics):
        h, trunk = x, critic["params"]["Trunk_0"]
        for place in range(2):
            dense = trunk[f"Dense_{place}"]
            h = h @ dense["kernel"] + dense["bias"]
            centred = h - h.mean(axis=-1, keepdims=True)
            h = np.maximum(centred / np.sqrt(h.var(axis=-1, keepdims=True) + 1e-6), 0)
        last = critic["params"]["Dense_0"]
        wanted = (h @ last["kernel"] + last["bias"])[:, 0]
        np.testing.assert_allclose(agent.q(data)[number], wanted, atol=1e-4)
    layers, features = agent.activations(data)
    assert [layer.shape for layer in layers] == [(2, BATCH, 16)] * 2
    assert features.shape == (BATCH, 16)


@pytest.mark.parametrize("lecun", [False, True])
def test_weights_at_first_are_orthogonal_or_lecun_normal(lecun: bool) -> None:
    agent = make(hidden=(256, 256), lecun_init=lecun)
    for network in (agent.actor, *agent.critics):
        params = network["params"]
        layers = [*params["Trunk_0"].values(), params["Dense_0"]]
        assert not any(np.any(layer["bias"]) for layer in layers)
        square = np.asarray(layers[1]["kernel"])
        if lecun:
            for layer in layers[:2]:
                spread = layer["kernel"].std() * np.sqrt(len(layer["kernel"]))
                assert spread == pytest.approx(1, abs=0.1)
        product = square.T @ square
        is_orthogonal = np.allclose(product, 2 * np.eye(256), atol=1e-4)
        assert is_orthogonal != lecun


@pytest.mark.slow
def test_both_ways_to_evaluate_the_critics_agree() -> None:
    assert_layouts_agree(make("separate"), make("batched"), batch())


@pytest.mark.parametrize("log_std", [-3.0, -1.0, 0.5])
def test_log_probability_is_that_of_the_squashed_gaussian(log_std: float) -> None:
    noise = jnp.array([[-1.3], [0.2], [1.1]])
    mean = jnp.full_like(noise, 0.4)
    actions, log_probs = squash(mean, jnp.full_like(noise, log_std), noise)
    a = np.asarray(actions[:, 0], float)
    density = stats.norm.pdf(np.arctanh(a), 0.4, np.exp(log_std)) / (1 - a**2)
    np.testing.assert_allclose(np.exp(np.asarray(log_probs)), density, rtol=1e-3)


def test_log_probability_is_finite_where_tanh_saturates() -> None:
    mean = jnp.array([[30.0]])
    _, log_probs = squash(mean, jnp.zeros((1, 1)), jnp.zeros((1, 1)))
    assert np.isfinite(log_probs).all()


def test_targets_of_terminated_transitions_are_their_rewards() -> None:
    assert_terminated_are_rewards(make(), batch())


def test_exploration_is_drawn_from_the_policy() -> None:
    """With the noise of its own key; without noise it is the mean's action."""
    agent, observations, key = make(), batch().observations, jax.random.key(8)
    mean, log_std = agent.policy(agent.actor, observations)
    noise = jax.random.normal(key, (BATCH, ACTION))
    wanted = np.tanh(mean + np.exp(log_std) * noise)
    found = agent.explore(observations, key, jnp.int32(0))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(agent.act(observations), np.tanh(mean), atol=1e-6)
