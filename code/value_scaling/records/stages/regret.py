"""What a way to choose B and η costs on seeds that had no part in the choice."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from value_scaling.records.estimates import Estimate

Scope = Literal["every", "unseen", "largest"]
"""The σ for which B and η are chosen: `every` one, where its own runs decide too;
`unseen`: each σ except `baseline_utd`, from the runs at the others; `largest`: the
largest σ, from the runs at the smaller ones."""
Levels = Literal["all", "highest"]
"""At which levels data is counted: `all` that decide B* and η*, or the `highest`."""
Way = Literal["cell", "fitted", "separate", "published", "nearest", "constant"]
"""How B and η are chosen. The fits and the published analysis choose values between the
cells that were run; their data is interpolated. `cell`: the best cell at this σ;
`fitted`: by the default analysis, one slope for all environments; `separate`: a slope
for each; `published`: all choices as published; `nearest`: the best cell at the nearest
other σ (the smaller of two); `constant`: the best cell at `baseline_utd`, for all σ."""


@dataclass(frozen=True)
class Regret:
    """One way: the data that its choice needs over that of the best cell."""

    scope: Scope
    levels: Levels
    way: Way
    data: Estimate
    """[], geometric mean over environments, σ and levels; 1: the best cell."""
    environments: np.ndarray
    """[environments], the same of each alone; NaN: not compared."""
    unreached: float
    """Share of the chosen cells that never reached the level. Each counts as if it had
    reached the level at the end of its run, or with the data of the best cell if that
    is more."""


@dataclass(frozen=True)
class RegretRatio:
    """Data that one way needs over that of another, on the same seeds."""

    scope: Scope
    levels: Levels
    way: Way
    over: Way
    data: Estimate
    """[], below 1: `way` needs less."""
    environments: np.ndarray
    """[environments], the same of each alone; NaN: not compared."""


@dataclass(frozen=True)
class Regrets:
    """All ways of a study, compared on the same environments, σ, levels and seeds."""

    study: str
    environments: tuple[str, ...]
    utds: np.ndarray
    """[utds]."""
    levels: np.ndarray
    """[levels], those that decide, J ascending."""
    baseline_utd: float
    splits: int
    """Random splits of the seeds; each half chooses once and judges once."""
    draws: int
    """Bootstrap samples of a half over which its best values are averaged."""
    rows: tuple[Regret, ...] = ()
    ratios: tuple[RegretRatio, ...] = ()
    few_seeds: int = 0
    """Settings left out because they have too few seeds for two halves."""
    why_none: str = ""
    """Why there are no rows; empty: there are."""

    def row(self, scope: Scope, levels: Levels, way: Way) -> Regret | None:
        """Return one way's row; None: it is not among them."""
        return next(
            (
                r
                for r in self.rows
                if (r.scope, r.levels, r.way) == (scope, levels, way)
            ),
            None,
        )

    def ratio(
        self, scope: Scope, levels: Levels, way: Way, over: Way
    ) -> RegretRatio | None:
        """Return one ratio; None: it is not among them."""
        key = (scope, levels, way, over)
        return next(
            (r for r in self.ratios if (r.scope, r.levels, r.way, r.over) == key), None
        )

    @property
    def has_constant(self) -> bool:
        """Whether the constant hyperparameters are among the ways."""
        return any(row.way == "constant" for row in self.rows)
