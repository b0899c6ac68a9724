"""Third stage: compute, budgets, and the optimal σ for a budget."""

from dataclasses import dataclass, field

import numpy as np

from value_scaling.records.bounds import Limits
from value_scaling.records.choices import Choices
from value_scaling.records.estimates import Estimate, FittedLaw
from value_scaling.records.stages.held_out import AgainstNaive, HeldOut

LEAST_OPTIMA = 4
"""Number of optima inside the range of σ that a fit along the budget needs."""


@dataclass(frozen=True)
class Budget:
    """The frontiers of data and compute, and the optimal σ for a budget."""

    study: str
    set_name: str
    choices: Choices
    levels: np.ndarray
    """[levels], J."""
    model_size: float
    """N, number of critic parameters."""
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
    """[levels] of bool, whether the optimum is the smallest or largest σ that was
    run."""
    fitted: np.ndarray
    """[levels] of bool, whether the laws below may be fitted on the level. Optima at
    the edge are left out unless the choices count them."""
    utd_law: FittedLaw
    """The law σ*(F)."""
    data_law: FittedLaw
    """The law D*(F)."""
    compute_law: FittedLaw
    """The law C*(F)."""
    exchange_law: FittedLaw
    """D as a power law of C along the optima, the dashed line of figures."""
    heldout: tuple[HeldOut, ...]
    against_naive: tuple[AgainstNaive, ...] = ()
    """Summaries of `heldout` by quantity, kind and naive predictor."""
    unidentified: str = ""
    """Why the laws along the budget are not identifiable; empty if they are."""
    comparable: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    """[levels] of bool, whether the level is pooled over the same environments as the
    laws along the budget. Other levels enter neither the laws nor their checks. By
    default, all levels do."""

    def __post_init__(self) -> None:
        if self.comparable.shape != self.levels.shape:
            everything = np.ones(self.levels.shape, dtype=bool)
            object.__setattr__(self, "comparable", everything)

    @property
    def held_out(self) -> np.ndarray:
        """[levels] of bool, whether the laws are tested on the level."""
        return self.comparable & ~self.fitted

    @property
    def other_sets(self) -> np.ndarray:
        """[levels] of bool, whether a level has an optimum over other environments."""
        return ~self.comparable & np.isfinite(self.budget.value)

    @property
    def limits(self) -> Limits:
        """Range of σ within which σ* is sought."""
        return Limits(float(self.run_utds.min()), float(self.run_utds.max()))


@dataclass(frozen=True)
class Budgets:
    """Third stage of a study: one result for each of its sets of runs."""

    study: str
    sets: dict[str, Budget]
    """Results by set name, `ours` before `baseline`."""
