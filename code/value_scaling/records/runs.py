"""Runs as they are read, and the steps at which they reach each level."""

from dataclasses import dataclass, field

import numpy as np

from value_scaling.records.schedule import Resets


@dataclass(frozen=True, order=True)
class Setting:
    """What distinguishes the runs of one file: all but the seed."""

    env: str
    utd: float
    batch_size: int
    learning_rate: float

    def __str__(self) -> str:
        return (
            f"{self.env}, UTD {self.utd:g}, B {self.batch_size}, "
            f"lr {self.learning_rate:g}"
        )


@dataclass(frozen=True)
class Curves:
    """Learning curves of one setting, one metric."""

    setting: Setting
    steps: np.ndarray
    """[points], environment steps, strictly increasing."""
    returns: np.ndarray
    """[points, seeds], in the environment's own unit until it is normalised."""

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return self.returns.shape[1]


@dataclass(frozen=True)
class Runs:
    """All curves of one set of a study, in the order of their settings."""

    study: str
    set_name: str
    curves: tuple[Curves, ...]
    missing: tuple[Setting, ...] = ()
    """Settings of the sweep's grid that the archive lacks."""
    outside: tuple[Setting, ...] = ()
    """Settings of the archive that the study file does not declare; they are not in
    `curves`."""
    digest: str = ""
    """SHA-256 of the archive."""
    resets: Resets | None = None
    """When networks were reset, with drops to leave out; None: never."""


@dataclass(frozen=True)
class Crossings:
    """Environment steps at which each setting's isotonic mean reaches each level."""

    study: str
    set_name: str
    settings: tuple[Setting, ...]
    seeds: np.ndarray
    """[settings], seeds of each."""
    last_steps: np.ndarray
    """[settings], last logged step: a level not reached needs more data than this."""
    levels: np.ndarray
    """[levels], J ascending."""
    steps: np.ndarray
    """[settings, levels], environment steps; NaN: never reached."""
    replicates: np.ndarray
    """[settings, replicates, levels] of int32, environment steps; -1: never."""
    spacings: np.ndarray
    """[settings, levels], environment steps between the log point of the crossing and
    the one before it (step 0, where it is the first); NaN: never reached."""
    missing: tuple[Setting, ...] = ()
    outside: tuple[Setting, ...] = ()
    extremes: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    """[settings, 2], the lowest and the highest return that was logged, in the mean
    over seeds, normalised; empty: not known."""

    def replicate_steps(self) -> np.ndarray:
        """Return `replicates` as floats, NaN for never."""
        steps = self.replicates.astype(float)
        steps[self.replicates < 0] = np.nan
        return steps
