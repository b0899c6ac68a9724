"""PQL (Li et al. 2023), parallel Q-learning, for one run.

It has a deterministic actor and two critics. The update rule is that of
Improbable-AI/pql 93c2b58. There, simulation, critics and actor are three processes, and
pauses keep the ratios between them near 1 : 8 : 4. Here they are steps of one program:
both ratios are exact, and actor and critics are always of the same age. The paper ran
PQL on Isaac Gym, which cannot be installed with this project's Python (it needs 3.8 at
most and is in no package index). Here it runs on MuJoCo Playground, so its numbers are
not comparable with the paper's.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import flax.linen as nn
import flax.struct
import jax
import jax.numpy as jnp
import optax
from jax import Array

from value_scaling.learning.agents import critic_pair
from value_scaling.learning.agents.actor_critic import ActorCritic
from value_scaling.learning.agents.normaliser import Normaliser
from value_scaling.learning.agents.protocol import Critics, Params
from value_scaling.learning.agents.scalars import Scalars
from value_scaling.learning.replay.n_step_buffer import Batch
from value_scaling.records.training import Training


@dataclass(frozen=True)
class PQLConfig:
    """Compile-time settings; γ, τ and η are per-run `Scalars`.

    The values are those of pql/cfg/algo/{pql_algo,actor_critic}.yaml, except the weight
    decay, which is PyTorch's default for AdamW.
    """

    hidden: tuple[int, ...] = (512, 256, 128)
    """Widths of the critics' layers."""
    actor_hidden: tuple[int, ...] = ()
    """Widths of the actor's layers; empty for those of the critics."""
    critic_actor_ratio: int = 2
    """Number of critic updates for each update of the actor."""
    smoothing_std: float = 0.8
    """Standard deviation of the noise on the actions in the targets."""
    smoothing_bound: float = 0.2
    noise_min: float = 0.05
    """Standard deviation of the exploration noise in the first environment. It
    increases in equal steps to the last environment, in each of two sets of
    environments."""
    noise_max: float = 0.8
    """Standard deviation of the exploration noise in the last environment."""
    environments: int = 1
    """Number of environments that a run learns from."""
    validation_environments: int = 1
    """Number of environments in its validation stream, which come after the others."""
    max_norm: float = 0.5
    """Maximal norm of the gradient of both critics together, and of the actor's
    gradient."""
    weight_decay: float = 0.01
    reward_scale: float = 1.0
    critic_layout: str = "separate"

    @classmethod
    def of(cls, training: Training, *, critic_layout: str) -> Self:
        """See `AgentConfig`."""
        count = training.num_envs
        return cls(
            hidden=training.critic_hidden,
            actor_hidden=training.hidden,
            environments=count,
            validation_environments=max(1, count // training.validation_every),
            reward_scale=training.reward_scale,
            critic_layout=critic_layout,
        )

    def create(
        self, key: Array, observation_size: int, action_size: int, scalars: Scalars
    ) -> "PQL":
        """Initialise one run; the two critics differ, and the targets copy them."""
        actor_key, *critic_keys = jax.random.split(key, 3)
        observation = jnp.zeros(observation_size)
        pair = jnp.zeros(observation_size + action_size)
        critics = critic_pair.create(
            Perceptron(self.hidden, 1),
            critic_keys,
            pair,
            critic_layout=self.critic_layout,
        )
        network = Perceptron(self.actor_hidden or self.hidden, action_size)
        actor = critic_pair.parameters(network, actor_key, observation)
        optimizer = _optimizer(self)
        return PQL(
            actor=actor,
            critics=critics,
            targets=critics,
            actor_optimizer=optimizer.init(actor),
            critic_optimizer=optimizer.init(critics),
            updates=jnp.zeros((), jnp.int32),
            normaliser=Normaliser.start(observation_size),
            scalars=scalars,
            config=self,
            action_size=action_size,
        )

    def noise_scales(self) -> Array:
        """Return the standard deviation of each environment's exploration noise."""
        return jnp.concatenate(
            [
                jnp.linspace(self.noise_min, self.noise_max, count)
                for count in (self.environments, self.validation_environments)
            ]
        )


class Perceptron(nn.Module):
    """Layers with ELU, [..., inputs] -> [..., outputs]; sows each hidden output.

    Weights and biases are uniform in ±1/√inputs, which is PyTorch's default, as in the
    original.
    """

    hidden: tuple[int, ...]
    outputs: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        for width in self.hidden:
            x = nn.elu(_dense(width, x.shape[-1])(x))
            self.sow("intermediates", "hidden", x)
        return _dense(self.outputs, x.shape[-1])(x)


@flax.struct.dataclass
class PQL(ActorCritic[Batch]):
    """Parameters and optimizer states of one run."""

    actor: Params
    critics: Critics
    targets: Critics  # Polyak average of `critics`
    actor_optimizer: optax.OptState
    critic_optimizer: optax.OptState
    updates: Array  # [] int32, of the critics
    normaliser: Normaliser  # of observations
    scalars: Scalars
    config: PQLConfig = flax.struct.field(pytree_node=False)
    action_size: int = flax.struct.field(pytree_node=False)

    def observe(self, observations: Array) -> "PQL":
        """Return the agent with a normaliser that includes the observations."""
        return self.replace(normaliser=self.normaliser.add(observations))  # type: ignore[attr-defined]

    def policy(self, actor: Params, observations: Array) -> Array:
        """Return the action without noise, tanh(π(s)), [..., action]."""
        c = self.config
        network: Any = Perceptron(c.actor_hidden or c.hidden, self.action_size)
        return jnp.tanh(network.apply(actor, self.normaliser.apply(observations)))

    @property
    def critic_network(self) -> Perceptron:
        """See `ActorCritic`."""
        return Perceptron(self.config.hidden, 1)

    def critic_inputs(self, observations: Array, actions: Array) -> tuple[Array, ...]:
        """Return normalised observations and actions in one array."""
        inputs = self.normaliser.apply(observations), actions
        return (jnp.concatenate(inputs, axis=-1),)

    def values(self, critics: Critics, observations: Array, actions: Array) -> Array:
        """Evaluate both critics, [2, batch]."""
        apply: Any = self.critic_network.apply
        inputs = self.critic_inputs(observations, actions)
        return critic_pair.evaluate(lambda each: apply(each, *inputs)[..., 0], critics)

    def explore(self, observations: Array, key: Array, steps: Array) -> Array:
        """Return actions with noise, clipped to [-1, 1], [environment, action]."""
        shape = observations.shape[0], self.action_size
        noise = self.config.noise_scales()[:, None] * jax.random.normal(key, shape)
        return jnp.clip(self.policy(self.actor, observations) + noise, -1.0, 1.0)

    def act(self, observations: Array) -> Array:
        """Return the action without noise, [..., action]."""
        return self.policy(self.actor, observations)

    def td_targets(self, batch: Batch, noise: Array) -> Array:
        """Return R + γ^k·min_i Q'_i(s', π(s') + smoothing), [batch].

        R is the sum of k discounted rewards, and k is the number of steps from s to s'.
        Nothing is added to it if the task terminated. The actor is the current one,
        since there is no target actor.

        Args:
            noise: [batch, action], standard normal.
        """
        c, next_observations = self.config, batch.next_observations
        bound = c.smoothing_bound
        smoothing = jnp.clip(c.smoothing_std * noise, -bound, bound)
        actions = jnp.clip(
            self.policy(self.actor, next_observations) + smoothing, -1.0, 1.0
        )
        values = self.values(self.targets, next_observations, actions).min(axis=0)
        # After termination, the last observation may come from a broken simulation.
        later = jnp.where(batch.discounts > 0, batch.discounts * values, 0.0)
        return c.reward_scale * batch.rewards + later

    def actor_loss(self, actor: Params, batch: Batch) -> Array:
        """Return -E[min_i Q_i(s, π(s))]."""
        actions = self.policy(actor, batch.observations)
        return -self.values(self.critics, batch.observations, actions).min(0).mean()

    def update(self, batch: Batch, key: Array) -> "PQL":
        """Return the agent after one update of critics and targets.

        After every `critic_actor_ratio`-th update of the critics since the run began,
        the actor is updated too.
        """
        c, rate = self.config, self.scalars.learning_rate
        noise = jax.random.normal(key, batch.actions.shape)
        targets = jax.lax.stop_gradient(self.td_targets(batch, noise))
        gradient = jax.grad(self.critic_loss)(self.critics, batch, targets)
        critics, critic_optimizer = _step(
            c, self.critics, gradient, self.critic_optimizer, rate
        )
        agent: Any = self.replace(  # type: ignore[attr-defined]
            critics=critics,
            critic_optimizer=critic_optimizer,
            targets=optax.incremental_update(critics, self.targets, self.scalars.tau),
            updates=self.updates + 1,
        )

        def updated_actor() -> tuple:
            gradient = jax.grad(agent.actor_loss)(agent.actor, batch)
            return _step(c, agent.actor, gradient, agent.actor_optimizer, rate)

        actor, actor_optimizer = jax.lax.cond(
            agent.updates % c.critic_actor_ratio == 0,
            updated_actor,
            lambda: (agent.actor, agent.actor_optimizer),
        )
        return agent.replace(actor=actor, actor_optimizer=actor_optimizer)


def _dense(width: int, inputs: int) -> nn.Dense:
    bound = inputs**-0.5

    def uniform(key: Array, shape: tuple, dtype: Any = jnp.float32) -> Array:
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    return nn.Dense(width, kernel_init=uniform, bias_init=uniform)


@cache
def _optimizer(config: PQLConfig) -> optax.GradientTransformation:
    """Return AdamW without its rate: gradient clipping, Adam's step, weight decay."""
    return optax.flatten(
        optax.chain(
            optax.clip_by_global_norm(config.max_norm),
            optax.scale_by_adam(),
            optax.add_decayed_weights(config.weight_decay),
        )
    )


def _step(
    config: PQLConfig, parameters: Any, gradient: Any, state: Any, rate: Array
) -> tuple:
    steps, state = _optimizer(config).update(gradient, state, parameters)
    new = jax.tree.map(lambda p, step: p - rate * step, parameters, steps)
    return new, state
