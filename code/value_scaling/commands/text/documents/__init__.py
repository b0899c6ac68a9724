"""The JSON document of each command."""

from collections.abc import Sequence
from dataclasses import asdict

from value_scaling.commands.text import next_runs_text
from value_scaling.commands.text.documents import advice_documents
from value_scaling.commands.text.documents.comparison_documents import (
    diagnostics,
    effect,
    law_choice,
    regret,
)
from value_scaling.commands.text.documents.estimates import Document, number
from value_scaling.commands.text.documents.fit_documents import (
    expected_data,
    fits,
    hyperparameters,
    recommendation,
)
from value_scaling.records import Study
from value_scaling.records.model_size.record import ModelSizes
from value_scaling.records.model_size.study import SizeStudy
from value_scaling.records.stages.warnings import Warnings
from value_scaling.workflow.advice.frontier import Fits
from value_scaling.workflow.advice.limits import Request
from value_scaling.workflow.advice.plans import plans
from value_scaling.workflow.advice.size_plans import size_plans
from value_scaling.workflow.advice.size_spending import along_size_budget
from value_scaling.workflow.advice.spending import along_budget
from value_scaling.workflow.next_runs.choose import NextRun

__all__ = [
    "Document",
    "advice",
    "diagnostics",
    "effect",
    "expected_data",
    "failures",
    "fits",
    "heading",
    "hyperparameters",
    "law_choice",
    "number",
    "regret",
    "size_advice",
    "warnings",
]


def heading(study: Study) -> Document:
    """Return the names of the study and its algorithm."""
    return {"study": study.name, "title": study.title, "algorithm": study.algorithm}


def warnings(found: Warnings | None) -> Document:
    """Return the list of warnings; null if they are not known."""
    if found is None:
        return {"warnings": None}
    return {
        "warnings": [
            asdict(each) | {"places": [place.table() for place in each.places]}
            for each in found.warnings
        ]
    }


def advice(
    fits: Fits,
    request: Request,
    warned: Warnings | None,
    failed: Sequence[str] = (),
    *,
    runs: Sequence[NextRun] = (),
) -> Document:
    """Return the document of `scaling recommend --json`.

    Args:
        runs: runs to do next. If nothing else is asked, there are no plans.

    Raises:
        ScalingError: the fits cannot answer the request; see `plans`.
    """
    utds = request.utds
    found = () if runs and request.is_empty else plans(fits, request)
    return (
        heading(fits.study)
        | (recommendation(fits.sweep, utds) if fits.sweep and utds else {})
        | (expected_data(fits.data, utds) if fits.data and utds else {})
        | {"plans": advice_documents.plans(found)}
        | {"along_the_budget": advice_documents.spending(along_budget(fits, request))}
        | {"next": next_runs_text.document(runs)}
        | warnings(warned)
        | failures(failed)
    )


def size_advice(study: SizeStudy, record: ModelSizes, request: Request) -> Document:
    """Return the document of `scaling recommend --json` for a study of σ and N.

    Raises:
        ScalingError: the fits cannot answer the request; see `size_plans`.
    """
    along = tuple(along_size_budget(record, request))
    plans = size_plans(study, record, request)
    return {
        "study": study.name,
        "title": study.title,
        "plans": advice_documents.size_plans(plans),
        "along_the_budget": advice_documents.size_spending(along),
    }


def failures(messages: Sequence[str]) -> Document:
    """Return a message for each failure."""
    return {"failures": list(messages)}
