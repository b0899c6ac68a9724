"""Soft actor-critic (Haarnoja et al. 2018) for one run; programs map it over runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import flax.struct
import jax
import jax.numpy as jnp
import optax
from jax import Array

from value_scaling.learning.agents import critic_pair
from value_scaling.learning.agents.actor_critic import ActorCritic
from value_scaling.learning.agents.adam import ADAM, adam_step
from value_scaling.learning.agents.networks import Actor, Critic, squash
from value_scaling.learning.agents.noise import draw_noises
from value_scaling.learning.agents.protocol import (
    TEMPERATURE,
    Critics,
    Params,
)
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch
from value_scaling.records.training import Training


@dataclass(frozen=True)
class SACConfig:
    """Compile-time settings; γ, τ, η and the target entropy are per-run `Scalars`."""

    hidden: tuple[int, ...] = (256, 256)
    """Widths of the critics' layers."""
    actor_hidden: tuple[int, ...] = ()
    """Widths of the actor's layers; empty for those of the critics."""
    init_temperature: float = 1.0
    log_std_min: float = -10.0
    log_std_max: float = 2.0
    actor_learning_rate: float = 0.0
    """Learning rate of the actor and the temperature; 0 for η."""
    critic_layer_norm: bool = False
    lecun_init: bool = False
    critic_layout: str = "separate"

    @classmethod
    def of(cls, training: Training, *, critic_layout: str) -> Self:
        """See `AgentConfig`."""
        return cls(
            hidden=training.critic_hidden,
            actor_hidden=training.hidden,
            init_temperature=training.init_temperature,
            actor_learning_rate=training.actor_learning_rate,
            critic_layer_norm=training.critic_layer_norm,
            lecun_init=training.lecun_init,
            critic_layout=critic_layout,
        )

    def create(
        self, key: Array, observation_size: int, action_size: int, scalars: Scalars
    ) -> "SAC":
        """Initialise one run; the two critics differ, and the targets copy them."""
        actor_key, *critic_keys = jax.random.split(key, 3)
        observation, action = jnp.zeros(observation_size), jnp.zeros(action_size)
        critics = critic_pair.create(
            Critic(self.hidden, self.critic_layer_norm, self.lecun_init),
            critic_keys,
            observation,
            action,
            critic_layout=self.critic_layout,
        )
        hidden = self.actor_hidden or self.hidden
        network = Actor(hidden, action_size, lecun=self.lecun_init)
        actor = critic_pair.parameters(network, actor_key, observation)
        log_temperature = jnp.log(jnp.asarray(self.init_temperature))
        return SAC(
            actor=actor,
            critics=critics,
            targets=critics,
            log_temperature=log_temperature,
            actor_optimizer=ADAM.init(actor),
            critic_optimizer=ADAM.init(critics),
            temperature_optimizer=ADAM.init(log_temperature),
            scalars=scalars,
            config=self,
            action_size=action_size,
        )


@flax.struct.dataclass
class SAC(ActorCritic[Batch]):
    """Parameters and optimizer states of one run."""

    actor: Params
    critics: Critics
    targets: Critics  # Polyak average of `critics`
    log_temperature: Array  # []
    actor_optimizer: optax.OptState
    critic_optimizer: optax.OptState
    temperature_optimizer: optax.OptState
    scalars: Scalars
    config: SACConfig = flax.struct.field(pytree_node=False)
    action_size: int = flax.struct.field(pytree_node=False)

    @property
    def measures(self) -> Mapping[str, Array]:
        """See `Agent`."""
        return {TEMPERATURE: jnp.exp(self.log_temperature)}

    @property
    def critic_network(self) -> Critic:
        """See `ActorCritic`."""
        return Critic(self.config.hidden, self.config.critic_layer_norm)

    def policy(self, actor: Params, observations: Array) -> tuple[Array, Array]:
        """Return mean and log standard deviation before tanh, each [..., action]."""
        c = self.config
        hidden = c.actor_hidden or c.hidden
        network: Any = Actor(hidden, self.action_size, c.log_std_min, c.log_std_max)
        return network.apply(actor, observations)

    def explore(self, observations: Array, key: Array, steps: Array) -> Array:
        """Return actions drawn from the policy, [..., action]; see `Agent`."""
        mean, log_std = self.policy(self.actor, observations)
        return squash(mean, log_std, jax.random.normal(key, mean.shape))[0]

    def act(self, observations: Array) -> Array:
        """Return tanh(mean), the policy's action without noise, [..., action]."""
        return jnp.tanh(self.policy(self.actor, observations)[0])

    def td_targets(self, batch: Batch, noise: Array) -> Array:
        """Return r + γ·mask·(min_k Q'_k(s', a') - α log π(a')), a' ~ π(s'), [batch]."""
        next_observations = batch.next_observations
        mean, log_std = self.policy(self.actor, next_observations)
        actions, log_probs = squash(mean, log_std, noise)
        values = self.values(self.targets, next_observations, actions).min(axis=0)
        soft = values - jnp.exp(self.log_temperature) * log_probs
        return batch.rewards + self.scalars.discount * batch.masks * soft

    def actor_loss(
        self, actor: Params, batch: Batch, noise: Array
    ) -> tuple[Array, Array]:
        """Return E[α log π(a) - min_k Q_k(s, a)], a ~ π(s), and the entropy."""
        mean, log_std = self.policy(actor, batch.observations)
        actions, log_probs = squash(mean, log_std, noise)
        values = self.values(self.critics, batch.observations, actions).min(axis=0)
        loss = jnp.exp(self.log_temperature) * log_probs - values
        return loss.mean(), -log_probs.mean()

    def update(self, batch: Batch, key: Array) -> "SAC":
        """Return the agent after one update: critics, actor, temperature, targets."""
        next_noise, noise = draw_noises(key, 2, batch.actions.shape)
        rate, tau = self.scalars.learning_rate, self.scalars.tau
        actor_rate: Any = self.config.actor_learning_rate or rate

        targets = jax.lax.stop_gradient(self.td_targets(batch, next_noise))
        gradient = jax.grad(self.critic_loss)(self.critics, batch, targets)
        critics, critic_optimizer = adam_step(
            self.critics, gradient, self.critic_optimizer, rate
        )
        agent = self.replace(critics=critics, critic_optimizer=critic_optimizer)  # type: ignore[attr-defined]

        gradient, entropy = jax.grad(agent.actor_loss, has_aux=True)(
            self.actor, batch, noise
        )
        actor, actor_optimizer = adam_step(
            self.actor, gradient, self.actor_optimizer, actor_rate
        )
        # d/d log α of α·(entropy - target entropy).
        excess = entropy - self.scalars.target_entropy
        log_temperature, temperature_optimizer = adam_step(
            self.log_temperature,
            jnp.exp(self.log_temperature) * excess,
            self.temperature_optimizer,
            actor_rate,
        )
        return agent.replace(
            targets=optax.incremental_update(critics, self.targets, tau),
            actor=actor,
            actor_optimizer=actor_optimizer,
            log_temperature=log_temperature,
            temperature_optimizer=temperature_optimizer,
        )
