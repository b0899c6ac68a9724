"""Look for everything that would spoil a fit of a study."""

from collections.abc import Iterable

from value_scaling.commands.stages.running import StageRun
from value_scaling.records import ScalingError
from value_scaling.store.progress import progress
from value_scaling.workflow.checks import find_faults
from value_scaling.workflow.checks.finding import Finding
from value_scaling.workflow.pipeline import CROSSINGS, HYPERPARAMETERS, WARNINGS


def faults(run: StageRun, errors: Iterable[ScalingError] = ()) -> tuple[Finding, ...]:
    """Return the faults of a study whose stages were run.

    Args:
        errors: why stages failed.
    """
    made = {name: run.record(stage) for name, stage in CROSSINGS.items()}
    crossings = {name: record for name, record in made.items() if record}
    return find_faults(
        run.study,
        {name: run.project.runs(run.study, name) for name in crossings},
        crossings,
        run.record(HYPERPARAMETERS),
        run.record(WARNINGS),
        errors,
        progress=lambda curves: progress(curves, f"{run.study.name} check", "setting"),
    )
