"""`scaling train` and `scaling plan`; JAX is imported only when one of them runs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from value_scaling.commands.text.words import lower_baselines
from value_scaling.records import SETS, Hyperparameters, ScalingError, Study
from value_scaling.records.axes import AXES
from value_scaling.store.folders import RUNS_VARIABLE, Folders
from value_scaling.store.project import Project
from value_scaling.store.studies.training import load_training
from value_scaling.workflow.pipeline import HYPERPARAMETERS

if TYPE_CHECKING:
    from value_scaling.sweep.plan.selection import Selection
    from value_scaling.sweep.plan.sets import SetPlan

UNFINISHED = 3
"""Exit code of `train` when it ends and not all settings are done."""


@dataclass(frozen=True)
class Asked:
    """What `scaling train` or `scaling plan` is asked to do."""

    root: Path | None
    study: str
    runs: str | None = None
    executor: str = "one"
    tasks: tuple[str, ...] = ()
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Values by the name of their axis; those of axes that are left out: all."""
    seeds: int | None = None
    set_name: str = SETS[0]
    checkpoint_seconds: float = 120.0
    ray_address: str | None = None
    tensorboard: bool = False


def train_study(asked: Asked) -> int:
    """Train the missing runs of one set; the same command goes on after any stop.

    Exit code 3: some settings are unfinished, as when another process trains them.
    """
    project, study = _open(asked)
    folders = project.folders
    _configure(folders, cpu=asked.executor != "one")  # GPUs are the workers'
    from value_scaling.learning.backend import on_cpu
    from value_scaling.sweep.cost import costs
    from value_scaling.sweep.host.memory import peak_memory
    from value_scaling.sweep.host.places import places
    from value_scaling.sweep.host.workers import workers
    from value_scaling.sweep.run.context import TrainingContext
    from value_scaling.sweep.run.loggers import Sinks, check
    from value_scaling.sweep.run.one_process import train_set
    from value_scaling.sweep.run.outcome import find_failures, unfinished, words
    from value_scaling.sweep.run.provenance import provenance

    loggers = {
        "wandb": os.environ.get("WANDB") == "1",
        "tensorboard": asked.tensorboard,
    }
    sinks = Sinks(
        names=tuple(name for name, wanted in loggers.items() if wanted),
        folder=folders.build / "logs",
    )
    check(sinks)
    plan = _plan(project, study, asked)
    name = f"{study.name} {plan.set_name}"
    print(costs.missing(name, plan.groups, len(plan.settings)), flush=True)
    if plan.groups:
        with on_cpu():  # the cost is stated in hours of a core
            processes = workers(asked.executor, places())
            one = costs.cost(plan.groups, plan.training, room=processes.room)
        print(costs.words(one, memory=peak_memory()), flush=True)
    context = TrainingContext(
        folder=plan.folder,
        training=plan.training,
        provenance=provenance(folders.root),
        checkpoint_seconds=asked.checkpoint_seconds,
        sinks=sinks,
    )
    if asked.executor == "local":
        from value_scaling.sweep.run.local import train_places

        whole = train_places(plan, context, places(), cache=folders.build / "jax")
    elif asked.executor == "ray":
        from value_scaling.sweep.run.ray_cluster import train_cluster

        cache, address = folders.build / "jax", asked.ray_address
        whole = train_cluster(plan, context, cache=cache, address=address)
    else:
        whole = train_set(plan, context)
    packed = plan.packed()
    for line in (*words(find_failures(plan, packed)), *unfinished(plan, packed)):
        print(line)
    print(f"whole: {plan.archive}" if whole else f"in part: {plan.partial}")
    return 0 if whole else UNFINISHED


def show_plan(asked: Asked) -> int:
    """Say what the missing runs of a study will take: each set, and all together.

    Before there is a fit of the sweep, the middle of each grid stands in for B*, η*.
    """
    project, study = _open(asked)
    _configure(project.folders, cpu=True)
    from value_scaling.sweep.cost import costs
    from value_scaling.sweep.host.memory import peak_memory
    from value_scaling.sweep.host.places import places
    from value_scaling.sweep.host.workers import workers
    from value_scaling.sweep.plan.groups import plan_groups
    from value_scaling.sweep.plan.selection import choose
    from value_scaling.sweep.plan.sets import plan_set
    from value_scaling.sweep.plan.settings import stand_ins

    part = _part(asked, study)
    training = part.of(load_training(study, project.folders))
    processes = workers(asked.executor, places())
    together = costs.NOTHING
    for name in SETS:
        fit = None if name == "sweep" else _fit(project, study)
        if name == "sweep" or fit is not None:
            plan = plan_set(study, name, training, project.folders, fit, part=part)
            groups, settings = plan.groups, plan.settings
            note = ""
        else:
            settings = choose(stand_ins(study), part, study, name)
            groups = plan_groups(study, name, settings, training, lambda _: False)
            note = (
                " (before the fit of the sweep: B and lr from the middle of the grid)"
            )
        one = costs.cost(groups, training, room=processes.room)
        together += one
        print(costs.missing(f"{study.name} {name}", groups, len(settings)) + note)
        if name == "baseline" and fit is not None:
            print("".join(f"  {line}\n" for line in lower_baselines(fit)), end="")
        print(costs.words(one, memory=peak_memory()), flush=True)
    print(costs.total(together, project.folders.root, processes))
    print(f"Runs go to {project.folders.archive(study, 'sweep')} and the like.")
    return 0


def _open(asked: Asked) -> tuple[Project, Study]:
    """Open the project whose archives the runs of the study go to.

    Archives that others publish are never written: such a study is trained afresh.

    Raises:
        ScalingError: published archives are asked for, and they are the authors'.
    """
    from value_scaling.fetch.archives import registry

    runs = asked.runs or os.environ.get(RUNS_VARIABLE)
    project = Project.at(asked.root, runs=runs)
    study = project.study(asked.study)
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
        project = Project.at(asked.root, runs="fresh")
    return project, project.study(asked.study)


def _configure(folders: Folders, *, cpu: bool) -> None:
    from value_scaling.learning.backend import configure

    configure(folders.build / "jax", cpu=cpu)


def _part(asked: Asked, study: Study) -> "Selection":
    from value_scaling.sweep.plan.selection import Selection, check

    part = Selection(
        tasks=asked.tasks,
        values={name: asked.values.get(name, ()) for name in AXES},
        seeds=asked.seeds,
    )
    check(part, study)
    return part


def _plan(project: Project, study: Study, asked: Asked) -> "SetPlan":
    from value_scaling.sweep.plan.sets import plan_set

    name = asked.set_name
    part = _part(asked, study)
    training = load_training(study, project.folders)
    fit = None if name == "sweep" else project.load(study, HYPERPARAMETERS)
    return plan_set(study, name, training, project.folders, fit, part=part)


def _fit(project: Project, study: Study) -> Hyperparameters | None:
    """Return the fit of the sweep as it is here; None: there is none."""
    try:
        return project.load(study, HYPERPARAMETERS)
    except ScalingError:
        return None
