"""Networks: perceptrons for SAC, BroNets for BRO; ReLU and orthogonal weights."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

SCALE = float(np.sqrt(2.0))


def dense(
    width: int, *, scale: float = SCALE, bias: bool = True, lecun: bool = False
) -> nn.Dense:
    """Return a linear layer with orthogonal(scale) weights and zero biases.

    Args:
        lecun: whether weights are LeCun normal instead, as Flax has them by default.
    """
    orthogonal = nn.initializers.orthogonal(scale)
    initial = nn.initializers.lecun_normal() if lecun else orthogonal
    return nn.Dense(width, kernel_init=initial, use_bias=bias)


class Trunk(nn.Module):
    """Hidden layers, [..., inputs] -> [..., hidden[-1]]; sows each layer's output."""

    hidden: tuple[int, ...]
    layer_norm: bool = False
    """Whether each layer is normalised before its ReLU."""
    lecun: bool = False

    @nn.compact
    def __call__(self, x: Array) -> Array:
        for width in self.hidden:
            x = dense(width, lecun=self.lecun)(x)
            x = nn.relu(nn.LayerNorm()(x) if self.layer_norm else x)
            self.sow("intermediates", "hidden", x)
        return x


class Critic(nn.Module):
    """Q(s, a): [..., observation] and [..., action] -> [...]."""

    hidden: tuple[int, ...]
    layer_norm: bool = False
    lecun: bool = False

    @nn.compact
    def __call__(self, observations: Array, actions: Array) -> Array:
        x = jnp.concatenate([observations, actions], axis=-1)
        hidden = Trunk(self.hidden, self.layer_norm, self.lecun)(x)
        return dense(1, lecun=self.lecun)(hidden)[..., 0]


class Actor(nn.Module):
    """Mean and log standard deviation before tanh: each [..., action]."""

    hidden: tuple[int, ...]
    action_size: int
    log_std_min: float = -10.0
    log_std_max: float = 2.0
    lecun: bool = False

    @nn.compact
    def __call__(self, observations: Array) -> tuple[Array, Array]:
        x = Trunk(self.hidden, lecun=self.lecun)(observations)
        x = dense(2 * self.action_size, lecun=self.lecun)(x)
        mean, log_std = jnp.split(x, 2, axis=-1)
        return mean, jnp.clip(log_std, self.log_std_min, self.log_std_max)


class BroNet(nn.Module):
    """A normalised layer and residual blocks, [..., inputs] -> [..., width].

    relu(norm(Wx)), then `depth` times x + norm(W relu(norm(Wx))) (Nauman et al. 2024).
    """

    width: int
    depth: int

    @nn.compact
    def __call__(self, x: Array) -> Array:
        x = nn.relu(nn.LayerNorm()(dense(self.width)(x)))
        self.sow("intermediates", "hidden", x)
        for _ in range(self.depth):
            inner = nn.relu(nn.LayerNorm()(dense(self.width)(x)))
            self.sow("intermediates", "hidden", inner)
            x = x + nn.LayerNorm()(dense(self.width)(inner))
        self.sow("intermediates", "features", x)
        return x


class BroCritic(nn.Module):
    """Quantiles of the return, [..., observation], [..., action] -> [..., quantile]."""

    width: int
    depth: int
    quantiles: int

    @nn.compact
    def __call__(self, observations: Array, actions: Array) -> Array:
        x = jnp.concatenate([observations, actions], axis=-1)
        return dense(self.quantiles)(BroNet(self.width, self.depth)(x))


class BroActor(nn.Module):
    """Mean and bounded log standard deviation before tanh, each [..., action]."""

    width: int
    depth: int
    action_size: int
    log_std_min: float = -10.0
    log_std_max: float = 2.0

    @nn.compact
    def __call__(self, observations: Array) -> tuple[Array, Array]:
        x = BroNet(self.width, self.depth)(observations)
        mean, free = dense(self.action_size)(x), dense(self.action_size)(x)
        half = (self.log_std_max - self.log_std_min) / 2
        return mean, self.log_std_min + half * (1 + jnp.tanh(free))


class BroShift(nn.Module):
    """Shift of the optimistic actor's mean from the other's mean, [..., action]."""

    width: int
    depth: int
    action_size: int
    scale: float = 0.01

    @nn.compact
    def __call__(self, observations: Array, means: Array) -> Array:
        x = jnp.concatenate([observations, means], axis=-1)
        x = BroNet(self.width, self.depth)(x)
        return dense(self.action_size, scale=self.scale, bias=False)(x)


def squash(mean: Array, log_std: Array, noise: Array) -> tuple[Array, Array]:
    """Return a = tanh(u), u = mean + std·noise, and log π(a).

    log π = Σ_i log N(u_i) - log(1 - tanh² u_i), with
    log(1 - tanh² u) = 2(log 2 - u - softplus(-2u)), which does not overflow.

    Args:
        mean: [..., action], as are log_std and noise (standard normal).

    Returns:
        actions [..., action] and log-probabilities [...].
    """
    u = mean + jnp.exp(log_std) * noise
    gaussian = -0.5 * noise**2 - log_std - 0.5 * jnp.log(2 * jnp.pi)
    correction = 2 * (jnp.log(2.0) - u - jax.nn.softplus(-2 * u))
    return jnp.tanh(u), jnp.sum(gaussian - correction, axis=-1)
