"""First stage: B*(σ) and η*(σ), and the settings to run with them."""

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
    """Name of the axis; see `records.axes`."""
    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds], σ."""
    grid: tuple[tuple[float, ...], ...]
    """Values that were tried, for each environment."""
    best: Estimate
    """[environments, utds], best values, averaged over bootstrap draws."""
    shared: FittedLaw
    """[environments], fits with one exponent for all environments and a scale for each.
    The exponents are NaN if only one value was tried in every environment."""
    separate: FittedLaw
    """[environments], a fit for each environment alone; its exponent is NaN if only one
    value was tried."""
    constant: np.ndarray
    """[environments], geometric mean of the best values. No runs were made with it."""
    heldout: tuple[HeldOut, ...]
    against_naive: tuple[AgainstNaive, ...] = ()
    """Summaries of `heldout` by quantity, kind and naive predictor."""

    @property
    def axis(self) -> Axis:
        """The axis of the values."""
        return AXES[self.name]

    @property
    def is_single(self) -> np.ndarray:
        """[environments] of bool, whether one value was tried and nothing is fitted."""
        return np.array([len(values) == 1 for values in self.grid])

    def to_run(self, *, shared: bool = True) -> FittedLaw:
        """Return the fits that give proposals; a single value becomes a constant."""
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
    """η, rounded to three significant digits."""
    batch_size: int
    """B, truncated to an integer."""
    batch_size_rounded: int
    """B, rounded to the nearest multiple of 16, at least 16."""
    learning_rate_interval: tuple[float, float]
    batch_size_interval: tuple[float, float]

    def rounded(self, axis: Axis) -> float:
        """Return the value of one axis, rounded for use."""
        own = vars(self)
        return float(own.get(f"{axis.name}_rounded", own[axis.name]))

    @property
    def setting(self) -> Setting:
        """The setting to run."""
        return Setting.of(self.env, vars(self))


@dataclass(frozen=True)
class BaselineChoice:
    """The constant hyperparameters: the best setting of an environment at one σ."""

    env: str
    utd: float
    batch_size: int
    learning_rate: float
    data: float
    """Environment steps to the level; NaN if no setting reached it, which only the
    published choices permit."""
    level: float
    """J that decides: the highest level that any setting reaches, or the top level
    under the published choices."""

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
    """Choice for each environment with a setting that reaches a level at this σ."""
    baseline_utd: float
    """σ at which the constant hyperparameters are chosen."""
    top_level: float
    """Highest level J of the sweep."""
    proposals: tuple[Proposal, ...]
    """Proposals from the fits with one exponent."""
    separate_proposals: tuple[Proposal, ...]
    correlation: Estimate
    """[], correlation of log best B and log best η over (environment, σ)."""
    tilt: Estimate
    """[], slope of log B against log η, where B is the best batch size at that η,
    within each (environment, σ, level). At 0 the valley of the grid lies along its
    axes."""
    replicates: int

    @property
    def fitted(self) -> tuple[BestValues, ...]:
        """Best values of each fitted axis, in the order of `records.axes`."""
        return tuple(getattr(self, axis.name) for axis in FITTED)

    @property
    def lower_baselines(self) -> tuple[BaselineChoice, ...]:
        """Choices decided at a level below the top, which no setting reaches here."""
        return tuple(each for each in self.baseline if each.level < self.top_level)

    @property
    def without_baseline(self) -> tuple[str, ...]:
        """Environments that were not run at this σ or reach no level there."""
        chosen = {each.env for each in self.baseline}
        return tuple(e for e in self.batch_size.environments if e not in chosen)

    def batch_law(self) -> FittedLaw:
        """Return the mean over environments of the B*(σ) with one exponent."""
        shared = self.batch_size.to_run()
        return FittedLaw(
            PowerLaw(shared.value.scale.mean(), shared.value.exponent[0]),
            PowerLaw(
                shared.replicates.scale.mean(axis=-1),
                shared.replicates.exponent[..., 0],
            ),
        )
