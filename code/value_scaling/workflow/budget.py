"""Third stage: compute, budgets and the optimal σ for each budget."""

import numpy as np

from value_scaling.records import (
    Budget,
    Budgets,
    Choices,
    DataEfficiency,
    FittedLaw,
    ScalingError,
    Study,
    estimate,
)
from value_scaling.records.compute import compute_flops
from value_scaling.records.stage import Given, Incomplete
from value_scaling.stats.minimum import GRID_POINTS
from value_scaling.workflow.optima import BudgetFits, fits_along_budget, optima
from value_scaling.workflow.pipeline import DATA_EFFICIENCY, HYPERPARAMETERS
from value_scaling.workflow.prediction.held_out import (
    Check,
    against_naive,
    held_out,
)
from value_scaling.workflow.prediction.naive import NOT_KNOWN


def make(given: Given) -> Budgets:
    """Find σ*(F) for each D_J(σ) whose compute is known.

    The compute follows from B*(σ) of the sweep, from the published B*(σ), or from the
    batch sizes of the runs.
    """
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
    """Return B*(σ), as published in the published variant, otherwise of the sweep."""
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

    Optima at an end of the range of σ are censored unless the choices count them: they
    enter neither the fits nor the checks, nor any bootstrap draw. Levels that are
    pooled over other environments than most levels are left out as well (see
    `same_environments`).

    Args:
        fitted_batch: B*(σ) of the first stage (mean over environments); used when the
            choices say so, and where the batch sizes of the runs are unknown.
        with_checks: whether to predict the optima of the top levels too.
    """
    found = optima(efficiency, study, choices, fitted_batch=fitted_batch)
    lines = fits_along_budget(efficiency, study, choices, found)
    batch, point, drawn = found.batch, found.point, found.drawn
    low, high = float(efficiency.utds.min()), float(efficiency.utds.max())
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
            efficiency.utds, runs, found.run_batch, model_size=study.model_size
        ),
        utd_star=estimate(point.utd, drawn.utd),
        data_star=estimate(point.data, drawn.data),
        compute_star=estimate(point.compute, drawn.compute),
        budget=estimate(point.budget, drawn.budget),
        at_edge=point.at_edge,
        fitted=lines.fitted,
        utd_law=laws["utd"],
        data_law=laws["data"],
        compute_law=laws["compute"],
        exchange_law=lines.law("data", over="compute"),
        heldout=tuple(check.record for check in checks),
        against_naive=against_naive(checks),
        unidentified=lines.unidentified,
        comparable=lines.comparable,
    )


def _held_out(
    laws: dict[str, FittedLaw], lines: BudgetFits, levels: np.ndarray
) -> list[Check]:
    """Predict the optimum of each top level from its budget.

    A censored optimum cannot be compared with, so the error is not known. The
    prediction "no change" is the σ* of the highest fitted level that has one. At a
    given σ, data are the same share of every budget, so the prediction keeps this share
    too.
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
