"""First stage: B*(σ) and η*(σ), and what to run with them."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.axes import AXES, FITTED, Axis
from value_scaling.records.choices import Choices
from value_scaling.records.estimates import Estimate, FittedLaw
from value_scaling.records.runs import Setting
from value_scaling.records.stages.held_out import AgainstNaive, HeldOut
from value_scaling.stats.power_law import PowerLaw


@dataclass(frozen=True)
class BestValues:
    """Best values of one hyperparameter over the sweep, and their laws in σ."""

    name: str
    """Name of the axis, see `records.axes`."""
    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds]."""
    grid: tuple[tuple[float, ...], ...]
    """Values tried, for each environment."""
    best: Estimate
    """[environments, utds], bootstrap-averaged best values."""
    shared: FittedLaw
    """[environments]: one slope (the exponents are equal), a scale for each. The
    exponents are NaN where every environment has one value: nothing is fitted."""
    separate: FittedLaw
    """[environments]: a line for each alone; exponent NaN where it has one value."""
    constant: np.ndarray
    """[environments], log-space mean of the best values; no runs were made with it."""
    heldout: tuple[HeldOut, ...]
    against_naive: tuple[AgainstNaive, ...] = ()
    """`heldout` by quantity, kind and naive predictor."""

    @property
    def axis(self) -> Axis:
        """The axis of the values."""
        return AXES[self.name]

    @property
    def is_single(self) -> np.ndarray:
        """[environments] of bool: one value was tried, so that nothing is fitted."""
        return np.array([len(values) == 1 for values in self.grid])

    def to_run(self, *, shared: bool = True) -> FittedLaw:
        """The fits from which settings are proposed; a single value is constant."""
        fit, single = self.shared if shared else self.separate, self.is_single

        def with_constants(law: PowerLaw) -> PowerLaw:
            return PowerLaw(
                np.where(single, self.constant, law.scale),
                np.where(single, 0.0, law.exponent),
            )

        return FittedLaw(with_constants(fit.value), with_constants(fit.replicates))


@dataclass(frozen=True)
class Proposal:
    """Hyperparameters proposed for one (environment, σ)."""

    env: str
    utd: float
    learning_rate: float
    """To three significant digits."""
    batch_size: int
    """Truncated to an integer."""
    batch_size_rounded: int
    """Nearest multiple of 16, at least 16."""
    learning_rate_interval: tuple[float, float]
    batch_size_interval: tuple[float, float]

    def rounded(self, axis: Axis) -> float:
        """Return the value of one axis as it is rounded for use."""
        own = vars(self)
        return float(own.get(f"{axis.name}_rounded", own[axis.name]))

    @property
    def setting(self) -> Setting:
        """The setting to run."""
        return Setting.of(self.env, vars(self))


@dataclass(frozen=True)
class BaselineChoice:
    """The constant hyperparameters: best setting of an environment at one σ."""

    env: str
    utd: float
    batch_size: int
    learning_rate: float
    data: float
    """Environment steps to the level; NaN if none reached it (as published)."""
    level: float
    """J that decides: the highest that any setting reaches (published: the top)."""

    def setting(self, utd: float) -> Setting:
        """Return the setting to run at one σ."""
        return Setting.of(self.env, vars(self) | {"utd": utd})


@dataclass(frozen=True)
class Hyperparameters:
    """First stage: B*(σ) and η*(σ) from the grid search."""

    study: str
    choices: Choices
    batch_size: BestValues
    learning_rate: BestValues
    baseline: tuple[BaselineChoice, ...]
    """One for each environment with a setting that reaches a level at this σ."""
    baseline_utd: float
    """σ at which the constant hyperparameters are chosen."""
    top_level: float
    """Highest level of the sweep, J."""
    proposals: tuple[Proposal, ...]
    """With the shared slope."""
    separate_proposals: tuple[Proposal, ...]
    correlation: Estimate
    """Correlation over (environment, σ) of log best B and log best η, [] scalar."""
    tilt: Estimate
    """Slope of the log of the best B at an η on log η, within each (environment, σ,
    level), [] scalar; 0: the valley of the grid lies along its axes."""
    replicates: int

    @property
    def fitted(self) -> tuple[BestValues, ...]:
        """Best values of each fitted axis, in the order of `records.axes`."""
        return tuple(getattr(self, axis.name) for axis in FITTED)

    @property
    def lower_baselines(self) -> tuple[BaselineChoice, ...]:
        """Those decided below the top level, which no setting reaches at this σ."""
        return tuple(each for each in self.baseline if each.level < self.top_level)

    @property
    def without_baseline(self) -> tuple[str, ...]:
        """Environments that were not run at this σ, or reach no level there."""
        chosen = {each.env for each in self.baseline}
        return tuple(e for e in self.batch_size.environments if e not in chosen)

    def batch_law(self) -> FittedLaw:
        """Mean over environments of the shared-slope B*(σ), one law."""
        shared = self.batch_size.to_run()
        return FittedLaw(
            PowerLaw(shared.value.scale.mean(), shared.value.exponent[0]),
            PowerLaw(
                shared.replicates.scale.mean(axis=-1),
                shared.replicates.exponent[..., 0],
            ),
        )
