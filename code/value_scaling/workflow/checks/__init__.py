"""Everything that would spoil a fit: the warnings of a study, and faults of its runs.

The record of warnings lists what makes the results of a fit doubtful. A check also
examines the runs and the study file, which may have faults that no result shows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from value_scaling.records import (
    SETS,
    Crossings,
    Curves,
    Hyperparameters,
    Runs,
    ScalingError,
    Study,
)
from value_scaling.records.stages.warnings import StudyWarning, Warnings
from value_scaling.workflow.checks.curves import early_ends, faulty_curves
from value_scaling.workflow.checks.finding import SEVERITIES, Finding
from value_scaling.workflow.checks.grid import tilt, too_few_utds, uneven_grids
from value_scaling.workflow.checks.scales import levels_of_few, normalisers


def find_faults(
    study: Study,
    runs: Mapping[str, Runs],
    crossings: Mapping[str, Crossings],
    hyperparameters: Hyperparameters | None,
    warnings: Warnings | None,
    errors: Iterable[ScalingError] = (),
    progress: Callable[[Sequence[Curves]], Iterable[Curves]] = iter,
) -> tuple[Finding, ...]:
    """List the faults of a study, the worst first.

    Args:
        runs: by set, in the units of the environments.
        crossings: by set.
        hyperparameters: fits of the sweep; None if there are none.
        warnings: record of warnings; None if it could not be made.
        errors: why stages failed.
        progress: wraps the curves as they are examined.
    """
    failed = [impossible(error) for error in errors]
    doubts = warnings.warnings if warnings else ()
    # The errors say why there is no fit.
    found = [Finding.of(w) for w in doubts if not (failed and w.kind == "no fit")]
    for own in runs.values():
        found += faulty_curves(own, progress)
        found += normalisers(study, own, progress)
    for each in crossings.values():
        found += too_few_utds(each)
        found += early_ends(each)
        if each.set_name == SETS[0]:
            found += uneven_grids(study, each)
            found += levels_of_few(study, each)
    if hyperparameters is not None:
        found += tilt(hyperparameters)
    found += failed
    return tuple(sorted(found, key=_order))


def impossible(error: ScalingError) -> Finding:
    """Return the finding that a stage failed."""
    text = f"{error.what}: found {error.found}; expected {error.expected}"
    return Finding("impossible", StudyWarning("no fit", "", "", (), text, error.fix))


def _order(found: Finding) -> int:
    return SEVERITIES.index(found.severity)
