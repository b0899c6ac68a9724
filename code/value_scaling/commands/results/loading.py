"""Load the records of a study in the form that figures, tables and checks use."""

import tomllib
from typing import Any

from value_scaling.records import VARIANTS, ScalingError, Study
from value_scaling.report.original import Originals
from value_scaling.report.results import Results, StudyResults
from value_scaling.report.verify.expected import read_expected
from value_scaling.report.verify.originals import originals
from value_scaling.store.project import Project
from value_scaling.store.provenance import read_provenance
from value_scaling.workflow.pipeline import (
    BUDGET,
    CHOICES,
    CROSSINGS,
    DATA_EFFICIENCY,
    DIAGNOSTICS,
    HYPERPARAMETERS,
    LAW_CHOICE,
    REGRET,
    SENSITIVITY,
    WARNINGS,
)


def load_results(project: Project, study: Study) -> StudyResults:
    """Load every record that the archives of a study allow, in both variants.

    Raises:
        ScalingError: a record is missing, damaged or stale, or the study has several N.
    """
    if study.has_several_sizes:
        raise ScalingError(
            f"study {study.name}",
            found="a grid with several N",
            expected="one N, since these results are fitted against σ alone",
            fix=f"`scaling model-size {study.name}` prints its fits, and `scaling "
            f"size-figures {study.name}` draws them and writes its page",
        )
    here = project.sets(study)
    diagnostics = (
        project.load(study, DIAGNOSTICS) if project.makes(study, DIAGNOSTICS) else None
    )
    regret = project.load(study, REGRET) if "sweep" in here else None
    with_laws = project.makes(study, LAW_CHOICE)
    laws = project.load(study, LAW_CHOICE) if with_laws else None
    warnings = project.load(study, WARNINGS)
    sensitivity = project.load(study, SENSITIVITY)
    drawn = original(project, study)
    variants = {}
    for variant in VARIANTS:
        fits = project.makes(study, DATA_EFFICIENCY)
        variants[variant] = Results(
            crossings={
                name: project.load(study, CROSSINGS[name], variant) for name in here
            },
            hyperparameters=(
                project.load(study, HYPERPARAMETERS, variant)
                if "sweep" in here
                else None
            ),
            data=project.load(study, DATA_EFFICIENCY, variant).sets if fits else {},
            budget=project.load(study, BUDGET, variant).sets if fits else {},
            regret=regret,
            diagnostics=diagnostics,
            law_choice=laws,
            warnings=warnings,
            original=drawn,
            sensitivity=sensitivity,
        )
    return StudyResults(
        study,
        variants["default"],
        variants["published"],
        project.load(study, CHOICES),
        read_provenance(study, project.folders),
    )


def original(project: Project, study: Study) -> Originals:
    """Return what was digitised from Figure 1 of the paper about a study, by panel."""
    return originals(read_expected(expected(project)), study.name)


def expected(project: Project) -> dict[str, dict[str, Any]]:
    """Read the published numbers, by the name of their file.

    Raises:
        ScalingError: a file is not TOML.
    """
    found = {}
    for path in sorted(project.folders.expected.glob("*.toml")):
        try:
            found[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ScalingError(
                path,
                found=str(error),
                expected="TOML in UTF-8",
                fix="restore the file (git checkout) or correct that line",
            ) from error
    return found
