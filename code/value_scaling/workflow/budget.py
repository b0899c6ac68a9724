"""Third stage: compute, budgets, and the optimal σ for a budget."""

from dataclasses import dataclass

import numpy as np

from value_scaling.records import (
    STATUSES,
    Budget,
    Budgets,
    Choices,
    DataEfficiency,
    FittedLaw,
    PowerLaw,
    ScalingError,
    Study,
    estimate,
)
from value_scaling.records.compute import compute_flops
from value_scaling.records.stage import Given, Incomplete
from value_scaling.stats.minimum import GRID_POINTS
from value_scaling.stats.power_law import fit_line
from value_scaling.workflow.data.cheapest import Optimum, cheapest
from value_scaling.workflow.data.identifiable import identifiable, why_not
from value_scaling.workflow.data.pooling import same_environments
from value_scaling.workflow.pipeline import DATA_EFFICIENCY, HYPERPARAMETERS
from value_scaling.workflow.prediction.held_out import (
    Check,
    Drawn,
    against_naive,
    held_out,
)
from value_scaling.workflow.prediction.naive import NOT_KNOWN


def make(given: Given) -> Budgets:
    """Find σ*(F) for each D_J(σ) whose compute is known: from the B*(σ) of the sweep,
    from the published one, or from the batch sizes of the runs."""
    study, choices = given.study, given.choices
    found: dict[str, Budget] = {}
    errors = []
    for name, efficiency in given.record(DATA_EFFICIENCY).sets.items():
        try:
            batch = _fitted_batch(given)
            as_run = (
                efficiency.source == "archive" and choices.batch_in_compute == "used"
            )
            if batch is not None or as_run:
                found[name] = budget(efficiency, study, choices, fitted_batch=batch)
        except ScalingError as error:
            errors.append(error)
    record = Budgets(study.name, found)
    if errors:
        raise Incomplete(errors, record)
    return record


def _fitted_batch(given: Given) -> FittedLaw | None:
    """Return B*(σ): as published in the published variant, else from the sweep."""
    study = given.study
    published = study.published.batch_law() if study.published else None
    if given.has(HYPERPARAMETERS) and (given.variant == "default" or published is None):
        return given.record(HYPERPARAMETERS).batch_law()
    return None if published is None else FittedLaw.without_interval(published)


def budget(
    efficiency: DataEfficiency,
    study: Study,
    choices: Choices,
    *,
    fitted_batch: FittedLaw | None,
    with_checks: bool = True,
) -> Budget:
    """Find σ* of every level and fit σ*(F), D*(F) and C*(F) on all but the top levels.

    Unless the choices count them, optima at an end of the σ that were run are censored:
    they enter neither the fits nor the checks, in no bootstrap draw either. Neither do
    levels of other environments than most levels have, see `same_environments`.

    Args:
        fitted_batch: B*(σ) of the first stage (mean over environments); used when
            the choices say so, and where no run tells the batch sizes used.
        with_checks: whether to predict the optima of the top levels, too.
    """
    batch, run_batch = _batch(efficiency, choices, fitted_batch)
    low, high = float(efficiency.utds.min()), float(efficiency.utds.max())

    def optimum(law: PowerLaw, batch: PowerLaw) -> Optimum:
        return cheapest(
            law,
            batch,
            model_size=study.model_size,
            delta=study.delta,
            low=low,
            high=high,
            continuous=choices.optimum == "continuous",
        )

    point = optimum(efficiency.law.value, batch.value)
    per_level = PowerLaw(
        batch.replicates.scale[:, None], batch.replicates.exponent[:, None]
    )
    drawn = optimum(efficiency.law.replicates, per_level)

    count = len(efficiency.levels)
    if count - study.held_out_levels < 2:
        raise ScalingError(
            f"study {study.name}",
            found=f"{count} fitted levels, {study.held_out_levels} of them held out",
            expected="at least two levels to fit the law of σ*(F) on",
            fix="add fitted levels to the study file, or hold out fewer",
        )

    has_law = np.isfinite(efficiency.law.value.scale)
    same = same_environments(efficiency.pooled_over, has_law)
    fitted = _without_top(same, study.held_out_levels)
    lines = _Lines(
        point, drawn, fitted, same, censored=choices.edge_optima == "censored"
    )
    laws = {name: lines.law(name) for name in ("utd", "data", "compute")}
    checks = _held_out(laws, lines, efficiency.levels) if with_checks else []
    grid = np.geomspace(low, high, GRID_POINTS)
    frontier = efficiency.law.value(grid)
    runs = efficiency.pooled.value.T
    return Budget(
        study=study.name,
        set_name=efficiency.set_name,
        choices=choices,
        levels=efficiency.levels,
        model_size=study.model_size,
        delta=study.delta,
        batch=batch,
        utds=grid,
        frontier_data=frontier,
        frontier_compute=compute_flops(
            grid, frontier, batch.value(grid), model_size=study.model_size
        ),
        run_utds=efficiency.utds,
        run_data=runs,
        run_compute=compute_flops(
            efficiency.utds, runs, run_batch, model_size=study.model_size
        ),
        utd_star=estimate(point.utd, drawn.utd),
        data_star=estimate(point.data, drawn.data),
        compute_star=estimate(point.compute, drawn.compute),
        budget=estimate(point.budget, drawn.budget),
        at_edge=point.at_edge,
        fitted=fitted,
        utd_law=laws["utd"],
        data_law=laws["data"],
        compute_law=laws["compute"],
        exchange_law=lines.law("data", over="compute"),
        heldout=tuple(check.record for check in checks),
        against_naive=against_naive(checks),
        unidentified=lines.unidentified,
        comparable=same,
    )


