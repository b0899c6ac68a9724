"""The interface of an agent for programs: the state of one run, as a tree of arrays."""

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

from flax.typing import VariableDict
from jax import Array

from value_scaling.learning.agents.scalars import Scalars
from value_scaling.records.training import Training

Params = VariableDict
"""Parameters of one network."""
Critics = Params | tuple[Params, ...]
"""Parameters of an agent's critics; see `critic_pair`."""
CRITIC, ACTOR = "critic", "actor"
"""Names in `Agent.parameters` whose norms are diagnostics."""
TEMPERATURE = "temperature"
"""Name in `Agent.measures` whose value is a diagnostic."""

BatchT = TypeVar("BatchT", contravariant=True)
AgentT = TypeVar("AgentT", covariant=True)


class Agent(Protocol[BatchT]):
    """An agent of one run; a flax dataclass, which programs map over runs."""

    @property
    def scalars(self) -> Scalars:
        """Numbers that may differ between runs; a reset keeps them."""

    def explore(self, observations: Array, key: Array, steps: Array) -> Array:
        """Return actions for exploration, [..., action].

        Args:
            observations: [..., observation].
            key: random key for the agent's own noise.
            steps: [] int32, environment steps of the run so far.
        """

    def act(self, observations: Array) -> Array:
        """Return actions without exploration, [..., action]."""

    def update(self, batch: BatchT, key: Array) -> Self:
        """Return the agent after one update of its critics and dependent parameters."""

    @property
    def parameters(self) -> Mapping[str, Critics]:
        """Return the trained parameters, by `CRITIC` and, if it has one, `ACTOR`."""

    @property
    def measures(self) -> Mapping[str, Array]:
        """Return numbers specific to the agent, each []; `TEMPERATURE` if it has it."""

    def td_loss(self, critics: Critics, batch: BatchT, noise: Array) -> Array:
        """Return the critics' loss, [], including the computation of its targets.

        Args:
            noise: standard normal, with the shape of the batch's actions.
        """

    def activations(self, batch: BatchT) -> tuple[list[Array], Array]:
        """Return the critics' hidden layers and features.

        Returns:
            layers, each [critic, batch, unit], and the first critic's features, [batch,
            unit].
        """

    def q(self, batch: BatchT) -> Array:
        """Return the expected return according to each critic, [critic, batch]."""


class DeviceAgent(Agent[BatchT], Protocol[BatchT]):
    """An agent of a run that steps many environments on the device."""

    def observe(self, observations: Array) -> Self:
        """Return the agent after it has observed [environment, observation]."""


class AgentConfig(Protocol[AgentT]):
    """Compile-time settings of one kind of agent; a frozen dataclass."""

    def __hash__(self) -> int:
        """Return a hash; equal configurations share a compiled program."""

    @classmethod
    def of(cls, training: Training, *, critic_layout: str) -> Self:
        """Return the configuration that a study's training settings describe.

        Args:
            critic_layout: one of `critic_pair.CRITIC_LAYOUTS`.
        """

    def create(
        self, key: Array, observation_size: int, action_size: int, scalars: Scalars
    ) -> AgentT:
        """Initialise one run."""
