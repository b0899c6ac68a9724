"""TD3 compared with formulas and with a plain reference."""

from dataclasses import replace

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
    update,
    value,
)

from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.agents.td3 import TD3, TD3Config
from value_scaling.learning.replay.replay_buffer import Batch

NUMBERS = {"learning_rate": 3e-3, "discount": 0.97, "tau": 0.02, "target_entropy": 0.0}


def make(critic_layout: str = "separate") -> TD3:
    scalars = Scalars(**{name: jnp.float32(x) for name, x in NUMBERS.items()})
    config = TD3Config(hidden=(16, 16), critic_layout=critic_layout)
    return config.create(jax.random.key(3), OBSERVATION, ACTION, scalars)


def learned(agent: TD3) -> dict:
    """Return everything that an update changes, except optimizer states."""
    return networks(agent, "actor", "target_actor", "critics", "targets")


def reference(agent: TD3, batches: list[Batch], keys: list) -> dict:
    """Plain TD3: no flax, no optax; parameters are lists of (weights, bias)."""

    def policy(net: list, s: jax.Array) -> jax.Array:
        return jnp.tanh(forward(net, s))

    adam = Adam(NUMBERS["learning_rate"])
    x = learned(agent)
    for number, (data, key) in enumerate(zip(batches, keys, strict=True), start=1):
        s, s_next = data.observations, data.next_observations
        noise = 0.2 * jax.random.normal(key, data.actions.shape)
        noise = jnp.clip(noise, -0.5, 0.5)
        a_next = jnp.clip(policy(x["target_actor"], s_next) + noise, -1, 1)
        q_next = jnp.minimum(*[value(net, s_next, a_next) for net in x["targets"]])
        y = data.rewards + NUMBERS["discount"] * data.masks * q_next

        def critic_loss(nets: list, s=s, data=data, y=y) -> jax.Array:
            return sum(jnp.mean((value(net, s, data.actions) - y) ** 2) for net in nets)

        def actor_loss(net: list, s=s) -> jax.Array:
            return -jnp.mean(value(x["critics"][0], s, policy(net, s)))

        adam(x, jax.grad(critic_loss)(x["critics"]), "critics")
        if number % 2:
            continue
        adam(x, jax.grad(actor_loss)(x["actor"]), "actor")
        for target, name in (("target_actor", "actor"), ("targets", "critics")):
            x[target] = jax.tree.map(
                lambda t, n: (1 - NUMBERS["tau"]) * t + NUMBERS["tau"] * n,
                x[target],
                x[name],
            )
    return x


def test_five_updates_equal_the_reference() -> None:
    assert_five_updates_equal(make(), batch(), reference, learned)


def test_actor_and_targets_move_after_every_second_update() -> None:
    agent, moved = make(), []
    for number in range(4):
        after = update(agent, batch(), jax.random.key(number))
        old, new = learned(agent), learned(after)
        moved.append(
            {
                name
                for name in old
                if not all(
                    np.array_equal(a, b)
                    for a, b in zip(
                        jax.tree.leaves(old[name]),
                        jax.tree.leaves(new[name]),
                        strict=True,
                    )
                )
            }
        )
        agent = after
    assert moved == [{"critics"}, set(learned(agent))] * 2


@pytest.mark.slow
def test_both_ways_to_evaluate_the_critics_agree() -> None:
    assert_layouts_agree(make("separate"), make("batched"), batch())


def test_targets_of_terminated_transitions_are_their_rewards() -> None:
    assert_terminated_are_rewards(make(), batch())


def test_the_smoothing_noise_is_bounded() -> None:
    """0.2 · 2.5 = 0.5: a larger noise changes nothing."""
    agent, data = make(), batch()
    found = [
        agent.td_targets(data, jnp.full((BATCH, ACTION), noise))
        for noise in (2.0, 2.5, 100.0)
    ]
    np.testing.assert_array_equal(found[1], found[2])
    assert not np.array_equal(found[0], found[1])


def test_exploration_adds_noise_and_stays_in_bounds() -> None:
    agent, observations = make(), np.zeros((4000, OBSERVATION), np.float32)
    quiet = np.asarray(agent.act(observations))
    noise = agent.explore(observations, jax.random.key(8), jnp.int32(0)) - quiet
    assert np.abs(quiet).max() < 0.6
    assert float(noise.std()) == pytest.approx(0.1, rel=0.03)
    assert abs(float(noise.mean())) < 0.005
    loud = replace(agent.config, exploration_std=9.0)
    actions = agent.replace(config=loud).explore(  # type: ignore[attr-defined]
        observations, jax.random.key(8), jnp.int32(0)
    )
    assert float(jnp.abs(actions).max()) == 1.0


def test_settings_are_those_of_the_paper() -> None:
    assert TD3Config() == TD3Config(
        hidden=(256, 256),
        exploration_std=0.1,
        smoothing_std=0.2,
        smoothing_bound=0.5,
        critic_actor_ratio=2,
    )
