"""BRO (Nauman et al. 2024) for one run: SAC with large regularised networks.

It has quantile critics, no pessimism, and an optimistic actor that explores. The
settings are those of naumix/BiggerRegularizedOptimistic 5870a13. The plain variant
without the optimistic actor is `BROConfig(optimistic=False)`.
"""

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
from value_scaling.learning.agents.adam import ADAM
from value_scaling.learning.agents.networks import BroActor, BroCritic, BroShift, squash
from value_scaling.learning.agents.noise import draw_noises
from value_scaling.learning.agents.protocol import (
    TEMPERATURE,
    Critics,
    Params,
)
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.replay_buffer import Batch
from value_scaling.records.training import Training

LOG_MIN, LOG_MAX = -10.0, 7.5
"""Bounds of the logarithms of β (optimism) and of the KL weight."""
_adjust = optax.scale_by_adam(b1=0.5)


@dataclass(frozen=True)
class BROConfig:
    """Compile-time settings; γ, τ, η and the target entropy are per-run `Scalars`."""

    critic_width: int = 512
    critic_depth: int = 2
    actor_width: int = 256
    actor_depth: int = 1
    quantiles: int = 100
    init_temperature: float = 1.0
    optimistic: bool = True
    init_optimism: float = 1.0
    init_regularizer: float = 0.25
    kl_target: float = 0.05
    """Target of KL(optimistic ‖ other) for each action dimension."""
    std_multiplier: float = 0.75
    adjust_rate: float = 3e-5
    """Learning rate of the optimism and of the KL weight."""
    weight_decay: float = 1e-4
    critic_layout: str = "separate"

    @classmethod
    def of(cls, training: Training, *, critic_layout: str) -> Self:
        """See `AgentConfig`; without the optimistic actor for `bro_minimal`."""
        return cls(
            critic_width=training.critic_hidden[0],
            actor_width=training.hidden[-1],
            init_temperature=training.init_temperature,
            optimistic=training.algorithm == "bro",
            critic_layout=critic_layout,
        )

    def create(
        self, key: Array, observation_size: int, action_size: int, scalars: Scalars
    ) -> "BRO":
        """Initialise one run; the two critics differ, and the targets copy them."""
        actor_key, shift_key, *critic_keys = jax.random.split(key, 4)
        observation, action = jnp.zeros(observation_size), jnp.zeros(action_size)
        critic = BroCritic(self.critic_width, self.critic_depth, self.quantiles)
        critics = critic_pair.create(
            critic, critic_keys, observation, action, critic_layout=self.critic_layout
        )
        size = (self.actor_width, self.actor_depth, action_size)
        actor = critic_pair.parameters(BroActor(*size), actor_key, observation)
        shift: Params = {}
        if self.optimistic:
            network = BroShift(*size)
            shift = critic_pair.parameters(network, shift_key, observation, action)
        numbers = {
            "log_temperature": jnp.log(jnp.asarray(self.init_temperature)),
            "optimism": _free(self.init_optimism),
            "regularizer": _free(self.init_regularizer),
        }
        states = {"actor": ADAM.init(actor), "critics": ADAM.init(critics)}
        if self.optimistic:
            states["shift"] = ADAM.init(shift)
        states |= {name: _adjust.init(number) for name, number in numbers.items()}
        return BRO(
            actor=actor,
            critics=critics,
            targets=critics,
            shift=shift,
            states=states,
            scalars=scalars,
            config=self,
            action_size=action_size,
            **numbers,
        )


