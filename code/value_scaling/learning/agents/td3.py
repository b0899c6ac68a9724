"""TD3 (Fujimoto et al. 2018), a deterministic actor and two critics, for one run.

The update rule and the numbers are those of the paper's section 6.1 and of sfujim/TD3
6a9f761 (TD3.py), except the initial weights, which are those of SAC here. In the paper
η is 1e-3 and B is 100 (in its code: 3e-4 and 256).
"""

from dataclasses import dataclass
from typing import Any, Self

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import optax
from jax import Array

from value_scaling.learning.agents import critic_pair
from value_scaling.learning.agents.actor_critic import ActorCritic
from value_scaling.learning.agents.adam import ADAM, adam_step
from value_scaling.learning.agents.networks import Critic, Trunk, dense
from value_scaling.learning.agents.protocol import Critics, Params
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch
from value_scaling.records.training import Training


@dataclass(frozen=True)
class TD3Config:
    """Compile-time settings; γ, τ and η are per-run `Scalars`.

    Actions lie in [-1, 1], so noise is in units of half the range of the task's
    actions.
    """

    hidden: tuple[int, ...] = (256, 256)
    """Widths of the critics' layers."""
    actor_hidden: tuple[int, ...] = ()
    """Widths of the actor's layers; empty for those of the critics."""
    exploration_std: float = 0.1
    """Standard deviation of the noise on actions for exploration."""
    smoothing_std: float = 0.2
    """Standard deviation of the noise on actions in the targets."""
    smoothing_bound: float = 0.5
    """Bound of the absolute value of that noise."""
    critic_actor_ratio: int = 2
    """Number of critic updates for each update of the actor and of all target
    networks."""
    critic_layout: str = "separate"

    @classmethod
    def of(cls, training: Training, *, critic_layout: str) -> Self:
        """See `AgentConfig`."""
        return cls(
            hidden=training.critic_hidden,
            actor_hidden=training.hidden,
            critic_layout=critic_layout,
        )

    def create(
        self, key: Array, observation_size: int, action_size: int, scalars: Scalars
    ) -> "TD3":
        """Initialise one run; the two critics differ, and the targets are copies."""
        actor_key, *critic_keys = jax.random.split(key, 3)
        observation, action = jnp.zeros(observation_size), jnp.zeros(action_size)
        critics = critic_pair.create(
            Critic(self.hidden),
            critic_keys,
            observation,
            action,
            critic_layout=self.critic_layout,
        )
        actor = critic_pair.parameters(
            Actor(self.actor_hidden or self.hidden, action_size), actor_key, observation
        )
        return TD3(
            actor=actor,
            critics=critics,
            target_actor=actor,
            targets=critics,
            actor_optimizer=ADAM.init(actor),
            critic_optimizer=ADAM.init(critics),
            updates=jnp.zeros((), jnp.int32),
            scalars=scalars,
            config=self,
            action_size=action_size,
        )


class Actor(nn.Module):
    """The action without noise: [..., observation] -> [..., action] in [-1, 1]."""

    hidden: tuple[int, ...]
    action_size: int

    @nn.compact
    def __call__(self, observations: Array) -> Array:
        return jnp.tanh(dense(self.action_size)(Trunk(self.hidden)(observations)))


@flax.struct.dataclass
class TD3(ActorCritic[Batch]):
    """Parameters and optimizer states of one run."""

    actor: Params
    critics: Critics
    target_actor: Params  # Polyak average of `actor`
    targets: Critics  # Polyak average of `critics`
    actor_optimizer: optax.OptState
    critic_optimizer: optax.OptState
    updates: Array  # [] int32, of the critics
    scalars: Scalars
    config: TD3Config = flax.struct.field(pytree_node=False)
    action_size: int = flax.struct.field(pytree_node=False)

    @property
    def critic_network(self) -> Critic:
        """See `ActorCritic`."""
        return Critic(self.config.hidden)

    def policy(self, actor: Params, observations: Array) -> Array:
        """Return the action without noise, [..., action]."""
        c = self.config
        network: Any = Actor(c.actor_hidden or c.hidden, self.action_size)
        return network.apply(actor, observations)

    def explore(self, observations: Array, key: Array, steps: Array) -> Array:
        """Return actions with noise added, clipped to [-1, 1]; see `Agent`."""
        actions = self.act(observations)
        noise = jax.random.normal(key, actions.shape)
        return jnp.clip(actions + self.config.exploration_std * noise, -1.0, 1.0)

    def act(self, observations: Array) -> Array:
        """Return actions without noise, [..., action]."""
        return self.policy(self.actor, observations)

    def td_targets(self, batch: Batch, noise: Array) -> Array:
        """Return r + γ·mask·min_k Q'_k(s', π'(s') + smoothing), [batch].

        Args:
            noise: [batch, action], standard normal.
        """
        c, next_observations = self.config, batch.next_observations
        bound = c.smoothing_bound
        smoothing = jnp.clip(c.smoothing_std * noise, -bound, bound)
        actions = self.policy(self.target_actor, next_observations) + smoothing
        actions = jnp.clip(actions, -1.0, 1.0)
        values = self.values(self.targets, next_observations, actions).min(axis=0)
        return batch.rewards + self.scalars.discount * batch.masks * values

    def actor_loss(self, actor: Params, batch: Batch) -> Array:
        """Return -E[Q_1(s, π(s))]."""
        actions = self.policy(actor, batch.observations)
        return -self.values(self.critics, batch.observations, actions)[0].mean()

    def update(self, batch: Batch, key: Array) -> "TD3":
        """Return the agent after one update of the critics.

        After every `critic_actor_ratio`-th update, the actor and then the target
        networks are updated too.
        """
        rate, tau = self.scalars.learning_rate, self.scalars.tau
        noise = jax.random.normal(key, batch.actions.shape)
        targets = jax.lax.stop_gradient(self.td_targets(batch, noise))
        gradient = jax.grad(self.critic_loss)(self.critics, batch, targets)
        critics, critic_optimizer = adam_step(
            self.critics, gradient, self.critic_optimizer, rate
        )
        agent: TD3 = self.replace(  # type: ignore[attr-defined]
            critics=critics,
            critic_optimizer=critic_optimizer,
            updates=self.updates + 1,
        )

        def updated_actor() -> TD3:
            gradient = jax.grad(agent.actor_loss)(agent.actor, batch)
            actor, optimizer = adam_step(
                agent.actor, gradient, agent.actor_optimizer, rate
            )
            follow = optax.incremental_update
            return agent.replace(  # type: ignore[attr-defined]
                actor=actor,
                actor_optimizer=optimizer,
                target_actor=follow(actor, agent.target_actor, tau),
                targets=follow(critics, agent.targets, tau),
            )

        due = agent.updates % self.config.critic_actor_ratio == 0
        return jax.lax.cond(due, updated_actor, lambda: agent)
