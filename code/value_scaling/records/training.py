"""Training settings: everything that determines a run except its setting and seed.

They are separate from the study file because a change of levels or normalisers must not
make finished runs stale, while a change of training settings must.
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
    Level,
    Line,
    Name,
    Positive,
    Small,
)
from value_scaling.records.runs import Setting

HOST_ALGORITHMS = ("sac", "bro", "bro_minimal", "td3", "dqn")
"""Algorithms with one environment per run, stepped on the host."""
DEVICE_ALGORITHMS = ("pql",)
"""Algorithms with many environments per run, stepped on the device that learns."""
DISCRETE_ALGORITHMS = ("dqn",)
"""Algorithms with discrete actions; the others have continuous actions."""
HOST_ENGINES = ("gymnasium", "dm_control", "envpool")
DEVICE_ENGINES = ("playground",)
_ALGORITHMS = "algorithms"
_ON_HOST = {_ALGORITHMS: HOST_ALGORITHMS}
_SOFT = {_ALGORITHMS: ("sac", "bro", "bro_minimal")}
_SAC = {_ALGORITHMS: ("sac",)}
_DQN = {_ALGORITHMS: ("dqn",)}
_SAC_DQN = {_ALGORITHMS: ("sac", "dqn")}
_ON_DEVICE = {_ALGORITHMS: DEVICE_ALGORITHMS}
"""Metadata of settings that only some algorithms use."""


def algorithms_of(metadata: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the algorithms that use a field of `Training` with this metadata."""
    return metadata.get(_ALGORITHMS, (*HOST_ALGORITHMS, *DEVICE_ALGORITHMS))


STOP_MARGIN = 0.05
"""Share by which a mean return must exceed `stop_at_level`. The authors' runs of the
DeepMind Control Suite ended at 840 or more, with a top level of 800."""
STOP_ERRORS = 2.0
"""Standard errors that are first subtracted from this mean over seeds."""
Algorithm = Literal["sac", "bro", "bro_minimal", "td3", "dqn", "pql"]


@dataclass(frozen=True)
class Task:
    """Length of training and logging interval for one environment."""

    name: Name
    engine: Literal["gymnasium", "dm_control", "envpool", "playground"]
    """Simulator interface: `playground` for PQL, the others for other algorithms."""
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
Rate = Annotated[float, Meta(ge=0, le=1, description="a number from 0 to 1")]
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
    """Widths of the layers; for BRO, widths of the critics' and the actors'
    networks."""
    widths: Annotated[
        tuple[Width, ...], Meta(max_length=64, description="at most 64 widths")
    ] = ()
    """Widths of the critics as an axis of the grid, one for each N of the study file.
    All layers of a critic have one of these widths, and actors have those of `hidden`.
    Empty if the grid has no N."""
    discount: Discount = 0.99
    """γ, below 1 because returns are bootstrapped where a time limit cuts them off, and
    values would have no bound at 1."""
    tau: Share = 0.005
    """Polyak step size of the target networks' parameters."""
    init_temperature: Factor = field(default=1.0, metadata=_SOFT)
    target_entropy: Entropy = field(default=-0.5, metadata=_SOFT)
    """Target entropy per action dimension."""
    actor_learning_rate: Rate = field(default=0.0, metadata=_SAC)
    """SAC: learning rate of the actor and of the temperature; 0 for that of the
    critics, η."""
    critic_layer_norm: bool = field(default=False, metadata=_SAC)
    """SAC: whether the critics' hidden layers are normalised before their ReLU."""
    lecun_init: bool = field(default=False, metadata=_SAC_DQN)
    """SAC and DQN: whether weights are LeCun normal at first, as Flax has them by
    default, instead of orthogonal."""
    start_training: CountOrZero = 10_000
    """Environment steps with uniform random actions before the first update."""
    replay: Count = 1_000_000
    """Capacity of the replay buffer in transitions; it keeps the newest. If episodes
    are shorter than 20 steps on average, their ends take some of the space. PQL keeps
    whole simulator steps."""
    stagger: bool = False
    """Whether to end each run's first episode, which is not logged, at a random length.
    The episodes of different seeds then do not end together."""
    validation_every: Count = 10
    """Environment steps of a run per step of its validation stream."""
    diagnostics_every: Count = 1000
    """Environment steps between diagnostics."""
    reset_steps: tuple[Count, ...] = field(default=(), metadata=_ON_HOST)
    """Environment steps at which networks and optimizers are reset before the
    updates."""
    reset_updates: CountOrZero = field(default=0, metadata=_ON_HOST)
    """Updates between further resets; 0 for none."""
    steps_by_utd: dict[UTDKey, Factor] = field(default_factory=dict)
    """Factors by σ on the `steps` of a task, e.g. { "0.5" = 2, "1/4096" = 1.5 }."""
    stop_at_level: Level | None = None
    """Level after which all runs of a setting end, at the first logged step at which
    `stats.isotonic.has_passed` with `STOP_MARGIN` and `STOP_ERRORS`; None to make every
    step. It is at least the top level of the study. If seeds ended one by one, the mean
    over seeds would no longer show when it reaches a level."""
    exploration_steps: Count = field(default=1_000_000, metadata=_DQN)
    """DQN: environment steps over which ε falls linearly from 1 to `exploration_end`,
    after `start_training`. Default: Mnih et al. (2015)."""
    exploration_end: Share = field(default=0.1, metadata=_DQN)
    """DQN: final ε, the share of uniform random actions. Default: Mnih et al.
    (2015)."""
    target_every: CountOrZero = field(default=0, metadata=_DQN)
    """DQN: updates between two copies of the network to the target network; 0 for
    Polyak averaging with `tau` after each update, as in the other algorithms."""
    num_envs: Count = field(default=4096, metadata=_ON_DEVICE)
    """PQL: environments that each run steps together. A simulator step counts as
    `num_envs` environment steps in all other settings."""
    n_step: Small = field(default=3, metadata=_ON_DEVICE)
    """PQL: number of rewards in the return of a transition."""
    reward_scale: Positive = field(default=1.0, metadata=_ON_DEVICE)
    """PQL: factor on the rewards used for learning; logged returns are not scaled."""

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
        """Return each algorithm of the tasks once, in the order of the tasks."""
        return tuple(
            dict.fromkeys(task.algorithm or self.algorithm for task in self.tasks)
        )

    def of(self, env: str, width: int | None = None) -> "Training":
        """Return the settings of one task's runs, with critics of one width.

        Settings that its algorithm does not use have their defaults, so that a change
        of these makes no finished run stale. Other widths are left out as well.

        Args:
            width: `Setting.width`.
        """
        own = self.task(env).algorithm or self.algorithm
        others: dict[str, Any] = {
            each.name: each.default
            for each in fields(self)
            if own not in algorithms_of(each.metadata)
        }
        widths = () if width is None else (width,)
        return replace(self, algorithm=own, widths=widths, **others)

    @property
    def critic_hidden(self) -> tuple[int, ...]:
        """Return the widths of a critic's layers in the runs of one width; see `of`."""
        return self.widths[:1] * len(self.hidden) or self.hidden

    def steps(self, setting: Setting) -> int:
        """Return the environment steps of a run, a multiple of the logging interval."""
        task = self.task(setting.env)
        factor = {
            float(Fraction(utd)): value for utd, value in self.steps_by_utd.items()
        }.get(setting.utd, 1.0)
        return max(1, round(task.steps * factor / task.log_every)) * task.log_every
