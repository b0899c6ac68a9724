"""What the tests of several agents share: a batch, and parts of plain references."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from value_scaling.learning.replay.replay_buffer import Batch

OBSERVATION, ACTION, BATCH = 5, 2, 32

update = jax.jit(lambda agent, batch, key: agent.update(batch, key))


def batch() -> Batch:
    """Return transitions, of which a fifth terminate."""
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


def networks(agent: Any, *names: str, read: Any = layers) -> dict[str, list]:
    """Return the layers of an agent's networks by name; critics are a list of two."""
    found = {name: getattr(agent, name) for name in names}
    return {
        name: [read(each) for each in one] if isinstance(one, tuple) else read(one)
        for name, one in found.items()
    }


def forward(net: list, x: jax.Array) -> jax.Array:
    """Evaluate a perceptron with ReLU."""
    for w, b in net[:-1]:
        x = jnp.maximum(x @ w + b, 0)
    return x @ net[-1][0] + net[-1][1]


def value(net: list, s: jax.Array, a: jax.Array) -> jax.Array:
    """Evaluate a critic."""
    return forward(net, jnp.concatenate([s, a], -1))[:, 0]


def zeros(tree: object) -> Any:
    """Return zeros of the same shapes."""
    return jax.tree.map(jnp.zeros_like, tree)


class Adam:
    """Adam without optax, for parameters by name."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.moments: dict = {}

    def __call__(self, x: dict, g: object, name: str) -> None:
        """Replace x[name] by its value after one step."""
        m, v, t = self.moments.get(name, (zeros(g), zeros(g), 0))
        t += 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        self.moments[name] = m, v, t
        x[name] = jax.tree.map(
            lambda x, m, v: (
                x
                - self.rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            ),
            x[name],
            m,
            v,
        )


def assert_close(found: object, wanted: object, atol: float = 1e-5) -> None:
    """Compare two trees of arrays."""
    pairs = zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(a, b, atol=atol)


def assert_equal(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    """Compare arrays by name, bit for bit."""
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def assert_five_updates_equal(agent: Any, data: Any, reference: Any, read: Any) -> None:
    """Compare five updates with those of a plain reference.

    Args:
        reference: function (agent, batches, keys) -> parameters by name.
        read: function that returns the same parameters of an agent.
    """
    batches = [data] * 5
    keys = [jax.random.key(number) for number in range(5)]
    wanted = jax.jit(lambda agent: reference(agent, batches, keys))(agent)
    for each, key in zip(batches, keys, strict=True):
        agent = update(agent, each, key)
    assert_close(read(agent), wanted)


def assert_layouts_agree(
    separate: Any, batched: Any, data: Any, atol: float = 1e-5
) -> None:
    """Compare three updates with the critics evaluated separately and as a batch."""
    for number in range(3):
        key = jax.random.key(number)
        separate, batched = update(separate, data, key), update(batched, data, key)
    stacked = jax.tree.map(lambda a, b: jnp.stack([a, b]), *separate.critics)
    assert_close((stacked, separate.actor), (batched.critics, batched.actor), atol)


def assert_terminated_are_rewards(agent: Any, data: Batch) -> None:
    """The targets of terminated transitions are their rewards; others are not."""
    targets = agent.td_targets(data, jnp.zeros((BATCH, ACTION)))
    ended = data.masks == 0
    np.testing.assert_array_equal(targets[ended], data.rewards[ended])
    assert not np.isclose(targets[~ended], data.rewards[~ended]).any()
