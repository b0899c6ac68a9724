"""Double DQN (Mnih et al. 2015, van Hasselt et al. 2016): discrete actions, one run.

One network has a value for each action, and exploration is ε-greedy. A target network
evaluates the actions that the network itself would take (double DQN). Three things are
as in the other agents here: Adam instead of RMSProp; unless `target_every` is set, a
Polyak average instead of copies; and the squared TD error without clipping, which is
the equation of Mnih et al. Their clipping of its gradient to ±1 suits their clipped
rewards. With clipping in CartPole-v1, where returns reach 500, the few terminal
transitions could not hold the values down, and the values diverged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import optax
from jax import Array

from value_scaling.learning.agents.adam import ADAM, adam_step
from value_scaling.learning.agents.critic_pair import parameters as initialise
from value_scaling.learning.agents.networks import Trunk, dense
from value_scaling.learning.agents.protocol import CRITIC, Critics, Params
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch
from value_scaling.records.training import Training


@dataclass(frozen=True)
class DQNConfig:
    """Compile-time settings; γ, τ and η are per-run `Scalars`."""

    hidden: tuple[int, ...] = (256, 256)
    exploration_start: float = 1.0
    """Initial ε."""
    exploration_end: float = 0.1
    """Final ε."""
    exploration_begin: int = 0
    """Environment step at which ε begins to decrease."""
    exploration_steps: int = 1_000_000
    """Number of environment steps over which ε decreases linearly."""
    target_every: int = 0
    """Updates between two copies to the target network; 0 for Polyak averaging."""
    lecun_init: bool = False

    @classmethod
    def of(cls, training: Training, *, critic_layout: str) -> Self:
        """See `AgentConfig`; `critic_layout` is ignored: there is one critic."""
        return cls(
            hidden=training.critic_hidden,
            exploration_end=training.exploration_end,
            exploration_begin=training.start_training,
            exploration_steps=training.exploration_steps,
            target_every=training.target_every,
            lecun_init=training.lecun_init,
        )

    def create(
        self, key: Array, observation_size: int, action_size: int, scalars: Scalars
    ) -> "DQN":
        """Initialise one run; the target network is a copy."""
        network = QNetwork(self.hidden, action_size, self.lecun_init)
        critic = initialise(network, key, jnp.zeros(observation_size))
        return DQN(
            critic=critic,
            target=critic,
            optimizer=ADAM.init(critic),
            updates=jnp.zeros((), jnp.int32),
            scalars=scalars,
            config=self,
            action_size=action_size,
        )


class QNetwork(nn.Module):
    """Q(s, ·), the value of each action: [..., observation] -> [..., action]."""

    hidden: tuple[int, ...]
    action_size: int
    lecun: bool = False

    @nn.compact
    def __call__(self, observations: Array) -> Array:
        hidden = Trunk(self.hidden, lecun=self.lecun)(observations)
        return dense(self.action_size, lecun=self.lecun)(hidden)


@flax.struct.dataclass
class DQN:
    """Parameters and optimizer state of one run; actions are one-hot vectors."""

    critic: Params
    target: Params  # of the target network
    optimizer: optax.OptState
    updates: Array  # [] int32
    scalars: Scalars
    config: DQNConfig = flax.struct.field(pytree_node=False)
    action_size: int = flax.struct.field(pytree_node=False)

    @property
    def parameters(self) -> Mapping[str, Critics]:
        """See `Agent`; there is no actor."""
        return {CRITIC: self.critic}

    @property
    def measures(self) -> Mapping[str, Array]:
        """Return no measures: without an entropy bonus there is no temperature."""
        return {}

    def values(self, critic: Critics, observations: Array) -> Array:
        """Return the value of each action, [..., action]."""
        network: Any = QNetwork(self.config.hidden, self.action_size)
        return network.apply(critic, observations)

    def epsilon(self, steps: Array) -> Array:
        """Return the share of random actions after this many environment steps, []."""
        c = self.config
        fall = optax.linear_schedule(
            c.exploration_start,
            c.exploration_end,
            c.exploration_steps,
            c.exploration_begin,
        )
        return jnp.asarray(fall(steps))

    def explore(self, observations: Array, key: Array, steps: Array) -> Array:
        """Return ε-greedy actions, [..., action]; see `Agent`.

        They are NaN where a value is not finite, which marks the run as failed.
        """
        values = self.values(self.critic, observations)
        chance_key, action_key = jax.random.split(key)
        shape = values.shape[:-1]
        random = jax.random.randint(action_key, shape, 0, self.action_size)
        exploring = jax.random.uniform(chance_key, shape) < self.epsilon(steps)
        chosen = jnp.where(exploring, random, values.argmax(axis=-1))
        sound = jnp.isfinite(values).all(axis=-1, keepdims=True)
        return jnp.where(sound, jax.nn.one_hot(chosen, self.action_size), jnp.nan)

    def act(self, observations: Array) -> Array:
        """Return the actions with the largest value, [..., action]."""
        values = self.values(self.critic, observations)
        return jax.nn.one_hot(values.argmax(axis=-1), self.action_size)

    def td_targets(self, batch: Batch) -> Array:
        """Return r + γ·mask·Q'(s', argmax_a Q(s', a)), [batch]."""
        next_observations = batch.next_observations
        best = self.act(next_observations)
        values = jnp.sum(best * self.values(self.target, next_observations), axis=-1)
        return batch.rewards + self.scalars.discount * batch.masks * values

    def critic_loss(self, critic: Critics, batch: Batch, targets: Array) -> Array:
        """Return the mean squared TD error, []."""
        return jnp.mean((self._taken(critic, batch) - targets) ** 2)

    def td_loss(self, critics: Critics, batch: Batch, noise: Array) -> Array:
        """Return the critic loss with its targets, for diagnostics; ignore `noise`."""
        targets = jax.lax.stop_gradient(self.td_targets(batch))
        return self.critic_loss(critics, batch, targets)

    def activations(self, batch: Batch) -> tuple[list[Array], Array]:
        """Return the hidden layers and the features.

        Returns:
            layers, each [1, batch, unit], and features, [batch, unit].
        """
        _, state = QNetwork(self.config.hidden, self.action_size).apply(
            self.critic, batch.observations, mutable=["intermediates"]
        )
        (trunk,) = state["intermediates"].values()
        layers = list(trunk["hidden"])
        return [layer[None] for layer in layers], layers[-1]

    def q(self, batch: Batch) -> Array:
        """Return the value of the actions that were taken, [1, batch]."""
        return self._taken(self.critic, batch)[None]

    def update(self, batch: Batch, key: Array) -> "DQN":
        """Return the agent after one update of the network and its target network."""
        targets = jax.lax.stop_gradient(self.td_targets(batch))
        gradient = jax.grad(self.critic_loss)(self.critic, batch, targets)
        rate, every = self.scalars.learning_rate, self.config.target_every
        critic, optimizer = adam_step(self.critic, gradient, self.optimizer, rate)
        updates = self.updates + 1
        target = (
            optax.periodic_update(critic, self.target, updates, every)
            if every
            else optax.incremental_update(critic, self.target, self.scalars.tau)
        )
        return self.replace(  # type: ignore[attr-defined]
            critic=critic, target=target, optimizer=optimizer, updates=updates
        )

    def _taken(self, critic: Critics, batch: Batch) -> Array:
        values = self.values(critic, batch.observations)
        return jnp.sum(batch.actions * values, axis=-1)