@flax.struct.dataclass
class BRO(ActorCritic[Batch]):
    """Parameters and optimizer states of one run."""

    actor: Params
    critics: Critics
    targets: Critics  # Polyak average of `critics`
    log_temperature: Array  # []
    shift: Params  # the optimistic actor; empty: there is none
    optimism: Array  # [] free parameter, see `_bounded`
    regularizer: Array  # [] free parameter of the KL weight
    states: dict[
        str, optax.OptState
    ]  # of the optimizers, by the names of the fields above
    scalars: Scalars
    config: BROConfig = flax.struct.field(pytree_node=False)
    action_size: int = flax.struct.field(pytree_node=False)

    @property
    def measures(self) -> Mapping[str, Array]:
        """See `Agent`."""
        return {TEMPERATURE: jnp.exp(self.log_temperature)}

    @property
    def critic_network(self) -> BroCritic:
        """See `ActorCritic`; `values` are [2, batch, quantile]."""
        c = self.config
        return BroCritic(c.critic_width, c.critic_depth, c.quantiles)

    def policy(self, actor: Params, observations: Array) -> tuple[Array, Array]:
        """Return mean and log standard deviation before tanh, each [..., action]."""
        c = self.config
        network: Any = BroActor(c.actor_width, c.actor_depth, self.action_size)
        return network.apply(actor, observations)

    def optimistic_policy(
        self, shift: Params, observations: Array
    ) -> tuple[Array, Array, Array, Array]:
        """Return the optimistic and the other policy: mean, log std, mean, log std."""
        c = self.config
        mean, log_std = self.policy(self.actor, observations)
        network: Any = BroShift(c.actor_width, c.actor_depth, self.action_size)
        moved = mean + network.apply(shift, observations, mean)
        return moved, log_std + jnp.log(c.std_multiplier), mean, log_std

    def explore(self, observations: Array, key: Array, steps: Array) -> Array:
        """Return actions for exploration, [..., action]; see `Agent`.

        They are drawn from the optimistic policy if there is one, otherwise from the
        other policy.
        """
        if self.config.optimistic:
            mean, log_std, _, _ = self.optimistic_policy(self.shift, observations)
        else:
            mean, log_std = self.policy(self.actor, observations)
        return squash(mean, log_std, jax.random.normal(key, mean.shape))[0]

    def act(self, observations: Array) -> Array:
        """Return tanh(mean) of the policy that is not optimistic, [..., action]."""
        return jnp.tanh(self.policy(self.actor, observations)[0])

    def td_targets(self, batch: Batch, noise: Array) -> Array:
        """Return r + γ·mask·(mean of both critics' Z'(s', a') - α log π(a')).

        Returns:
            [batch, quantile].
        """
        next_observations = batch.next_observations
        mean, log_std = self.policy(self.actor, next_observations)
        actions, log_probs = squash(mean, log_std, noise)
        values = self.values(self.targets, next_observations, actions).mean(axis=0)
        soft = values - jnp.exp(self.log_temperature) * log_probs[:, None]
        masks = self.scalars.discount * batch.masks
        return batch.rewards[:, None] + masks[:, None] * soft

    def critic_loss(self, critics: Critics, batch: Batch, targets: Array) -> Array:
        """Return the quantile Huber loss (κ = 1), summed over the two critics.

        It is summed over the critic's quantiles and averaged over targets and batch
        (Dabney et al. 2018).
        """
        found = self.values(critics, batch.observations, batch.actions)
        errors = targets[None, :, None, :] - found[..., None]
        count = self.config.quantiles
        levels = (jnp.arange(count) + 0.5) / count
        weights = jnp.abs(levels[:, None] - (errors < 0))
        losses = weights * optax.losses.huber_loss(errors)
        return losses.sum(axis=2).mean(axis=(1, 2)).sum()

    def actor_loss(
        self, actor: Params, batch: Batch, noise: Array
    ) -> tuple[Array, Array]:
        """Return E[α log π(a) - mean of both critics], and the entropy."""
        mean, log_std = self.policy(actor, batch.observations)
        actions, log_probs = squash(mean, log_std, noise)
        values = self.values(self.critics, batch.observations, actions)
        loss = jnp.exp(self.log_temperature) * log_probs - values.mean(axis=(0, 2))
        return loss.mean(), -log_probs.mean()

    def optimistic_loss(
        self, shift: Params, batch: Batch, noise: Array
    ) -> tuple[Array, Array]:
        """Return -E[mean + β·|Z1 - Z2|/2] + w·KL, and the KL.

        The KL is of the optimistic policy, before its std is narrowed, to the other
        one.
        """
        mean, log_std, other, other_log_std = self.optimistic_policy(
            shift, batch.observations
        )
        other, other_log_std = map(jax.lax.stop_gradient, (other, other_log_std))
        actions, _ = squash(mean, log_std, noise)
        first, second = self.values(self.critics, batch.observations, actions)
        spread = jnp.abs(first - second) / 2
        upper = (first + second) / 2 + _bounded(self.optimism) * spread
        wide = log_std - jnp.log(self.config.std_multiplier)
        variance = jnp.exp(2 * other_log_std)
        kl = (
            other_log_std
            - wide
            + (jnp.exp(2 * wide) + (mean - other) ** 2) / (2 * variance)
            - 0.5
        )
        kl = kl.sum(axis=-1).mean()
        return -upper.mean() + _bounded(self.regularizer) * kl, kl

    def q(self, batch: Batch) -> Array:
        """Return the expected return according to both critics, [2, batch]."""
        return super().q(batch).mean(axis=-1)

    def update(self, batch: Batch, key: Array) -> "BRO":
        """Return the agent after one update of all its networks and parameters."""
        noises = draw_noises(key, 3, batch.actions.shape)
        rate = self.scalars.learning_rate

        def step(agent: Any, name: str, gradient: Any) -> Any:
            decay = self.config.weight_decay
            old = getattr(agent, name)
            steps, state = ADAM.update(gradient, agent.states[name])
            new = jax.tree.map(lambda p, u: p - rate * (u + decay * p), old, steps)
            states = {**agent.states, name: state}
            return agent.replace(**{name: new}, states=states)

        def adjust(agent: Any, name: str, gradient: Array, rate: Any) -> Any:
            size, state = _adjust.update(gradient, agent.states[name])
            new = getattr(agent, name) - rate * size
            return agent.replace(**{name: new}, states={**agent.states, name: state})

        targets = jax.lax.stop_gradient(self.td_targets(batch, noises[0]))
        gradient = jax.grad(self.critic_loss)(self.critics, batch, targets)
        agent = step(self, "critics", gradient)
        agent = agent.replace(
            targets=optax.incremental_update(
                agent.critics, self.targets, self.scalars.tau
            )
        )
        gradient, entropy = jax.grad(agent.actor_loss, has_aux=True)(
            self.actor, batch, noises[1]
        )
        agent = step(agent, "actor", gradient)
        if self.config.optimistic:
            gradient, kl = jax.grad(agent.optimistic_loss, has_aux=True)(
                self.shift, batch, noises[2]
            )
            excess = kl / self.action_size - self.config.kl_target
            slopes = {  # d/dx of β(x)·excess and of -w(x)·excess
                "optimism": jax.grad(_bounded)(self.optimism) * excess,
                "regularizer": -jax.grad(_bounded)(self.regularizer) * excess,
            }
            agent = step(agent, "shift", gradient)
            for name, slope in slopes.items():
                agent = adjust(agent, name, slope, self.config.adjust_rate)
        slope = jnp.exp(self.log_temperature) * (entropy - self.scalars.target_entropy)
        return adjust(agent, "log_temperature", slope, rate)


def _bounded(free: Array) -> Array:
    """Return the exponential of a number between `LOG_MIN` and `LOG_MAX`."""
    half = (LOG_MAX - LOG_MIN) / 2
    return jnp.exp(LOG_MIN + half * (1 + jnp.tanh(free)))


def _free(value: float) -> Array:
    """Return the x for which `_bounded(x)` = value."""
    half = (LOG_MAX - LOG_MIN) / 2
    return jnp.arctanh((jnp.log(jnp.asarray(value)) - LOG_MIN) / half - 1)