def _without_top(same: np.ndarray, held_out: int) -> np.ndarray:
    """Levels to fit on: those of one set of environments without the highest."""
    fitted = same.copy()
    fitted[np.flatnonzero(same)[::-1][:held_out]] = False
    return fitted


def _batch(
    efficiency: DataEfficiency, choices: Choices, fitted_batch: FittedLaw | None
) -> tuple[FittedLaw, np.ndarray]:
    """B(σ) as a law, and the batch size at each run's σ."""
    known = np.isfinite(efficiency.batch_sizes).any()
    replicates = efficiency.law.replicates.scale.shape[0]
    if choices.batch_in_compute == "used" and known:
        used = np.nanmean(efficiency.batch_sizes, axis=0)
        law = fit_line(efficiency.utds, used)
        return FittedLaw(law, _repeated(law, replicates)), used
    if fitted_batch is None:
        raise ScalingError(
            f"{efficiency.study} {efficiency.set_name}",
            found="no sweep to fit B*(σ) on",
            expected="a sweep, since B(σ) enters the compute C_J",
            fix="add the sweep's archive (`make data` fetches the authors')",
        )
    drawn = fitted_batch.replicates
    if len(drawn.scale):  # as many as the data have, again from the start if too few
        rows = np.arange(replicates) % len(drawn.scale)
        drawn = PowerLaw(drawn.scale[rows], drawn.exponent[rows])
    else:  # published coefficients: their uncertainty is not known
        drawn = _repeated(fitted_batch.value, replicates)
    return FittedLaw(fitted_batch.value, drawn), fitted_batch.value(efficiency.utds)


def _repeated(law: PowerLaw, replicates: int) -> PowerLaw:
    """The same law for every replicate."""
    return PowerLaw(np.full(replicates, law.scale), np.full(replicates, law.exponent))


@dataclass(frozen=True)
class _Lines:
    """The optima of every level, and the lines through them along the budget."""

    point: Optimum
    drawn: Optimum
    """With a leading replicate axis."""
    fitted: np.ndarray
    """[levels] of bool."""
    comparable: np.ndarray
    """[levels] of bool: of the same environments."""
    censored: bool
    """Whether optima at the edge are bounds rather than optima."""

    @property
    def unidentified(self) -> str:
        """Why the lines are not identifiable; empty: they are."""
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
        """The line of one field of the optima over another."""
        with np.errstate(over="ignore"):  # budgets that all but coincide
            found = FittedLaw(
                self._line(self.point, name, over), self._line(self.drawn, name, over)
            )
        if not self.unidentified:
            return found
        none = PowerLaw(*(np.full(np.shape(found.value.scale), np.nan),) * 2)
        drawn = PowerLaw(*(np.full(found.replicates.scale.shape, np.nan),) * 2)
        status = np.array(STATUSES.index("not identifiable"), dtype=np.int8)
        return FittedLaw(none, drawn, status)

    def unchanged(self, name: str, j: int) -> Drawn:
        """One field of the optimum of level j, if σ* is that of the lower levels."""
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


def _held_out(
    laws: dict[str, FittedLaw], lines: _Lines, levels: np.ndarray
) -> list[Check]:
    """Predict the optimum of the top levels from their budgets.

    A censored optimum is no optimum to compare with: the error is not known. The
    prediction without change is the σ* of the highest fitted level that has one. At a
    given σ, data are the same share of every budget, so this share is kept too.
    """
    names = {"utd": "utd_star", "data": "budget_data", "compute": "budget_compute"}
    point, drawn = lines.point, lines.drawn
    found = []
    for j in np.flatnonzero(lines.comparable & ~lines.fitted):
        bound = bool(point.at_edge[j]) and lines.censored
        ignored = drawn.at_edge[:, j] & lines.censored
        for field, quantity in names.items():
            law, at = laws[field], drawn.budget[:, j]
            with np.errstate(over="ignore", invalid="ignore"):
                predicted = (
                    law.value(point.budget[j]),
                    law.replicates.paired(at[:, None])[:, 0],
                )
            found.append(
                held_out(
                    quantity=quantity,
                    kind="level",
                    label=f"J = {levels[j]:.0f}",
                    predicted=(
                        np.where(bound, np.nan, predicted[0]),
                        np.where(ignored | bound, np.nan, predicted[1]),
                    ),
                    actual=(getattr(point, field)[j], getattr(drawn, field)[:, j]),
                    status="at a bound" if bound else law.status_of(),
                    naive={
                        "no change": NOT_KNOWN
                        if bound
                        else lines.unchanged(field, int(j))
                    },
                )
            )
    return found
