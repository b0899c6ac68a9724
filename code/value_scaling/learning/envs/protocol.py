"""The interfaces of environments for training, on the host and on the device."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jax import Array

Tree = object
"""A tree of arrays, whose structure depends on the environment."""
RandomState = dict | list
"""The state of a random generator, as a JSON value."""


class Spaces(Protocol):
    """The properties that every environment has."""

    observation_size: int
    action_size: int
    """Size of a stored action; see `spaces`."""
    discrete: bool
    """Whether stored actions are one-hot vectors."""
    time_limit: int
    """Number of steps after which the caller truncates an episode."""


class HostEnv(Spaces, Protocol):
    """One environment on the host."""

    def reset(self) -> np.ndarray:
        """Start an episode, drawn from the environment's own random state."""

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool]:
        """Return the observation, the reward, and whether the task terminated."""

    def random_state(self) -> RandomState:
        """Return the state of the random generator."""

    def set_random_state(self, state: RandomState) -> None:
        """Set the random generator to a state returned by `random_state`."""


class DeviceEnv(Spaces, Protocol):
    """One environment on the device, as pure functions of its state."""

    def reset(self, key: Array) -> tuple[Tree, Array]:
        """Return a first state and its observation, [observation].

        Args:
            key: [2] uint32.
        """

    def step(self, state: Tree, action: Array) -> tuple[Tree, Array, Array, Array]:
        """Make one step.

        Args:
            action: [action], stored as described in `spaces`.

        Returns:
            the next state (of the same shapes and types), the reward, whether the task
            terminated (bool), and the observation.
        """


@dataclass(frozen=True)
class StepResult:
    """The outcome of one step of every environment of a `VectorEnv`."""

    rewards: np.ndarray
    """[environments]."""
    terminated: np.ndarray
    """[environments] of bool: the task ended, nothing follows."""
    ended: np.ndarray
    """[environments] of bool: terminated, or truncated (time limit, or the caller)."""
    next_observations: np.ndarray
    """[environments, observation], the result of the action, before any reset."""
    observations: np.ndarray
    """[environments, observation], to act on next: after the reset if the episode
    ended."""


class VectorEnv(Spaces, Protocol):
    """Environments on the host, one for each run, that are stepped together.

    They are reset when their episode ends, and can be saved and restored.
    """

    exact: bool
    """Whether `restore` restores exactly the same state."""

    def reset(self) -> np.ndarray:
        """Start every environment; return [environments, observation]."""

    def step(
        self,
        actions: np.ndarray,
        *,
        active: np.ndarray | None = None,
        truncate: np.ndarray | None = None,
    ) -> StepResult:
        """Act in every active environment.

        Args:
            actions: [environments, action], stored as described in `spaces`.
            active: [environments] of bool; the other environments are not stepped.
            truncate: [environments] of bool, where to truncate before the time limit.

        Raises:
            ScalingError: a simulator failed.
        """

    def snapshot(self) -> dict[str, np.ndarray]:
        """Return what `restore` needs, as arrays."""

    def restore(self, snapshot: dict[str, np.ndarray], *, at: int) -> np.ndarray:
        """Restore every environment from a snapshot and return observations.

        If the restore is not `exact`, every environment starts a new episode.

        Args:
            at: environment step of the snapshot.
        """
