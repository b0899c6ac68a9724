"""What all agents with an actor and two critics have in common."""

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import Array

from value_scaling.learning.agents import critic_pair
from value_scaling.learning.agents.protocol import ACTOR, CRITIC, Critics, Params


class Transitions(Protocol):
    """A batch of transitions, each field with a leading batch axis."""

    @property
    def observations(self) -> Array:
        """[batch, observation]."""

    @property
    def actions(self) -> Array:
        """[batch, action]."""


BatchT = TypeVar("BatchT", bound=Transitions)


class ActorCritic(Generic[BatchT]):
    """A base of flax dataclasses; a subclass has at least the fields named here."""

    actor: Params
    critics: Critics

    @property
    def critic_network(self) -> nn.Module:
        """Return the network of a critic; it sows its hidden layers."""
        raise NotImplementedError

    def critic_inputs(self, observations: Array, actions: Array) -> tuple[Array, ...]:
        """Return the inputs of a critic."""
        return observations, actions

    def td_targets(self, batch: BatchT, noise: Array) -> Array:
        """Return the targets of the critics' values; `noise` is standard normal."""
        raise NotImplementedError

    @property
    def parameters(self) -> Mapping[str, Critics]:
        """See `Agent`."""
        return {CRITIC: self.critics, ACTOR: self.actor}

    @property
    def measures(self) -> Mapping[str, Array]:
        """Return no measures: without an entropy bonus there is no temperature."""
        return {}

    def values(self, critics: Critics, observations: Array, actions: Array) -> Array:
        """Evaluate both critics, [2, batch]."""
        apply: Any = self.critic_network.apply
        inputs = self.critic_inputs(observations, actions)
        return critic_pair.evaluate(lambda each: apply(each, *inputs), critics)

    def critic_loss(self, critics: Critics, batch: BatchT, targets: Array) -> Array:
        """Return the mean squared TD error, summed over the two critics."""
        values = self.values(critics, batch.observations, batch.actions)
        return jnp.mean((values - targets) ** 2, axis=-1).sum()

    def td_loss(self, critics: Critics, batch: BatchT, noise: Array) -> Array:
        """Return the critic loss with its targets, for diagnostics."""
        targets = jax.lax.stop_gradient(self.td_targets(batch, noise))
        return self.critic_loss(critics, batch, targets)

    def activations(self, batch: BatchT) -> tuple[list[Array], Array]:
        """Return the critics' hidden layers and features; see `Agent`.

        Features are the last hidden layer, unless the network sows others.
        """
        apply: Any = self.critic_network.apply
        inputs = self.critic_inputs(batch.observations, batch.actions)

        def one(parameters: Params) -> tuple[list[Array], list[Array]]:
            _, state = apply(parameters, *inputs, mutable=["intermediates"])
            sown = state["intermediates"]
            if "hidden" not in sown:  # a submodule sowed them
                (sown,) = sown.values()
            return list(sown["hidden"]), list(sown.get("features", ()))

        layers, features = critic_pair.evaluate(one, self.critics)
        return layers, (features or layers)[-1][0]

    def q(self, batch: BatchT) -> Array:
        """Return the expected return according to both critics, [2, batch]."""
        return self.values(self.critics, batch.observations, batch.actions)
