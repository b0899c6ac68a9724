"""Find what makes results of a study doubtful: records -> warnings.

A best value decides B* and η* even if its evidence is weak, that is, if it is at or
near an edge of the grid, if it had at most one competitor, or if its axis has one
value. Such values vote as in the published analysis, but with a warning. A run that was
cut short does not vote (see `short_runs`); a setting that the study file does not
declare is left out (see `collect`).
"""

from collections.abc import Mapping, Sequence

from value_scaling.records import (
    SETS,
    Choices,
    Crossings,
    DataEfficiency,
    Hyperparameters,
    Study,
)
from value_scaling.records.stage import Given
from value_scaling.records.stages.warnings import KINDS, StudyWarning, Warnings
from value_scaling.workflow.pipeline import (
    CROSSINGS,
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
)
from value_scaling.workflow.warnings.archives import absent_archives, no_fit
from value_scaling.workflow.warnings.axes import (
    few_competitors,
    near_edges,
    single_values,
    tilted_valley,
)
from value_scaling.workflow.warnings.cells import holes, skipped_cells, undeclared
from value_scaling.workflow.warnings.costs import assumed_costs
from value_scaling.workflow.warnings.levels import blocking_runs, undecided_levels
from value_scaling.workflow.warnings.logs import coarse_logs
from value_scaling.workflow.warnings.runs import below_minimum, few_seeds, short_runs


def make(given: Given) -> Warnings:
    """List the doubtful results in the records of a study."""
    first, fits = given.has(HYPERPARAMETERS), given.has(DATA_EFFICIENCY)
    fitted = given.record(HYPERPARAMETERS) if first else None
    data = given.record(DATA_EFFICIENCY).sets if fits else {}
    here = {
        n: given.record(stage) for n, stage in CROSSINGS.items() if given.has(stage)
    }
    return find_warnings(given.study, here, fitted, data, absent=given.absent)


def find_warnings(
    study: Study,
    crossings: Mapping[str, Crossings],
    hyperparameters: Hyperparameters | None,
    data: Mapping[str, DataEfficiency],
    *,
    absent: Sequence[str] = (),
) -> Warnings:
    """List the warnings of one study.

    Args:
        crossings: by set name, for the archives that exist.
        hyperparameters: fits of the sweep; None if there is no sweep or it gave no fit.
        data: D_J(σ) by set name; a set of `crossings` may have none.
        absent: sets that the study file names and that have no archive.
    """
    found: list[StudyWarning] = []
    found += absent_archives(study, absent)
    found += no_fit(crossings, hyperparameters, data)
    found += assumed_costs(study, data)
    if "sweep" in crossings:
        sweep = crossings["sweep"]
        found += undecided_levels(sweep, study)
        rule = Choices().best_values
        if hyperparameters is not None:
            found += near_edges(sweep, hyperparameters)
            found += tilted_valley(hyperparameters)
            rule = hyperparameters.choices.best_values
        found += few_competitors(sweep, study, by_row=rule == "marginal")
        found += single_values(sweep, study)
        found += holes(sweep, study)
        found += skipped_cells(sweep, study)
    for own in crossings.values():
        found += below_minimum(own, study)
        found += undeclared(own)
        found += short_runs(own)
        found += few_seeds(own)
        found += coarse_logs(own, study)
    for efficiency in data.values():
        found += blocking_runs(efficiency)
    found.sort(key=lambda w: (KINDS.index(w.kind), SETS.index(w.set_name)))
    return Warnings(study.name, tuple(found))
