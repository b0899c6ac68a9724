"""Sets without an archive, and sets without a fit."""

from collections.abc import Iterator, Mapping, Sequence

from value_scaling.records import (
    Crossings,
    DataEfficiency,
    Hyperparameters,
    Study,
)
from value_scaling.records.stages.warnings import StudyWarning


def absent_archives(study: Study, absent: Sequence[str]) -> Iterator[StudyWarning]:
    """Warn of archives that the study file names and that do not exist."""
    for set_name in absent:
        file = study.archives[set_name].file
        instead = (
            "; published coefficients stand in for its runs"
            if study.has_published_data and set_name == "ours"
            else "; this set is left out"
        )
        yield StudyWarning(
            "absent archive",
            set_name,
            "",
            (),
            f"{file}, which the study file names, is not there{instead}",
            f"add the archive, correct `file` of [archives.{set_name}] in the study "
            "file, or take that table out",
        )


def no_fit(
    crossings: Mapping[str, Crossings],
    hyperparameters: Hyperparameters | None,
    data: Mapping[str, DataEfficiency],
) -> Iterator[StudyWarning]:
    """Warn of sets whose runs were read but gave no fit."""
    for set_name in crossings:
        fitted = (
            hyperparameters is not None if set_name == "sweep" else set_name in data
        )
        if not fitted:
            what = "B* and lr*" if set_name == "sweep" else "D_J"
            yield StudyWarning(
                "no fit",
                set_name,
                "",
                (),
                f"these runs gave no fit of {what}",
                "`scaling fit` says why",
            )
