"""SAC compared with formulas and with a plain reference."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from value_scaling.learning.agents import sac
from value_scaling.learning.agents.networks import squash
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch

OBSERVATION, ACTION, BATCH = 5, 2, 32
NUMBERS = {"learning_rate": 3e-3, "discount": 0.97, "tau": 0.02, "target_entropy": -1.0}


update = jax.jit(lambda agent, batch, key: agent.update(batch, key))


def make(critic_layout: str = "separate") -> sac.SAC:
    scalars = Scalars(**{name: jnp.float32(x) for name, x in NUMBERS.items()})
    config = sac.SACConfig(
        hidden=(16, 16), critic_layout=critic_layout, init_temperature=0.7
    )
    return config.create(jax.random.key(3), OBSERVATION, ACTION, scalars)


def batch() -> Batch:
    rng = np.random.default_rng(0)
    return Batch(
        observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
        actions=rng.uniform(-1, 1, (BATCH, ACTION)).astype(np.float32),
        rewards=rng.normal(size=BATCH).astype(np.float32),
        masks=(rng.random(BATCH) < 0.8).astype(np.float32),
        next_observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
    )


def layers(tree: dict) -> list:
    """Return (weights, bias) of each layer of a flax network."""
    whole, trunk = tree["params"], tree["params"]["Trunk_0"]
    chain = [trunk["Dense_0"], trunk["Dense_1"], whole["Dense_0"]]
    return [(layer["kernel"], layer["bias"]) for layer in chain]


def reference(agent: sac.SAC, batches: list[Batch], keys: list) -> dict:
    """Plain SAC: no flax, no optax; parameters are lists of (weights, bias)."""

    def forward(net: list, x: jax.Array) -> jax.Array:
        for w, b in net[:-1]:
            x = jnp.maximum(x @ w + b, 0)
        return x @ net[-1][0] + net[-1][1]

    def policy(net: list, s: jax.Array, noise: jax.Array) -> tuple:
        mean, log_std = jnp.split(forward(net, s), 2, axis=-1)
        log_std = jnp.clip(log_std, -10, 2)
        u = mean + jnp.exp(log_std) * noise
        a = jnp.tanh(u)
        normal = -(noise**2) / 2 - log_std - jnp.log(2 * jnp.pi) / 2
        return a, (normal - jnp.log(1 - a**2)).sum(-1)

    def value(net: list, s: jax.Array, a: jax.Array) -> jax.Array:
        return forward(net, jnp.concatenate([s, a], -1))[:, 0]

    def adam(x: dict, g: dict, name: str) -> None:
        m, v, t = moments.get(name, (0.0, 0.0, 0))
        t += 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m or zeros(g), g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v or zeros(g), g)
        moments[name] = m, v, t
        x[name] = jax.tree.map(
            lambda x, m, v: (
                x
                - NUMBERS["learning_rate"]
                * (m / (1 - 0.9**t))
                / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            ),
            x[name],
            m,
            v,
        )

    def zeros(tree: object) -> object:
        return jax.tree.map(jnp.zeros_like, tree)

    moments: dict = {}
    x = {
        "actor": layers(agent.actor),
        "critics": [layers(c) for c in agent.critics],
        "log_alpha": [agent.log_temperature],
    }
    targets = x["critics"]
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
        adam(x, gradient, "actor")
        adam(x, [alpha * (entropy - NUMBERS["target_entropy"])], "log_alpha")
        targets = jax.tree.map(
            lambda t, c: (1 - NUMBERS["tau"]) * t + NUMBERS["tau"] * c,
            targets,
            x["critics"],
        )
    return {**x, "targets": targets}


def test_five_updates_equal_the_reference() -> None:
    agent, batches = make(), [batch()] * 5
    keys = [jax.random.key(number) for number in range(5)]
    wanted = jax.jit(lambda agent: reference(agent, batches, keys))(agent)
    for data, key in zip(batches, keys, strict=True):
        agent = update(agent, data, key)
    found = {
        "actor": layers(agent.actor),
        "critics": [layers(c) for c in agent.critics],
        "log_alpha": [agent.log_temperature],
        "targets": [layers(c) for c in agent.targets],
    }
    for name, tree in found.items():
        for a, b in zip(
            jax.tree.leaves(tree), jax.tree.leaves(wanted[name]), strict=True
        ):
            np.testing.assert_allclose(a, b, atol=1e-5, err_msg=name)


@pytest.mark.slow
def test_both_ways_to_evaluate_the_twins_agree() -> None:
    separate, batched = make("separate"), make("batched")
    for number in range(3):
        key = jax.random.key(number)
        separate = update(separate, batch(), key)
        batched = update(batched, batch(), key)
    stacked = jax.tree.map(lambda a, b: jnp.stack([a, b]), *separate.critics)
    for a, b in zip(
        jax.tree.leaves(stacked), jax.tree.leaves(batched.critics), strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-5)


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
    agent, data = make(), batch()
    targets = agent.td_targets(data, jnp.zeros((BATCH, ACTION)))
    ended = data.masks == 0
    np.testing.assert_array_equal(targets[ended], data.rewards[ended])
    assert not np.isclose(targets[~ended], data.rewards[~ended]).any()


def test_exploration_is_drawn_from_the_policy() -> None:
    """With the noise of its own key; without noise it is the mean's action."""
    agent, observations, key = make(), batch().observations, jax.random.key(8)
    mean, log_std = agent.policy(agent.actor, observations)
    noise = jax.random.normal(key, (BATCH, ACTION))
    wanted = np.tanh(mean + np.exp(log_std) * noise)
    found = agent.explore(observations, key, jnp.int32(0))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(agent.act(observations), np.tanh(mean), atol=1e-6)
