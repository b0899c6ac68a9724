"""Comparisons with runs, other than the fitted grid, that the authors published."""

from dataclasses import dataclass

from value_scaling.records.estimates import Estimate


@dataclass(frozen=True)
class EqualBudget:
    """Data of another way to scale over data of compute-optimal runs (Table 1)."""

    archive: str
    """Name of the archive file of the other runs."""
    labels: tuple[str, ...]
    """[pairs], task and number of the budget, from the smallest."""
    ratio: Estimate
    """[pairs]; NaN: one of the two ended before the level."""
    mean: Estimate
    """Arithmetic mean over pairs that are known."""
    median: Estimate


@dataclass(frozen=True)
class FigureErrors:
    """Mean relative errors of fits to the points of the authors' figures."""

    batch: Estimate
    """Mean |B̂/B - 1| of B(σ, N) over all points."""
    log_linear: Estimate
    """Mean |B̂/B - 1| of the log-linear fit over all points."""
    data: dict[str, Estimate]
    """Mean |D̂/D - 1| at the highest level, by `fitted` or kind of settings that were
    not fitted. Intervals resample points in fits, and seeds in other settings."""
    curves: dict[str, Estimate]
    """Mean |D̂/D̂ of the authors - 1| at the points and the highest level, of fits to the
    `points` alone, and to them and `all settings` of the other archives. Intervals
    resample points."""
