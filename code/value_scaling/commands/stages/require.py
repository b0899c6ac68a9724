"""Refuse studies that lack the runs that a stage reads."""

from typing import Any

from value_scaling.records import ScalingError, Study
from value_scaling.records.stage import Stage
from value_scaling.store.project import Project


def require(project: Project, study: Study, stage: Stage[Any]) -> None:
    """Refuse a study that lacks the runs of a stage, or their metrics.

    Raises:
        ScalingError: the study lacks runs, or metrics besides their returns.
    """
    if stage.with_metrics and not study.archive("sweep").metrics:
        raise ScalingError(
            f"study {study.name}, archives.sweep",
            found="no `metrics`",
            expected="the folders of the metrics that were logged besides the returns",
            fix='add e.g. metrics = ["training.critic_pnorm_l2"] to the study file, if '
            "the archive has that folder for every setting",
        )
    if project.makes(study, stage):
        return
    if len(stage.any_of) == 1:
        require_set(project, study, stage.any_of[0])
    require_archives(project, study)
    files = [study.archives[n].file for n in stage.any_of if n in study.archives]
    raise ScalingError(
        f"study {study.name}",
        found="no archive of fitted or baseline runs",
        expected=" or ".join(files) or "[archives.ours] in the study file",
        fix=f"put one into {project.folders.archives}; {project.how_to_get(study)}",
    )


def require_set(project: Project, study: Study, set_name: str) -> None:
    """Refuse a study without the archive of a set."""
    study.archive(set_name)
    for each in project.absent(study):
        if each.set_name == set_name:
            raise each.error(study, fix=project.how_to_get(study))


def require_archives(project: Project, study: Study) -> None:
    """Refuse a study without any archive."""
    if not project.sets(study):
        gone = project.absent(study)
        raise ScalingError(
            project.folders.archives,
            found=f"no archive of study {study.name} ("
            + "; ".join(f"{each.path.name}: {each.found}" for each in gone)
            + ")",
            expected="one or more of " + ", ".join(each.path.name for each in gone),
            fix=f"{project.how_to_get(study)}, or correct `file` in the study file",
        )
