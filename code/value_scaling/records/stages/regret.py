"""Data needed by each rule for the choice of B and η, on seeds held out from it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from value_scaling.records.estimates import Estimate

Scope = Literal["every", "unseen", "largest"]
"""The σ for which B and η are chosen. `every`: each σ, from runs that include its own.
`unseen`: each σ except `baseline_utd`, from the runs at the other σ. `largest`: the
largest σ, from the runs at smaller σ."""
Levels = Literal["all", "highest"]
"""Levels at which data is counted: `all` levels that decide B* and η*, or the `highest`
of them."""
SelectionRule = Literal[
    "cell", "fitted", "separate", "published", "nearest", "constant"
]
"""How B and η are chosen. `cell`: the best cell at this σ. `fitted`: the default
analysis, with one slope for all environments. `separate`: the same with a slope for
each environment. `published`: all choices as published. `nearest`: the best cell at the
nearest other σ, the smaller one of two. `constant`: the best cell at `baseline_utd`,
for all σ. The fits and the published analysis choose values between the cells that were
run, and their data is interpolated."""


@dataclass(frozen=True)
class Regret:
    """Data needed by the choice of one way, relative to the best cell."""

    scope: Scope
    levels: Levels
    way: SelectionRule
    data: Estimate
    """[], geometric mean over environments, σ and levels; 1 for the best cell."""
    environments: np.ndarray
    """[environments], the same ratio of each environment; NaN if not compared."""
    unreached: float
    """Share of the chosen cells that never reached the level. They count as if they had
    reached it at the end of the run, or with the data of the best cell if that is more.
    """


@dataclass(frozen=True)
class RegretRatio:
    """Ratio of the data that two ways need on the same seeds."""

    scope: Scope
    levels: Levels
    way: SelectionRule
    over: SelectionRule
    data: Estimate
    """[], data of `way` divided by data of `over`."""
    environments: np.ndarray
    """[environments], the same ratio of each environment; NaN if not compared."""


@dataclass(frozen=True)
class Regrets:
    """All ways of a study, compared on the same environments, σ, levels and seeds."""

    study: str
    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds], σ."""
    levels: np.ndarray
    """[levels], J of the levels that decide, ascending."""
    baseline_utd: float
    splits: int
    """Number of random splits of the seeds. Each half is used once for the choice and
    once for its evaluation."""
    draws: int
    """Number of bootstrap samples of a half over which its best values are averaged."""
    rows: tuple[Regret, ...] = ()
    ratios: tuple[RegretRatio, ...] = ()
    few_seeds: int = 0
    """Number of settings left out because they have too few seeds for two halves."""
    why_none: str = ""
    """Why there are no rows; empty if there are rows."""

    def row(self, scope: Scope, levels: Levels, way: SelectionRule) -> Regret | None:
        """Return the row of one way, or None."""
        return next(
            (
                r
                for r in self.rows
                if (r.scope, r.levels, r.way) == (scope, levels, way)
            ),
            None,
        )

    def ratio(
        self, scope: Scope, levels: Levels, way: SelectionRule, over: SelectionRule
    ) -> RegretRatio | None:
        """Return the ratio of two ways, or None."""
        key = (scope, levels, way, over)
        return next(
            (r for r in self.ratios if (r.scope, r.levels, r.way, r.over) == key), None
        )

    @property
    def has_constant(self) -> bool:
        """Whether the constant hyperparameters are among the ways."""
        return any(row.way == "constant" for row in self.rows)
