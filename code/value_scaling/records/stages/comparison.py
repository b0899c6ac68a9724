"""The same settings run twice: published archives beside fresh ones."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.estimates import Estimate
from value_scaling.records.runs import Setting


@dataclass(frozen=True)
class Pair:
    """A quantity in the published and in the fresh runs."""

    published: Estimate
    fresh: Estimate


@dataclass(frozen=True)
class SetComparison:
    """One set of a study: every setting that both archives hold.

    Both curves are cut where the shorter one ends, so that neither had longer to reach
    a level. The seeds of the two are resampled apart.
    """

    study: str
    set_name: str
    pairs: tuple[tuple[Setting, Setting], ...]
    """Published, fresh. Equal in a sweep; of the fitted and the baseline runs those of
    one (environment, σ), whose B and η each fit has chosen."""
    seeds: np.ndarray
    """[pairs, 2], of the published and of the fresh runs."""
    last_steps: np.ndarray
    """[pairs], environment steps that both have."""
    levels: np.ndarray
    """[levels], J ascending."""
    data: Pair
    """[pairs, levels], environment steps to reach J; NaN: not reached."""
    ratio: Estimate
    """[pairs, levels], fresh/published data; NaN ends: open."""
    agrees: np.ndarray
    """[pairs, levels] of bool: the interval of the ratio holds 1; False where neither
    run reaches J."""
    returns: Pair
    """[pairs], mean return over the last tenth of the common steps, in the
    environment's own unit."""
    difference: Estimate
    """[pairs], fresh - published return."""
    only_published: int
    """Settings that the fresh archive lacks."""
    only_fresh: int

    @property
    def both_reach(self) -> np.ndarray:
        """[pairs, levels] of bool: the means of both reach J."""
        return np.isfinite(self.ratio.value)

    @property
    def same_return(self) -> np.ndarray:
        """[pairs] of bool: the interval of the difference holds 0."""
        return (self.difference.low <= 0) & (self.difference.high >= 0)


@dataclass(frozen=True)
class LawComparison:
    """One coefficient of a law, fitted to either archive."""

    set_name: str
    quantity: str
    published: Estimate | None
    """None: the archive is not here, or allows no fit."""
    fresh: Estimate | None

    @property
    def overlap(self) -> bool | None:
        """Whether the two intervals overlap; None: one of them is not known."""
        if self.published is None or self.fresh is None:
            return None
        ends = [*_ends(self.published), *_ends(self.fresh)]
        if not np.isfinite(ends).all():
            return None
        return ends[0] <= ends[3] and ends[2] <= ends[1]


@dataclass(frozen=True)
class Comparison:
    """Fresh runs of a study beside the published ones."""

    study: str
    sets: tuple[SetComparison, ...]
    laws: tuple[LawComparison, ...]
    notes: tuple[str, ...] = ()
    """What could not be compared, and why."""


def _ends(value: Estimate) -> tuple[float, float]:
    return float(value.low), float(value.high)
