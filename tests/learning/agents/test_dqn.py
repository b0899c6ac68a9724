"""DQN compared with formulas and with a plain reference in NumPy."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from value_scaling.learning.agents.dqn import DQN, DQNConfig
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch
from value_scaling.records.training import Training

OBSERVATION, ACTIONS, BATCH = 5, 3, 32
NUMBERS = {"learning_rate": 3e-3, "discount": 0.97, "tau": 0.02, "target_entropy": 0.0}
KEY, SMALL = jax.random.key(8), DQNConfig(hidden=(16, 16))

update = jax.jit(lambda agent, batch, key: agent.update(batch, key))


def make(config: DQNConfig = SMALL) -> DQN:
    scalars = Scalars(**{name: jnp.float32(x) for name, x in NUMBERS.items()})
    return config.create(jax.random.key(3), OBSERVATION, ACTIONS, scalars)


def test_weights_at_first_may_be_lecun_normal() -> None:
    for lecun in (False, True):
        params = make(DQNConfig(hidden=(256, 256), lecun_init=lecun)).critic["params"]
        square = np.asarray(params["Trunk_0"]["Dense_1"]["kernel"])
        is_orthogonal = np.allclose(square.T @ square, 2 * np.eye(256), atol=1e-4)
        assert is_orthogonal != lecun
        assert square.std() * 16 == pytest.approx(1 if lecun else 2**0.5, rel=0.02)


def batch() -> Batch:
    rng = np.random.default_rng(0)
    return Batch(
        observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
        actions=np.eye(ACTIONS, dtype=np.float32)[rng.integers(ACTIONS, size=BATCH)],
        rewards=rng.normal(size=BATCH).astype(np.float32),
        masks=(rng.random(BATCH) < 0.8).astype(np.float32),
        next_observations=rng.normal(size=(BATCH, OBSERVATION)).astype(np.float32),
    )


def layers(tree: Any) -> list:
    """Return weights and biases of each layer of a flax network, in float64."""
    whole, trunk = tree["params"], tree["params"]["Trunk_0"]
    chain = [trunk["Dense_0"], trunk["Dense_1"], whole["Dense_0"]]
    return [
        np.asarray(layer[name], float) for layer in chain for name in ("kernel", "bias")
    ]


def forward(net: list, x: np.ndarray) -> list[np.ndarray]:
    """Return the inputs of all layers, and the values."""
    w1, b1, w2, b2, w3, b3 = net
    first = np.maximum(x @ w1 + b1, 0)
    second = np.maximum(first @ w2 + b2, 0)
    return [x, first, second, second @ w3 + b3]


def reference(agent: DQN, data: Batch, updates: int, every: int) -> tuple[list, list]:
    """Compute double DQN in NumPy, with gradients by hand; return both networks."""
    net, target = layers(agent.critic), layers(agent.target)
    rows, taken = np.arange(BATCH), data.actions.argmax(axis=1)
    m, v = [np.zeros_like(p) for p in net], [np.zeros_like(p) for p in net]
    for t in range(1, updates + 1):
        best = forward(net, data.next_observations)[-1].argmax(axis=1)
        next_values = forward(target, data.next_observations)[-1][rows, best]
        y = data.rewards + NUMBERS["discount"] * data.masks * next_values
        x, first, second, values = forward(net, data.observations)
        slope = np.zeros_like(values)
        slope[rows, taken] = 2 * (values[rows, taken] - y) / BATCH
        back2 = (slope @ net[4].T) * (second > 0)
        back1 = (back2 @ net[2].T) * (first > 0)
        gradient = [
            x.T @ back1, back1.sum(0), first.T @ back2, back2.sum(0),
            second.T @ slope, slope.sum(0),
        ]  # fmt: skip
        m = [0.9 * m + 0.1 * g for m, g in zip(m, gradient, strict=True)]
        v = [0.999 * v + 0.001 * g**2 for v, g in zip(v, gradient, strict=True)]
        net = [
            p
            - NUMBERS["learning_rate"]
            * (m / (1 - 0.9**t))
            / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            for p, m, v in zip(net, m, v, strict=True)
        ]
        if not every:
            tau = NUMBERS["tau"]
            target = [(1 - tau) * a + tau * b for a, b in zip(target, net, strict=True)]
        elif t % every == 0:
            target = net
    return net, target


@pytest.mark.parametrize("every", [0, 2], ids=["Polyak", "copies"])
def test_five_updates_equal_the_reference(every: int) -> None:
    agent, data = make(replace(SMALL, target_every=every)), batch()
    net, target = reference(agent, data, 5, every)
    for _ in range(5):
        agent = update(agent, data, KEY)
    for name, tree, wanted in (
        ("critic", agent.critic, net),
        ("target", agent.target, target),
    ):
        for a, b in zip(layers(tree), wanted, strict=True):
            np.testing.assert_allclose(a, b, atol=2e-5, err_msg=name)


def test_targets_are_the_target_network_s_values_of_the_network_s_choices() -> None:
    agent, data = make(), batch()
    other = make().config.create(jax.random.key(9), OBSERVATION, ACTIONS, agent.scalars)
    agent = agent.replace(target=other.critic)  # type: ignore[attr-defined]
    own = forward(layers(agent.critic), data.next_observations)[-1]
    others = forward(layers(agent.target), data.next_observations)[-1]
    best = own.argmax(axis=1)
    assert (best != others.argmax(axis=1)).any()
    values = others[np.arange(BATCH), best]
    wanted = data.rewards + NUMBERS["discount"] * data.masks * values
    np.testing.assert_allclose(agent.td_targets(data), wanted, atol=1e-5)


def test_targets_of_terminated_transitions_are_their_rewards() -> None:
    data = batch()
    targets, ended = make().td_targets(data), data.masks == 0
    np.testing.assert_array_equal(targets[ended], data.rewards[ended])
    assert not np.isclose(targets[~ended], data.rewards[~ended]).any()


def test_epsilon_falls_linearly_in_environment_steps() -> None:
    config = replace(
        SMALL, exploration_begin=100, exploration_steps=1000, exploration_end=0.2
    )
    agent = make(config)
    steps = [0, 100, 350, 600, 1100, 99_999]
    found = [float(agent.epsilon(jnp.int32(step))) for step in steps]
    np.testing.assert_allclose(found, [1.0, 1.0, 0.8, 0.6, 0.2, 0.2], atol=1e-6)


@pytest.mark.parametrize("step", [0, 500, 1000])
def test_a_share_of_epsilon_of_the_actions_is_uniform(step: int) -> None:
    """A share ε · (n - 1) / n is not the action of the largest value, evenly spread."""
    agent = make(replace(SMALL, exploration_steps=1000, exploration_end=0.1))
    count = 20_000
    observations = np.ones((count, OBSERVATION), np.float32)
    actions = np.asarray(agent.explore(observations, KEY, jnp.int32(step)))
    assert actions.shape == (count, ACTIONS)
    assert set(actions.ravel()) == {0.0, 1.0}
    assert (actions.sum(axis=1) == 1).all()
    best = int(agent.act(observations[:1])[0].argmax())
    shares = actions.mean(axis=0)
    epsilon = 1.0 - 0.9 * step / 1000
    wanted = np.full(ACTIONS, epsilon / ACTIONS)
    wanted[best] += 1 - epsilon
    np.testing.assert_allclose(shares, wanted, atol=0.015)


def test_one_observation_has_one_action() -> None:
    observation = np.ones(OBSERVATION, np.float32)
    assert make().explore(observation, KEY, jnp.int32(0)).shape == (ACTIONS,)
    assert make().act(observation).shape == (ACTIONS,)


def test_values_that_are_not_finite_show_in_the_action() -> None:
    """An index would hide them, and the run would go on."""
    agent = make()
    for value in (jnp.nan, jnp.inf):
        broken = jax.tree.map(lambda x, value=value: x + value, agent.critic)
        actions = agent.replace(critic=broken).explore(  # type: ignore[attr-defined]
            np.ones((4, OBSERVATION), np.float32), KEY, jnp.int32(0)
        )
        assert np.isnan(actions).all()


def test_settings_come_from_the_training_file(tiny: Training) -> None:
    training = replace(
        tiny, algorithm="dqn", exploration_steps=70, exploration_end=0.3, target_every=4
    )
    assert DQNConfig.of(training, critic_layout="batched") == DQNConfig(
        hidden=(8, 8),
        exploration_start=1.0,
        exploration_begin=100,
        exploration_steps=70,
        exploration_end=0.3,
        target_every=4,
    )
