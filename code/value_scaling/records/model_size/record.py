"""The record of a study of σ and N: fits, optima and held-out checks of each task."""

from dataclasses import dataclass, field

import numpy as np

from value_scaling.records.estimates import (
    STATUSES,
    Estimate,
    FittedLaw,
    Status,
    estimate,
    search_status,
)
from value_scaling.records.model_size.comparisons import EqualBudget, FigureErrors
from value_scaling.records.model_size.critics import PassiveCritic, TdErrors
from value_scaling.records.runs import Setting
from value_scaling.records.stages.held_out import AgainstNaive, HeldOut
from value_scaling.stats.model_size.batch_law import BatchLaw, LogLinear
from value_scaling.stats.model_size.data_law import DataLaw, at_limit


@dataclass(frozen=True)
class FittedDataLaw:
    """D(σ, N) of each level with its bootstrap replicates."""

    value: DataLaw
    """Fields of shape [levels]."""
    replicates: DataLaw
    """Fields of shape [replicates, levels]; no interval is known without replicates."""
    status: np.ndarray
    """[levels, 2] of int8, index in `STATUSES` for α and β."""
    at_bound: np.ndarray
    """[levels, 2], share of replicates in which α or β is at a limit of the search."""

    @classmethod
    def of(
        cls, value: DataLaw, replicates: DataLaw, utd: np.ndarray, size: np.ndarray
    ) -> "FittedDataLaw":
        """Wrap laws of `fit_data_law` and find the status of each exponent."""
        there = np.isfinite(value.alpha)[:, None]
        ended, drawn = (at_limit(each, utd, size) for each in (value, replicates))
        return cls(value, replicates, *search_status(there, ended, drawn))

    def status_of(self, level: int) -> Status:
        """Return the worse status of the two exponents of a level."""
        return STATUSES[int(self.status[level].max())]

    def at(self, level: int, utd: np.ndarray, size: np.ndarray) -> Estimate:
        """Evaluate the law of a level at pairs, with a pointwise interval, [pairs]."""
        drawn = self.replicates[:, level](utd, size)
        return estimate(self.value[level](utd, size), drawn)

    def of_field(self, name: str) -> Estimate:
        """Return a coefficient, e.g. `alpha`, of each level."""
        return estimate(getattr(self.value, name), getattr(self.replicates, name))


@dataclass(frozen=True)
class BatchFits:
    """Best batch sizes over (σ, N) and their two fits."""

    source: str
    """Where the best batch sizes come from: an archive, or the authors' figures."""
    utds: np.ndarray
    """[points]."""
    sizes: np.ndarray
    """[points]."""
    best: Estimate
    """[points], batch sizes."""
    law: BatchLaw
    """B(σ, N) = a / (σ^α·(1 + (N₀/N)^β)); fields without axes."""
    law_drawn: BatchLaw
    """B(σ, N) of each replicate; fields [replicates]."""
    status: str
    """Status of the fit of B(σ, N)."""
    log_linear: LogLinear
    log_linear_drawn: LogLinear
    """The log-linear fit of each replicate; fields [replicates]."""

    def at(self, utd: np.ndarray, size: np.ndarray) -> Estimate:
        """Evaluate B(σ, N) at pairs, with a pointwise interval, [pairs]."""
        return estimate(self.law(utd, size), self.law_drawn(utd, size))

    @property
    def errors(self) -> np.ndarray:
        """Return |B̂/B - 1| of B(σ, N), [points]."""
        ratio: np.ndarray = self.law(self.utds, self.sizes) / self.best.value
        return np.abs(ratio - 1)

    @property
    def log_linear_errors(self) -> np.ndarray:
        """Return |B̂/B - 1| of the log-linear fit, [points]."""
        ratio: np.ndarray = self.log_linear(self.utds, self.sizes) / self.best.value
        return np.abs(ratio - 1)


@dataclass(frozen=True)
class SizeOptima:
    """σ*, N* and their cost for each level, and their laws of F."""

    utd: Estimate
    """[levels]."""
    size: Estimate
    """[levels], parameters."""
    data: Estimate
    """[levels], environment steps."""
    compute: Estimate
    """[levels], FLOPs."""
    budget: Estimate
    """[levels], F = C + δD, FLOPs."""
    inside: np.ndarray
    """[levels] of bool, whether σ* and N* lie in the range that was run."""
    counted: np.ndarray
    """[levels] of bool, whether a level enters the laws of F."""
    laws: dict[str, FittedLaw]
    """Power laws of F of `utd`, `size`, `data` and `compute`."""
    r_squared: dict[str, float]
    """R² in logarithms of each law, over all levels that have an optimum."""
    fitted: dict[str, np.ndarray]
    """[levels] of bool, whether a level enters the fit of each law; the others that
    count are held out."""


@dataclass(frozen=True)
class TaskSizes:
    """Fits, optima and held-out checks of one task, for one variant of the choices."""

    group: str
    task: str
    settings: tuple[Setting, ...]
    seeds: np.ndarray
    """[settings], number of seeds."""
    levels: np.ndarray
    """[levels], raw returns."""
    data: Estimate
    """[settings, levels], environment steps; NaN: the runs ended before the level."""
    law: FittedDataLaw
    optima: SizeOptima
    error: Estimate
    """Mean |D̂/D - 1| over the fitted settings at the highest level."""
    heldout: tuple[HeldOut, ...] = ()
    against_naive: tuple[AgainstNaive, ...] = ()
    batch: BatchFits | None = None
    proposed_level: float = np.nan
    """J_max by the authors' rule for DeepMind Control; NaN for other groups."""


@dataclass(frozen=True)
class ModelSizes:
    """All tasks of a study of σ and N, by variant of the choices and by group/task."""

    study: str
    variants: dict[str, dict[str, TaskSizes]]
    published_batches: dict[str, dict[str, BatchFits]] = field(default_factory=dict)
    """Fits to the best batch sizes of the authors' figures, by variant and task."""
    published_optima: dict[str, SizeOptima] = field(default_factory=dict)
    """Optima that follow from the authors' fits, by task."""
    figure_errors: dict[str, FigureErrors] = field(default_factory=dict)
    """Errors of fits to the points of the authors' figures, by variant."""
    td_errors: dict[str, TdErrors] = field(default_factory=dict)
    """TD errors of the grid's runs, by group/task."""
    passive_critics: dict[str, PassiveCritic] = field(default_factory=dict)
    """Errors of passive critics, by task."""
    equal_budget: tuple[EqualBudget, ...] = ()
    """Comparisons with compute-optimal runs."""
