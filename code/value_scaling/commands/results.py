"""Load all that is known of a study, as figures, tables and checks want it."""

from value_scaling.records import VARIANTS, Study
from value_scaling.report.results import Results, StudyResults
from value_scaling.store.making import read_making
from value_scaling.store.project import Project


def load_results(project: Project, study: Study) -> StudyResults:
    """Load every record of a study that its archives allow, both variants.

    Raises:
        ScalingError: a record is missing, damaged or stale.
    """
    here = project.sets(study)
    diagnostics = project.diagnostics(study) if project.has_diagnostics(study) else None
    variants = {}
    for variant in VARIANTS:
        fits = project.has_fits(study)
        variants[variant] = Results(
            crossings={name: project.crossings(study, variant, name) for name in here},
            hyperparameters=(
                project.hyperparameters(study, variant) if "sweep" in here else None
            ),
            data=project.data_efficiency(study, variant).sets if fits else {},
            budget=project.budget(study, variant).sets if fits else {},
            diagnostics=diagnostics,
            warnings=project.warnings(study),
        )
    return StudyResults(
        study,
        variants["default"],
        variants["published"],
        project.choices(study),
        read_making(study, project.folders),
    )
