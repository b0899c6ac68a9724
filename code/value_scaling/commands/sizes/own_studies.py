"""Studies of the user with several N, as studies of σ and N."""

import math
from dataclasses import replace

import numpy as np

from value_scaling.records import Curves, Study
from value_scaling.records.model_size.runs import SizeRuns
from value_scaling.records.model_size.study import (
    SizeArchive,
    SizeGroup,
    SizeStudy,
    SizeTask,
)
from value_scaling.records.study import StepRule
from value_scaling.store.archives.read import read_runs
from value_scaling.store.project import Project
from value_scaling.store.studies.load import list_studies

_SWEEP = "sweep"
_ALL_STEPS = 10**12
"""Last step: no row is left out."""


def study_with_sizes(project: Project, name: str) -> Study | None:
    """Return the user's study called `name` if its grid has several N, or None."""
    if name not in list_studies(project.folders):
        return None
    study = project.study(name)
    return study if study.has_several_sizes else None


def as_size_study(study: Study) -> SizeStudy:
    """Describe the grid search of a study with several N.

    Levels are normalised: 20 from the lowest to the highest of `fitted_levels`. In
    C = k·σ·N·D, k is 10·B, with the geometric mean of the grid's batch sizes, since the
    best B varies with σ and N.
    """
    rule = study.archive(_SWEEP)
    batches = [size for each in study.environments for size in each.batch_sizes]
    tasks = tuple(
        SizeTask(
            each.name,
            study.fitted_levels[0],
            study.fitted_levels[-1],
            study.delta,
            _ALL_STEPS,
        )
        for each in study.environments
    )
    archive = SizeArchive(rule.file, "grid", "", StepRule(0, 1))
    group = SizeGroup(
        study.name,
        study.title,
        study.algorithm,
        tasks,
        (archive,),
        flops_per_update=10 * math.exp(np.log(batches).mean()),
        reset_every=rule.reset_every,
        as_published=False,
    )
    return SizeStudy(study.name, study.title, (group,), digest=study.digest)


def own_size_runs(project: Project, study: Study, sizes: SizeStudy) -> SizeRuns:
    """Read the grid search of a study with several N, with normalised returns."""
    group = sizes.groups[0]
    path = project.folders.archive(study, _SWEEP)
    runs = read_runs(path, study, _SWEEP)

    def normalised(curve: Curves) -> Curves:
        environment = study.environment(curve.setting.env)
        return replace(curve, returns=environment.normalised(curve.returns, _SWEEP))

    curves = tuple(normalised(curve) for curve in runs.curves)
    none = (0,) * len(curves)
    return SizeRuns(group, group.archives[0], curves, none, 0, runs.digest)
