"""Diagnostics of a run, computed on the device at each interval."""

from typing import TypeVar

import jax
import jax.numpy as jnp
from jax import Array

from value_scaling.learning.agents.protocol import (
    ACTOR,
    CRITIC,
    TEMPERATURE,
    Agent,
    Critics,
)

BatchT = TypeVar("BatchT")

METRICS = (
    "training.critic_loss",
    "training.new_data_critic_loss",
    "val.critic_loss",
    "training.critic_pnorm_l2",
    "training.actor_pnorm_l2",
    "training.critic_gnorm_l2",
    "training.dormant_fraction",
    "training.feature_rank",
    "training.temperature",
    "training.q_mean",
)
UNITS = {
    "training.critic_loss": "critic loss, uniform batch (SAC: squared TD error)",
    "training.new_data_critic_loss": "critic loss, newest data",
    "val.critic_loss": "critic loss, validation stream",
    "training.critic_pnorm_l2": "L2 norm of both critics' parameters",
    "training.actor_pnorm_l2": "L2 norm of the actor's parameters",
    "training.critic_gnorm_l2": "L2 norm of the critic loss's gradient",
    "training.dormant_fraction": "share of critic units",
    "training.feature_rank": "singular values that hold 99% of their sum",
    "training.temperature": "1",
    "training.q_mean": "discounted return",
}
DORMANT = 0.025
"""A unit is dormant if its mean activation is below this share of its layer's mean
(Sokar et al. 2023)."""
RANK_SHARE = 0.99
"""The feature rank is the least number of singular values whose sum is this share of
the total (srank of Kumar et al. 2021)."""


def diagnose(
    agent: Agent[BatchT],
    uniform: BatchT,
    newest: BatchT,
    validation: BatchT,
    noise: Array,
) -> Array:
    """Return the `METRICS` of one run, [metric].

    The temperature of an agent without an entropy bonus is 0, and so is the parameter
    norm of an actor that does not exist.

    Args:
        uniform: transitions drawn from the replay.
        newest: transitions stored last.
        validation: transitions from a separate environment with the same policy, never
            trained on.
        noise: standard normal, with the shape of the batches' actions.
    """

    def loss(critics: Critics, batch: BatchT) -> Array:
        return agent.td_loss(critics, batch, noise)

    critics = agent.parameters[CRITIC]
    value, gradient = jax.value_and_grad(loss)(critics, uniform)
    layers, features = agent.activations(uniform)
    return jnp.stack(
        [
            value,
            loss(critics, newest),
            loss(critics, validation),
            _norm(critics),
            _norm(agent.parameters.get(ACTOR, {})),
            _norm(gradient),
            dormant_fraction(layers),
            feature_rank(features),
            agent.measures.get(TEMPERATURE, jnp.zeros(())),
            agent.q(uniform).mean(),
        ]
    )


def dormant_fraction(layers: list[Array]) -> Array:
    """Return the share of units whose score is below `DORMANT`.

    Args:
        layers: activations, each [network, batch, unit], not negative. The score of a
            unit is its mean activation over the batch, divided by its layer's mean.
    """
    scores = [jnp.abs(layer).mean(axis=-2) for layer in layers]
    dormant = [
        score <= DORMANT * score.mean(axis=-1, keepdims=True) for score in scores
    ]
    return jnp.concatenate([each.ravel() for each in dormant]).mean()


def feature_rank(features: Array) -> Array:
    """Return the least number of singular values with `RANK_SHARE` of their sum.

    Args:
        features: [batch, unit].
    """
    values = jnp.linalg.svd(features, compute_uv=False)
    reached = jnp.cumsum(values) >= RANK_SHARE * values.sum()
    return jnp.argmax(reached) + 1.0


def _norm(tree: Critics) -> Array:
    return jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree)))
