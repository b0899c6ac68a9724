"""How a study's runs are made: everything that decides a run but its setting and seed.

It stands apart from the study file, so that new levels or normalisers do not make
finished runs stale, and new training settings do.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from value_scaling.records.errors import ScalingError
from value_scaling.records.runs import Setting


@dataclass(frozen=True)
class Task:
    """One environment, and how long and how often it is trained and logged."""

    name: str
    engine: str
    """`gymnasium`, `dm_control` or `envpool`; of PQL `playground`."""
    steps: int
    """Environment steps of a run."""
    log_start: int
    """First logged step."""
    log_every: int
    """Environment steps between logged returns."""


@dataclass(frozen=True)
class Training:
    """Settings of the runs of one study."""

    study: str
    tasks: tuple[Task, ...]
    algorithm: str = "sac"
    seeds: int = 8
    hidden: tuple[int, ...] = (256, 256)
    """Widths of the layers; BRO: of the critics' and of the actors' network."""
    discount: float = 0.99
    tau: float = 0.005
    init_temperature: float = 1.0
    target_entropy: float = -0.5
    """Times the number of action dimensions."""
    start_training: int = 10_000
    """Environment steps with uniform random actions, before the first update."""
    replay: int = 1_000_000
    """Transitions held."""
    stagger: bool = False
    """Cut each run's first episode at a random length, and do not log it, so that the
    episodes of different seeds do not end together."""
    validation_every: int = 10
    """Environment steps of a run for one step of its validation stream."""
    diagnostics_every: int = 1000
    """Environment steps between diagnostics."""
    reset_steps: tuple[int, ...] = ()
    """Environment steps before whose updates networks and optimizers begin anew."""
    reset_updates: int = 0
    """The same each time so many updates have been done; 0: never."""
    steps_by_utd: dict[str, float] = field(default_factory=dict)
    """Factors on `steps` at some σ, e.g. { "0.5" = 2, "1/4096" = 1.5 }."""
    num_envs: int = 4096
    """PQL: environments that each run steps together. Every other number of environment
    steps counts them all: a simulator step is `num_envs` environment steps."""
    n_step: int = 3
    """PQL: rewards in a transition's return."""
    reward_scale: float = 1.0
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

    def steps(self, setting: Setting) -> int:
        """Return the environment steps of a run, a multiple of the logging interval."""
        task = self.task(setting.env)
        factor = {
            float(Fraction(utd)): value for utd, value in self.steps_by_utd.items()
        }.get(setting.utd, 1.0)
        return max(1, round(task.steps * factor / task.log_every)) * task.log_every
