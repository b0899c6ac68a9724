"""The options of `scaling train` and `scaling plan`, and the project they use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from value_scaling.fetch.archives import registry
from value_scaling.records import SETS, Hyperparameters, ScalingError, Study
from value_scaling.records.axes import AXES
from value_scaling.store.folders import RUNS_VARIABLE, Folders
from value_scaling.store.project import Project
from value_scaling.workflow.pipeline import HYPERPARAMETERS

if TYPE_CHECKING:
    from value_scaling.sweep.plan.selection import Selection


@dataclass(frozen=True)
class Request:
    """The options of `scaling train` or `scaling plan`."""

    root: Path | None
    study: str
    runs: str | None = None
    executor: str = "one"
    tasks: tuple[str, ...] = ()
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Chosen values by axis; all values of an axis that is not here."""
    seeds: int | None = None
    set_name: str = SETS[0]
    checkpoint_seconds: float = 120.0
    ray_address: str | None = None
    slurm: Mapping[str, str] = field(default_factory=dict)
    """Options of sbatch."""
    log: tuple[str, ...] = ()
    """Names of the services that get a copy of the runs."""
    as_json: bool = False


def open_project(request: Request) -> tuple[Project, Study]:
    """Open the project whose archives receive the runs, and its study.

    A study whose archives the authors publish is trained into fresh archives.

    Raises:
        ScalingError: the runs would overwrite archives that the authors publish.
    """
    runs = request.runs or os.environ.get(RUNS_VARIABLE)
    project = Project.at(request.root, runs=runs)
    study = project.study(request.study)
    fetched = {archive.file for archive in registry().values()}
    theirs = fetched & {rule.file for rule in study.archives.values()}
    if theirs and runs:
        raise ScalingError(
            f"study {study.name}, --runs {runs}",
            found=f"archives that its authors publish ({', '.join(sorted(theirs))})",
            expected="fresh archives, so that theirs are never overwritten",
            fix="give --runs fresh; with make: make full-replication, or RUNS=fresh",
        )
    if theirs:
        project = Project.at(request.root, runs="fresh")
    return project, project.study(request.study)


def configure_jax(folders: Folders, *, cpu: bool) -> None:
    """Choose JAX's device and its cache of compiled programs."""
    from value_scaling.learning.backend import configure

    configure(folders.build / "jax", cpu=cpu)


def selected(request: Request, study: Study) -> "Selection":
    """Return the part of a study that a request names.

    Raises:
        ScalingError: the study lacks a task or a value.
    """
    from value_scaling.sweep.plan.selection import Selection, check

    part = Selection(
        tasks=request.tasks,
        values={name: request.values.get(name, ()) for name in AXES},
        seeds=request.seeds,
    )
    check(part, study)
    return part


def fit_if_any(project: Project, study: Study) -> Hyperparameters | None:
    """Return the fit of the sweep; None if it is missing or stale."""
    try:
        return project.load(study, HYPERPARAMETERS)
    except ScalingError:
        return None
