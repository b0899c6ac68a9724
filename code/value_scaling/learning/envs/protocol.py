"""What training asks of environments, on the host and on the device."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jax import Array

Tree = object
"""A tree of arrays, whose structure is the environment's own."""
RandomState = dict | list
"""The state of a random generator, as JSON knows it."""


class Spaces(Protocol):
    """What every environment says of itself."""

    observation_size: int
    action_size: int
    """Size of a stored action, see `spaces`."""
    discrete: bool
    """Whether stored actions are one-hot vectors."""
    time_limit: int
    """Steps after which an episode is truncated, by the caller."""


class HostEnv(Spaces, Protocol):
    """One environment on the host."""

    def reset(self) -> np.ndarray:
        """Start an episode, drawn from the environment's own random state."""

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        """Return the observation, the reward, and whether the task terminated."""

    def random_state(self) -> RandomState:
        """Return the state of the random generator."""

    def set_random_state(self, state: RandomState) -> None:
        """Set the random generator to what `random_state` gave."""


class DeviceEnv(Spaces, Protocol):
    """One environment on the device, as pure functions of its state."""

    def reset(self, key: Array) -> tuple[Tree, Array]:
        """Return a first state and its observation, [observation].

        Args:
            key: [2] uint32.
        """

    def step(self, state: Tree, action: Array) -> tuple[Tree, Array, Array, Array]:
        """Return the next state (of the same shapes and types), the reward, whether the
        task terminated (bool), and the observation.

        Args:
            action: [action], as `spaces` says.
        """


@dataclass(frozen=True)
class Steps:
    """One step of every environment of a `VectorEnv`."""

    rewards: np.ndarray
    """[environments]."""
    terminated: np.ndarray
    """[environments] of bool: the task ended, nothing follows."""
    ended: np.ndarray
    """[environments] of bool: terminated, or truncated by the time limit or a cut."""
    next_observations: np.ndarray
    """[environments, observation], where the action led."""
    observations: np.ndarray
    """[environments, observation], to act on next: after the reset of those that
    ended."""


class VectorEnv(Spaces, Protocol):
    """Environments on the host, one a run, that are stepped together, reset when their
    episode ends, and can be saved and restored."""

    exact: bool
    """Whether `restore` brings back the very state."""

    def reset(self) -> np.ndarray:
        """Start every environment; return [environments, observation]."""

    def step(
        self,
        actions: np.ndarray,
        *,
        active: np.ndarray | None = None,
        cut: np.ndarray | None = None,
    ) -> Steps:
        """Act in every active environment.

        Args:
            actions: [environments, action], as `spaces` says.
            active: [environments] of bool; the others stand still.
            cut: [environments] of bool: truncate here whatever the time limit.

        Raises:
            ScalingError: a simulator failed.
        """

    def snapshot(self) -> dict[str, np.ndarray]:
        """Return what `restore` needs, as arrays."""

    def restore(self, snapshot: dict[str, np.ndarray], *, at: int) -> np.ndarray:
        """Bring every environment to where `snapshot` was taken, or, where that is not
        `exact`, to a new episode; return observations.

        Args:
            at: environment step of the snapshot.
        """
