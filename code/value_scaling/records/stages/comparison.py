"""Comparison of published and fresh runs of the same settings."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records.estimates import Estimate
from value_scaling.records.runs import Setting


@dataclass(frozen=True)
class Pair:
    """One quantity from the published runs and from the fresh runs."""

    published: Estimate
    fresh: Estimate


@dataclass(frozen=True)
class SetComparison:
    """Comparison of all settings of one set that both archives hold.

    Both curves are cut where the shorter one ends, so both had the same time to reach a
    level. The seeds of the two archives are resampled independently.
    """

    study: str
    set_name: str
    pairs: tuple[tuple[Setting, Setting], ...]
    """Published and fresh setting. They are equal in a sweep. Fitted and baseline runs
    share the (environment, σ), with B and η from their own fits."""
    seeds: np.ndarray
    """[pairs, 2], number of seeds of the published and of the fresh runs."""
    last_steps: np.ndarray
    """[pairs], last environment step that both curves contain."""
    levels: np.ndarray
    """[levels], J ascending."""
    data: Pair
    """[pairs, levels], environment steps to reach J; NaN if J is not reached."""
    ratio: Estimate
    """[pairs, levels], fresh/published data; a NaN end means an open interval."""
    agrees: np.ndarray
    """[pairs, levels] of bool, whether the interval of the ratio includes 1; False
    where neither run reaches J."""
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
        """[pairs, levels] of bool, whether the means of both reach J."""
        return np.isfinite(self.ratio.value)

    @property
    def same_return(self) -> np.ndarray:
        """[pairs] of bool, whether the interval of the difference includes zero."""
        return (self.difference.low <= 0) & (self.difference.high >= 0)


@dataclass(frozen=True)
class LawComparison:
    """One coefficient of a law, fitted to each of the two archives."""

    set_name: str
    quantity: str
    published: Estimate | None
    """None if the archive is missing or does not permit a fit."""
    fresh: Estimate | None

    @property
    def overlap(self) -> bool | None:
        """Whether the two intervals overlap; None if one of them is not known."""
        if self.published is None or self.fresh is None:
            return None
        ends = [*_ends(self.published), *_ends(self.fresh)]
        if not np.isfinite(ends).all():
            return None
        return ends[0] <= ends[3] and ends[2] <= ends[1]


@dataclass(frozen=True)
class Comparison:
    """Comparison of a study's fresh runs with the published runs."""

    study: str
    sets: tuple[SetComparison, ...]
    laws: tuple[LawComparison, ...]
    notes: tuple[str, ...] = ()
    """Notes on what could not be compared, and why."""


def _ends(value: Estimate) -> tuple[float, float]:
    return float(value.low), float(value.high)
