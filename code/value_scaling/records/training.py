"""How a study's runs are made: everything that decides a run but its setting and seed.

It stands apart from the study file, so that new levels or normalisers do not make
finished runs stale, and new training settings do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Annotated, Any, Literal

from msgspec import Meta

from value_scaling.records.errors import ScalingError
from value_scaling.records.limits import (
    Count,
    CountOrZero,
    Line,
    Name,
    Positive,
    Small,
)
from value_scaling.records.runs import Setting

HOST_ALGORITHMS = ("sac", "bro", "bro_minimal", "td3", "dqn")
"""One environment a run, stepped on the host."""
DEVICE_ALGORITHMS = ("pql",)
"""Many environments a run, stepped where it learns."""
DISCRETE_ALGORITHMS = ("dqn",)
"""Those that choose discrete actions; the others choose continuous ones."""
HOST_ENGINES = ("gymnasium", "dm_control", "envpool")
DEVICE_ENGINES = ("playground",)
_ALGORITHMS = "algorithms"
_ON_HOST = {_ALGORITHMS: HOST_ALGORITHMS}
_SOFT = {_ALGORITHMS: ("sac", "bro", "bro_minimal")}
_DQN = {_ALGORITHMS: ("dqn",)}
_ON_DEVICE = {_ALGORITHMS: DEVICE_ALGORITHMS}
"""Metadata of the settings that only some algorithms know."""


def algorithms_of(metadata: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the algorithms that use a field of `Training` with this metadata."""
    return metadata.get(_ALGORITHMS, (*HOST_ALGORITHMS, *DEVICE_ALGORITHMS))


Algorithm = Literal["sac", "bro", "bro_minimal", "td3", "dqn", "pql"]


@dataclass(frozen=True)
class Task:
    """One environment, and how long and how often it is trained and logged."""

    name: Name
    engine: Literal["gymnasium", "dm_control", "envpool", "playground"]
    """`playground` is for PQL, the others are for the other algorithms."""
    steps: Count
    """Environment steps of a run."""
    log_start: Count
    """First logged step."""
    log_every: Count
    """Environment steps between logged returns."""
    algorithm: Algorithm | None = None
    """Algorithm of this task; None: that of the study."""


Share = Annotated[
    float, Meta(ge=1e-9, le=1, description="a number above 0 and at most 1")
]
Discount = Annotated[float, Meta(ge=0, lt=1, description="a number from 0 to below 1")]
Width = Annotated[int, Meta(ge=1, le=65536, description="a whole number, 1 to 65536")]
Entropy = Annotated[
    float, Meta(ge=-1000, le=1000, description="a number from -1000 to 1000")
]
Factor = Annotated[
    float, Meta(ge=1e-6, le=1e6, description="a positive number, 1e-6 to 1e6")
]
UTDKey = Annotated[
    str,
    Meta(
        pattern=r"\A(?:\d{1,20}(?:\.\d{1,20})?(?:e-?\d{1,2})?|\d{1,20}/0*[1-9]\d{0,19})\Z",
        description='a number or a fraction in quotes, as "0.5" or "1/4096"',
    ),
]


@dataclass(frozen=True)
class Training:
    """Settings of the runs of one study."""

    study: Line
    tasks: Annotated[tuple[Task, ...], Meta(min_length=1, description="one or more")]
    algorithm: Algorithm = "sac"
    """Algorithm of every task that names none of its own."""
    seeds: Small = 8
    hidden: Annotated[
        tuple[Width, ...],
        Meta(min_length=1, max_length=16, description="1 to 16 widths"),
    ] = (256, 256)
    """Widths of the layers; BRO: of the critics' and of the actors' network."""
    discount: Discount = 0.99
    """γ; 1 is refused, as returns that are cut off by a time limit are bootstrapped,
    and their values have no bound then."""
    tau: Share = 0.005
    """Polyak averaging of the target networks' parameters."""
    init_temperature: Factor = field(default=1.0, metadata=_SOFT)
    target_entropy: Entropy = field(default=-0.5, metadata=_SOFT)
    """Times the number of action dimensions."""
    start_training: CountOrZero = 10_000
    """Environment steps with uniform random actions, before the first update."""
    replay: Count = 1_000_000
    """Transitions held at most, the newest. Where episodes are shorter than 20 steps on
    average their ends take some of the room; PQL holds whole simulator steps."""
    stagger: bool = False
    """Cut each run's first episode at a random length, and do not log it, so that the
    episodes of different seeds do not end together."""
    validation_every: Count = 10
    """Environment steps of a run for one step of its validation stream."""
    diagnostics_every: Count = 1000
    """Environment steps between diagnostics."""
    reset_steps: tuple[Count, ...] = field(default=(), metadata=_ON_HOST)
    """Environment steps before whose updates networks and optimizers are reset."""
    reset_updates: CountOrZero = field(default=0, metadata=_ON_HOST)
    """The same each time so many updates have been done; 0: never."""
    steps_by_utd: dict[UTDKey, Factor] = field(default_factory=dict)
    """Factors on `steps` at some σ, e.g. { "0.5" = 2, "1/4096" = 1.5 }."""
    exploration_steps: Count = field(default=1_000_000, metadata=_DQN)
    """DQN: environment steps in which ε falls from 1 to `exploration_end`, in equal
    steps; they begin after `start_training`. Default: Mnih et al. (2015)."""
    exploration_end: Share = field(default=0.1, metadata=_DQN)
    """DQN: ε thereafter, the share of uniform random actions. Default: Mnih et al."""
    target_every: CountOrZero = field(default=0, metadata=_DQN)
    """DQN: updates between two copies of the network to the target network; 0: Polyak
    averaging with `tau` after each update, as in the other algorithms."""
    num_envs: Count = field(default=4096, metadata=_ON_DEVICE)
    """PQL: environments that each run steps together. Every other number of environment
    steps counts them all: a simulator step is `num_envs` environment steps."""
    n_step: Small = field(default=3, metadata=_ON_DEVICE)
    """PQL: rewards in a transition's return."""
    reward_scale: Positive = field(default=1.0, metadata=_ON_DEVICE)
    """PQL: factor on the rewards that are learned from; logged returns have none."""

    def task(self, name: str) -> Task:
        """Return the task called `name`, or raise ScalingError."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise ScalingError(
            f"training file of study {self.study}",
            found=f"nothing about {name!r}",
            expected=f"one of {', '.join(task.name for task in self.tasks)}",
            fix="add [[tasks]] for it, or take it out of the study file",
        )

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Return the algorithms of the tasks, each once, in the order of the tasks."""
        return tuple(
            dict.fromkeys(task.algorithm or self.algorithm for task in self.tasks)
        )

    def of(self, env: str) -> "Training":
        """Return the settings of one task's runs: those that its algorithm uses, and
        the defaults of all others, so that these make no finished run stale."""
        own = self.task(env).algorithm or self.algorithm
        others: dict[str, Any] = {
            each.name: each.default
            for each in fields(self)
            if own not in algorithms_of(each.metadata)
        }
        return replace(self, algorithm=own, **others)

    def steps(self, setting: Setting) -> int:
        """Return the environment steps of a run, a multiple of the logging interval."""
        task = self.task(setting.env)
        factor = {
            float(Fraction(utd)): value for utd, value in self.steps_by_utd.items()
        }.get(setting.utd, 1.0)
        return max(1, round(task.steps * factor / task.log_every)) * task.log_every
