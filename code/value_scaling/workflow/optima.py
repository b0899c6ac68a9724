"""The cheapest σ of every level, and the fits through these optima."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from value_scaling.records import (
    STATUSES,
    Choices,
    DataEfficiency,
    FittedLaw,
    PowerLaw,
    ScalingError,
    Study,
)
from value_scaling.stats.power_law import fit_line
from value_scaling.workflow.data.cheapest import Optimum, cheapest
from value_scaling.workflow.data.identifiable import identifiable, why_not
from value_scaling.workflow.data.pooling import same_environments
from value_scaling.workflow.prediction.held_out import Drawn
from value_scaling.workflow.prediction.naive import NOT_KNOWN


@dataclass(frozen=True)
class Optima:
    """The cheapest σ of every level, and the B(σ) that its compute contains."""

    batch: FittedLaw
    run_batch: np.ndarray
    """[utds], batch size of the runs at each σ."""
    point: Optimum
    """Fields of shape [levels]."""
    drawn: Optimum
    """Fields of shape [replicates, levels]."""


def optima(
    efficiency: DataEfficiency,
    study: Study,
    choices: Choices,
    *,
    fitted_batch: FittedLaw | None,
) -> Optima:
    """Find σ* of every level and of every replicate.

    Args:
        fitted_batch: B*(σ) of the first stage, see `budget`.
    """
    batch, run_batch = _batch(efficiency, choices, fitted_batch)
    law = efficiency.law
    # The point estimate is computed in one call with its replicates, as the first row.
    data = PowerLaw(
        *(
            np.concatenate(
                [getattr(law.value, part)[None], getattr(law.replicates, part)]
            )
            for part in ("scale", "exponent", "asymptote")
        )
    )
    sizes = PowerLaw(
        *(
            np.append(getattr(batch.value, part), getattr(batch.replicates, part))[
                :, None
            ]
            for part in ("scale", "exponent")
        )
    )
    every = cheapest(
        data,
        sizes,
        model_size=study.model_size,
        delta=study.delta,
        low=float(efficiency.utds.min()),
        high=float(efficiency.utds.max()),
        continuous=choices.optimum == "continuous",
    )
    names = [each.name for each in fields(Optimum)]
    return Optima(
        batch,
        run_batch,
        Optimum(**{name: getattr(every, name)[0] for name in names}),
        Optimum(**{name: getattr(every, name)[1:] for name in names}),
    )


def fits_along_budget(
    efficiency: DataEfficiency, study: Study, choices: Choices, found: Optima
) -> "BudgetFits":
    """Return the fits through the optima of the levels to fit on.

    Raises:
        ScalingError: fewer than two levels are left to fit on.
    """
    count = len(efficiency.levels)
    if count - study.held_out_levels < 2:
        raise ScalingError(
            f"study {study.name}",
            found=f"{count} fitted levels, {study.held_out_levels} of them held out",
            expected="at least two levels to fit σ*(F) on",
            fix="add fitted levels to the study file, or hold out fewer",
        )

    has_law = np.isfinite(efficiency.law.value.scale)
    same = same_environments(efficiency.pooled_over, has_law)
    return BudgetFits(
        found.point,
        found.drawn,
        _without_top(same, study.held_out_levels),
        same,
        censored=choices.edge_optima == "censored",
    )


def _without_top(same: np.ndarray, held_out: int) -> np.ndarray:
    """Return the levels to fit on: those over the same environments, less the top."""
    fitted = same.copy()
    fitted[np.flatnonzero(same)[::-1][:held_out]] = False
    return fitted


def _batch(
    efficiency: DataEfficiency, choices: Choices, fitted_batch: FittedLaw | None
) -> tuple[FittedLaw, np.ndarray]:
    """Return the fit of B(σ), and the batch size at each run's σ."""
    known = np.isfinite(efficiency.batch_sizes).any()
    replicates = efficiency.law.replicates.scale.shape[0]
    if choices.batch_in_compute == "used" and known:
        used = np.nanmean(efficiency.batch_sizes, axis=0)
        law = FittedLaw.without_interval(fit_line(efficiency.utds, used))
        return FittedLaw(law.value, law.drawn(replicates)), used
    if fitted_batch is None:
        raise ScalingError(
            f"{efficiency.study} {efficiency.set_name}",
            found="no sweep to fit B*(σ) on",
            expected="a sweep, since B(σ) enters the compute C_J",
            fix="add the sweep's archive (`make data` fetches the authors')",
        )
    # Published coefficients have no replicates, since their uncertainty is not known.
    law = FittedLaw(fitted_batch.value, fitted_batch.drawn(replicates))
    return law, law.value(efficiency.utds)


@dataclass(frozen=True)
class BudgetFits:
    """The optima of every level, and the fits through them along the budget."""

    point: Optimum
    drawn: Optimum
    """Optima of each replicate, with a leading replicate axis."""
    fitted: np.ndarray
    """[levels] of bool."""
    comparable: np.ndarray
    """[levels] of bool, whether a level is over the environments that most levels
    share."""
    censored: bool
    """Whether optima at the edge are bounds rather than optima."""

    @cached_property
    def unidentified(self) -> str:
        """Why the fits are not identifiable; empty if they are."""
        if not self.censored:
            return ""
        known = identifiable(self.drawn.budget, self._used(self.drawn))
        share = float(known.mean()) if known.size else np.nan
        used = self._used(self.point)
        why = why_not(self.point.budget, used, self.fitted, share)
        others = int((~self.comparable & np.isfinite(self.point.budget)).sum())
        if why and others:
            why += f"; {others} more are of other environments"
        return why

    def law(self, name: str, over: str = "budget") -> FittedLaw:
        """Return the fit of one field of the optima against another."""
        with np.errstate(over="ignore"):  # budgets may be almost equal
            found = FittedLaw(
                self._line(self.point, name, over), self._line(self.drawn, name, over)
            )
        if not self.unidentified:
            return found
        none = PowerLaw(*(np.full(np.shape(found.value.scale), np.nan),) * 2)
        drawn = PowerLaw(*(np.full(found.replicates.scale.shape, np.nan),) * 2)
        status = np.array(STATUSES.index("not identifiable"), dtype=np.int8)
        return FittedLaw(none, drawn, status)

    def exponent(self, name: str) -> float:
        """Return the exponent of the fit of one field against the budget."""
        if self.unidentified:
            return np.nan
        with np.errstate(over="ignore"):
            return float(self._line(self.point, name, "budget").exponent)

    def unchanged(self, name: str, j: int) -> Drawn:
        """Return a field of level j's optimum if σ* stays that of the lower levels."""
        used = self._used(self.point) & np.isfinite(self.point.budget)
        if not used.any():
            return NOT_KNOWN
        base = np.flatnonzero(used)[-1]

        def predict(optima: Optimum) -> np.ndarray:
            value = getattr(optima, name)[..., base]
            if name != "utd":
                value = value * optima.budget[..., j] / optima.budget[..., base]
            return np.where(self._used(optima)[..., base], value, np.nan)

        return predict(self.point), predict(self.drawn)

    def _used(self, optima: Optimum) -> np.ndarray:
        return self.fitted & ~(optima.at_edge & self.censored)

    def _line(self, optima: Optimum, name: str, over: str) -> PowerLaw:
        x, y = getattr(optima, over), getattr(optima, name)
        if self.censored:
            used = self._used(optima)
            keep = used & identifiable(optima.budget, used)[..., None]
            x = np.where(keep, x, np.nan)
        return fit_line(x[..., self.fitted], y[..., self.fitted])
