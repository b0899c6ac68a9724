"""Run every stage of a fit, and put the results into one document."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from value_scaling.commands.stages.attempts import Attempts
from value_scaling.commands.stages.running import StageRun
from value_scaling.commands.text import documents
from value_scaling.records import ScalingError
from value_scaling.records.stage import Stage
from value_scaling.workflow.pipeline import (
    BUDGET,
    CROSSINGS,
    DATA_EFFICIENCY,
    HYPERPARAMETERS,
    LAW_CHOICE,
    REGRET,
    STAGES,
    WARNINGS,
)


def fit_stages(
    run: StageRun, *, saved: bool = False, stages: Sequence[Stage[Any]] = STAGES
) -> Attempts:
    """Run the stages of a fit. A stage that fails does not stop the others.

    Args:
        stages: stages to choose from.
        saved: whether saved records are loaded where nothing has changed since.

    Returns:
        what went wrong.
    """
    attempt = Attempts()
    for stage in stages:
        if (
            stage.in_fit
            and _can_run(run, stage)
            and not (saved and load_saved(run, stage))
        ):
            attempt(partial(run.run, stage))
    return attempt


def has_crossings(run: StageRun) -> bool:
    """Return whether the crossings of any set could be found."""
    here = (CROSSINGS[name] for name in run.project.sets(run.study))
    return not run.failed.issuperset(here)


def load_saved(run: StageRun, stage: Stage[Any]) -> bool:
    """Load the saved records of a stage; return False if one is missing or stale."""
    try:
        loaded = {
            (stage, variant): run.project.load(run.study, stage, variant)
            for variant in stage.variants
        }
    except ScalingError:
        return False
    run.made |= loaded
    return True


def document(run: StageRun, attempt: Attempts) -> documents.Document:
    """Return the document of `scaling fit --json`."""
    first, data = run.record(HYPERPARAMETERS), run.record(DATA_EFFICIENCY)
    budgets, regret = run.record(BUDGET), run.record(REGRET)
    compared = run.record(LAW_CHOICE)
    return (
        documents.heading(run.study)
        | (documents.hyperparameters(first) if first else {})
        | (documents.regret(regret) if regret else {})
        | documents.fits(data.sets if data else {}, budgets.sets if budgets else {})
        | (documents.law_choice(compared) if compared else {})
        | documents.warnings(run.record(WARNINGS))
        | documents.failures(attempt.messages())
    )


def _can_run(run: StageRun, stage: Stage[Any]) -> bool:
    """Return whether a study has what a stage reads, and it could be read so far."""
    if not run.project.makes(run.study, stage):
        return False
    if stage in CROSSINGS.values():
        return True
    published = stage.or_published and run.study.has_published_data
    return published or any(
        run.has(CROSSINGS[name], "default") for name in stage.any_of
    )
