"""What a program asks of an agent: the state of one run, as a tree of arrays."""

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

from flax.typing import VariableDict
from jax import Array

from value_scaling.learning.agents.scalars import Scalars
from value_scaling.records.training import Training

Params = VariableDict
"""Parameters of one network."""
Critics = Params | tuple[Params, ...]
"""Parameters of an agent's critics, see `twins`."""
CRITIC, ACTOR = "critic", "actor"
"""Names in `Agent.parameters` whose norms are diagnostics."""
TEMPERATURE = "temperature"
"""Name in `Agent.measures` that is a diagnostic."""

BatchT = TypeVar("BatchT", contravariant=True)
AgentT = TypeVar("AgentT", covariant=True)


class Agent(Protocol[BatchT]):
    """An agent of one run; a flax dataclass, which programs map over runs."""

    @property
    def scalars(self) -> Scalars:
        """Numbers that may differ between runs; they survive a reset."""

    def explore(self, observations: Array, key: Array, steps: Array) -> Array:
        """Return actions to learn from, [..., action].

        Args:
            observations: [..., observation].
            key: for the agent's own noise.
            steps: [] int32, environment steps of the run so far.
        """

    def act(self, observations: Array) -> Array:
        """Return actions without exploration, [..., action]."""

    def update(self, batch: BatchT, key: Array) -> Self:
        """Return the agent after one update of its critics, and what goes with it."""

    @property
    def parameters(self) -> Mapping[str, Critics]:
        """Parameters that are trained, by `CRITIC` and, if there is one, `ACTOR`."""

    @property
    def measures(self) -> Mapping[str, Array]:
        """Numbers of this kind of agent, each []; `TEMPERATURE` if it has one."""

    def td_loss(self, critics: Critics, batch: BatchT, noise: Array) -> Array:
        """Return the critics' loss, [], with targets that are computed here.

        Args:
            noise: standard normal, of the shape of the batch's actions.
        """

    def activations(self, batch: BatchT) -> tuple[list[Array], Array]:
        """Return the critics' hidden layers, each [critic, batch, unit], and the first
        critic's features, [batch, unit]."""

    def q(self, batch: BatchT) -> Array:
        """Return the expected returns by each critic, [critic, batch]."""


class DeviceAgent(Agent[BatchT], Protocol[BatchT]):
    """An agent of a run that steps many environments, on the device."""

    def observe(self, observations: Array) -> Self:
        """Return the agent after it has seen [environment, observation]."""


class AgentConfig(Protocol[AgentT]):
    """What is compiled in of one kind of agent; a frozen dataclass."""

    def __hash__(self) -> int:
        """Equal configurations share a compiled program."""

    @classmethod
    def of(cls, training: Training, *, twins: str) -> Self:
        """Return the configuration that a study's training settings describe.

        Args:
            twins: one of `twins.TWINS`.
        """

    def create(
        self, key: Array, observation_size: int, action_size: int, scalars: Scalars
    ) -> AgentT:
        """Initialise one run."""
