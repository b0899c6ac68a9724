"""Costs that the user has not stated."""

from collections.abc import Iterable, Iterator

from value_scaling.records import Study
from value_scaling.records.stages.warnings import StudyWarning


def assumed_costs(study: Study, sets: Iterable[str]) -> Iterator[StudyWarning]:
    """Warn of a default δ or N, in each set to which D_J(σ) is fitted."""
    found = []
    if "delta" in study.defaults:
        found.append(
            "delta is not stated, and F and utd* are those of an assumed one: "
            f"{study.defaults['delta']}"
        )
    if "model_size" in study.defaults:
        found.append(
            "model_size is not stated: C_J, F and delta are in FLOPs for each critic "
            "parameter"
        )
    if not found:
        return
    for set_name in sets:
        yield StudyWarning(
            "assumed cost",
            set_name,
            "",
            (),
            "; ".join(found),
            "state model_size (the number of critic parameters) and delta in the study "
            "file; `scaling delta` computes delta",
        )
