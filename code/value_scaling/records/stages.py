"""One result type for each stage of the analysis."""

from dataclasses import dataclass, field

import numpy as np

from value_scaling.records.blocked import Blocked
from value_scaling.records.bounds import Limits
from value_scaling.records.choices import Choices
from value_scaling.records.estimates import Estimate, FittedLaw
from value_scaling.records.held_out import AgainstNaive, HeldOut
from value_scaling.records.pooled_sets import chosen, set_words
from value_scaling.stats.power_law import PowerLaw


@dataclass(frozen=True)
class BestValues:
    """Best values of one hyperparameter over the sweep, and their laws in σ."""

    name: str
    """`batch_size` or `learning_rate`."""
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


@dataclass(frozen=True)
class DataEfficiency:
    """Second stage: D_J(σ) of one set of runs."""

    study: str
    set_name: str
    choices: Choices
    source: str
    """`archive`, or where the published coefficients stand."""
    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds]."""
    levels: np.ndarray
    """[levels], J ascending."""
    batch_sizes: np.ndarray
    """[environments, utds], as run; NaN where there is no run."""
    learning_rates: np.ndarray
    """[environments, utds], as run."""
    data: Estimate
    """[environments, utds, levels], env steps to reach J; NaN: never."""
    unreached: np.ndarray
    """[environments, utds, levels], share of replicates that never reach J."""
    environment_median: np.ndarray
    """[environments], m_env: median data over σ and J, env steps."""
    median: float
    """M: median of the medians, env steps."""
    pooled: Estimate
    """[utds, levels], M·mean_env(data/m_env), env steps."""
    law: FittedLaw
    """[levels], D_J(σ) through `pooled`."""
    environment_laws: FittedLaw
    """[environments, levels], D_J(σ) of each environment alone."""
    lower_law: FittedLaw
    """[levels], fitted on σ up to `split_utd` only (extrapolates to less data)."""
    upper_law: FittedLaw
    """[levels], fitted on σ from half of `split_utd` up (to less compute)."""
    split_utd: float
    heldout: tuple[HeldOut, ...]
    against_naive: tuple[AgainstNaive, ...] = ()
    """`heldout` by quantity, kind and naive predictor."""
    blocked: tuple[Blocked, ...] = ()
    """Levels that have no law in `law`, and the runs that block them."""
    pooled_over: np.ndarray = field(default_factory=lambda: np.empty((0, 0), bool))
    """[environments, levels] of bool, environments of the pooled data and the law of a
    level; by default, every one. The σ are those with a value in `pooled`."""

    def __post_init__(self) -> None:
        shape = len(self.environments), np.size(self.levels)
        if self.pooled_over.shape != shape:
            object.__setattr__(self, "pooled_over", np.ones(shape, dtype=bool))

    def members(self, j: int) -> tuple[str, ...]:
        """Environments over which one level is pooled."""
        return chosen(self.environments, self.pooled_over[:, j])

    def set_words(self, j: int, *, short: bool = False) -> str:
        """Say over which environments a level is pooled; empty: over all or none."""
        return set_words(self.environments, self.pooled_over[:, j], short=short)

    def smaller_sets(self) -> dict[str, tuple[float, ...]]:
        """Levels that are pooled over fewer environments, by the words for these."""
        found: dict[str, tuple[float, ...]] = {}
        for j, level in enumerate(self.levels):
            if words := self.set_words(j):
                found[words] = (*found.get(words, ()), float(level))
        return found


@dataclass(frozen=True)
class Budget:
    """Along the frontier: what each level costs, and the optimal σ for a budget."""

    study: str
    set_name: str
    choices: Choices
    levels: np.ndarray
    """[levels]."""
    model_size: float
    """N, critic parameters."""
    delta: float
    """δ, FLOPs per environment step."""
    batch: FittedLaw
    """B(σ) used in C_J."""
    utds: np.ndarray
    """[points], σ along the frontier."""
    frontier_data: np.ndarray
    """[levels, points], D_J(σ), env steps."""
    frontier_compute: np.ndarray
    """[levels, points], C_J(σ), FLOPs."""
    run_utds: np.ndarray
    """[runs], σ of the runs."""
    run_data: np.ndarray
    """[levels, runs], pooled data of the runs, env steps (NaN without runs)."""
    run_compute: np.ndarray
    """[levels, runs], 10·N·B·σ·data of the runs, FLOPs."""
    utd_star: Estimate
    """[levels], optimal σ."""
    data_star: Estimate
    """[levels], data at the optimum, env steps."""
    compute_star: Estimate
    """[levels], compute at the optimum, FLOPs."""
    budget: Estimate
    """[levels], F = C + δ·D at the optimum, FLOPs."""
    at_edge: np.ndarray
    """[levels] of bool: the optimum is the smallest or largest σ that was run."""
    fitted: np.ndarray
    """[levels] of bool: which levels the laws below may be fitted on; unless the
    choices count them, those at the edge are left out."""
    utd_law: FittedLaw
    """σ*(F)."""
    data_law: FittedLaw
    """D*(F)."""
    compute_law: FittedLaw
    """C*(F)."""
    exchange_law: FittedLaw
    """D as a power law of C along the optima (the dashed line)."""
    heldout: tuple[HeldOut, ...]
    against_naive: tuple[AgainstNaive, ...] = ()
    """`heldout` by quantity, kind and naive predictor."""
    unidentified: str = ""
    """Why the laws along the budget are not identifiable; empty: they are."""
    comparable: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    """[levels] of bool: pooled over the environments that the laws along the budget are
    of. Other levels enter neither the laws nor their checks. By default, all are."""

    def __post_init__(self) -> None:
        if self.comparable.shape != self.levels.shape:
            everything = np.ones(self.levels.shape, dtype=bool)
            object.__setattr__(self, "comparable", everything)

    @property
    def held_out(self) -> np.ndarray:
        """[levels] of bool: levels on which the laws are tested."""
        return self.comparable & ~self.fitted

    @property
    def other_sets(self) -> np.ndarray:
        """[levels] of bool: levels with an optimum that are of other environments."""
        return ~self.comparable & np.isfinite(self.budget.value)

    @property
    def limits(self) -> Limits:
        """Range of σ within which σ* is sought."""
        return Limits(float(self.run_utds.min()), float(self.run_utds.max()))


@dataclass(frozen=True)
class DataEfficiencies:
    """Second stage of a study: one result for each set of runs it has."""

    study: str
    sets: dict[str, DataEfficiency]
    """By set name, `ours` before `baseline`."""


@dataclass(frozen=True)
class Budgets:
    """Third stage of a study: one result for each set of runs it has."""

    study: str
    sets: dict[str, Budget]
    """By set name, `ours` before `baseline`."""


@dataclass(frozen=True)
class ChoiceEffect:
    """How far one result moves when one choice is made as published."""

    choice: str
    """Field of Choices, or `all`."""
    was: str
    """The published choice, in words."""
    now: str
    """The default, in words."""
    result: str
    """What is compared, e.g. `batch exponent`."""
    default: Estimate
    published: float
    """The result with this choice alone (or all) as published."""


@dataclass(frozen=True)
class ChoiceEffects:
    """The table of choices of one study."""

    study: str
    effects: tuple[ChoiceEffect, ...]
