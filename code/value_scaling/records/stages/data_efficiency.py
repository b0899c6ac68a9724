"""Second stage: the data D_J(σ) that runs need to reach each level."""

from dataclasses import dataclass, field

import numpy as np

from value_scaling.records.choices import Choices
from value_scaling.records.estimates import Estimate, FittedLaw
from value_scaling.records.pooled_sets import chosen, set_words
from value_scaling.records.stages.blocked import Blocked
from value_scaling.records.stages.held_out import AgainstNaive, HeldOut


@dataclass(frozen=True)
class DataEfficiency:
    """Second stage: D_J(σ) of one set of runs."""

    study: str
    set_name: str
    choices: Choices
    source: str
    """`archive`, or the source of the published coefficients."""
    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds], σ."""
    levels: np.ndarray
    """[levels], J ascending."""
    batch_sizes: np.ndarray
    """[environments, utds], B of the runs; NaN where there is no run."""
    learning_rates: np.ndarray
    """[environments, utds], η of the runs; NaN where there is no run."""
    data: Estimate
    """[environments, utds, levels], env steps to reach J; NaN if never reached."""
    unreached: np.ndarray
    """[environments, utds, levels], share of replicates that never reach J."""
    environment_median: np.ndarray
    """[environments], m_env: median data over σ and J, env steps."""
    median: float
    """M: median of the medians, env steps."""
    pooled: Estimate
    """[utds, levels], M·mean_env(data/m_env), env steps."""
    law: FittedLaw
    """[levels], D_J(σ) fitted to `pooled`."""
    environment_laws: FittedLaw
    """[environments, levels], D_J(σ) of each environment alone."""
    lower_law: FittedLaw
    """[levels], fitted on σ up to `split_utd` only; it is extrapolated to less data."""
    upper_law: FittedLaw
    """[levels], fitted on σ from half of `split_utd` upwards; it is extrapolated to
    less compute."""
    split_utd: float
    heldout: tuple[HeldOut, ...]
    against_naive: tuple[AgainstNaive, ...] = ()
    """Summaries of `heldout` by quantity, kind and naive predictor."""
    blocked: tuple[Blocked, ...] = ()
    """Levels that have no law in `law`, and the runs that block them."""
    pooled_over: np.ndarray = field(default_factory=lambda: np.empty((0, 0), bool))
    """[environments, levels] of bool, whether a level is pooled over the environment;
    by default, over every environment. Its σ are those with a value in `pooled`."""

    def __post_init__(self) -> None:
        shape = len(self.environments), np.size(self.levels)
        if self.pooled_over.shape != shape:
            object.__setattr__(self, "pooled_over", np.ones(shape, dtype=bool))

    def members(self, j: int) -> tuple[str, ...]:
        """Return the environments over which one level is pooled."""
        return chosen(self.environments, self.pooled_over[:, j])

    def set_words(self, j: int, *, short: bool = False) -> str:
        """Say over which environments a level is pooled; empty if over all or none."""
        return set_words(self.environments, self.pooled_over[:, j], short=short)

    def smaller_sets(self) -> dict[str, tuple[float, ...]]:
        """Return levels pooled over fewer environments, by description of these."""
        found: dict[str, tuple[float, ...]] = {}
        for j, level in enumerate(self.levels):
            if words := self.set_words(j):
                found[words] = (*found.get(words, ()), float(level))
        return found


@dataclass(frozen=True)
class DataEfficiencies:
    """Second stage of a study: one result for each of its sets of runs."""

    study: str
    sets: dict[str, DataEfficiency]
    """Results by set name, `ours` before `baseline`."""
