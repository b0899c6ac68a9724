"""The JSON document of each command."""

from collections.abc import Sequence
from dataclasses import asdict

from value_scaling.commands.text.documents.estimates import Document, number
from value_scaling.commands.text.documents.of_comparisons import (
    diagnostics,
    effect,
    law_choice,
    regret,
)
from value_scaling.commands.text.documents.of_fits import (
    expected_data,
    fits,
    hyperparameters,
    recommendation,
)
from value_scaling.records import DataEfficiencies, Hyperparameters, Study
from value_scaling.records.stages.warnings import Warnings

__all__ = [
    "Document",
    "diagnostics",
    "effect",
    "expected_data",
    "failures",
    "fits",
    "heading",
    "hyperparameters",
    "law_choice",
    "next_runs",
    "number",
    "regret",
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


def next_runs(
    study: Study,
    utds: Sequence[float],
    fits: Hyperparameters | None,
    data: DataEfficiencies | None,
    warned: Warnings | None,
    failed: Sequence[str] = (),
) -> Document:
    """Return the document of `scaling recommend --json`."""
    return (
        heading(study)
        | (recommendation(fits, utds) if fits else {})
        | (expected_data(data, utds) if data else {})
        | warnings(warned)
        | failures(failed)
    )


def failures(messages: Sequence[str]) -> Document:
    """Return a message for each failure."""
    return {"failures": list(messages)}
