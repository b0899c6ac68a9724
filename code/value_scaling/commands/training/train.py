"""`scaling train`: train the missing runs of one set of a study.

JAX is imported only when the command runs.
"""

import os
from typing import TYPE_CHECKING

from value_scaling.commands.console import show
from value_scaling.commands.text.parts import TextPart, listing
from value_scaling.commands.training.cost_table import cost_table
from value_scaling.commands.training.request import (
    Request,
    configure_jax,
    open_project,
    selected,
)
from value_scaling.records import Setting, Study
from value_scaling.store.project import Project
from value_scaling.store.studies.training import load_training
from value_scaling.workflow.pipeline import HYPERPARAMETERS

if TYPE_CHECKING:
    from value_scaling.sweep.plan.sets import SetPlan
    from value_scaling.sweep.run.outcome import Failures

UNFINISHED = 3
"""Exit code of `train` if settings are unfinished at its end."""
_SHOWN = 12
"""Number of settings that a table of the outcome names."""


def train_study(request: Request) -> int:
    """Train the missing runs of one set. The same command continues after any stop.

    The exit code is 3 if settings are unfinished, e.g. while another process trains
    them.
    """
    project, study = open_project(request)
    folders = project.folders
    configure_jax(folders, cpu=request.executor != "one")  # workers use the GPUs
    from value_scaling.learning.backend import on_cpu
    from value_scaling.sweep.cost import costs
    from value_scaling.sweep.host.processors import processors
    from value_scaling.sweep.host.workers import workers
    from value_scaling.sweep.run.context import TrainingContext
    from value_scaling.sweep.run.loggers import SINKS, Sinks, check
    from value_scaling.sweep.run.one_process import train_set
    from value_scaling.sweep.run.outcome import find_failures, unfinished
    from value_scaling.sweep.run.provenance import provenance

    wanted = {*request.log, *(["wandb"] if os.environ.get("WANDB") == "1" else [])}
    sinks = Sinks(
        names=tuple(name for name in SINKS if name in wanted),
        folder=folders.build / "logs",
    )
    check(sinks)
    plan = _plan(project, study, request)
    missing, total = sum(len(g.settings) for g in plan.groups), len(plan.settings)
    name = f"{study.name} {plan.set_name}"
    print(f"{name}: {missing} of {total} settings are missing", flush=True)
    if plan.groups:
        with on_cpu():  # the cost is stated in hours of a core
            processes = workers(request.executor, processors())
            one = costs.cost(plan.groups, plan.training, available=processes.available)
        show(*cost_table([(plan.set_name, missing, total, one)]))
    context = TrainingContext(
        folder=plan.folder,
        training=plan.training,
        provenance=provenance(folders.root),
        checkpoint_seconds=request.checkpoint_seconds,
        sinks=sinks,
        targets=plan.targets,
    )
    cache = folders.build / "jax"
    if request.executor == "local":
        from value_scaling.sweep.run.local import train_host

        whole = train_host(plan, context, processors(), cache=cache)
    elif request.executor == "ray":
        from value_scaling.sweep.run.clusters.ray_cluster import train_cluster

        address = request.ray_address
        whole = train_cluster(plan, context, cache=cache, address=address)
    elif request.executor == "slurm":
        from value_scaling.sweep.run.clusters.slurm_cluster import train_slurm

        whole = train_slurm(plan, context, cache=cache, options=request.slurm)
    else:
        whole = train_set(plan, context)
    packed = plan.packed()
    show(
        *failure_table(find_failures(plan, packed)),
        *_unfinished_table(unfinished(plan, packed), total),
        f"whole: {plan.archive}" if whole else f"in part: {plan.partial}",
    )
    return 0 if whole else UNFINISHED


def _plan(project: Project, study: Study, request: Request) -> "SetPlan":
    from value_scaling.sweep.plan.sets import plan_set
    from value_scaling.sweep.plan.widths import check_set

    name = request.set_name
    part = selected(request, study)
    training = load_training(study, project.folders)
    check_set(name, training)
    fit = None if name == "sweep" else project.load(study, HYPERPARAMETERS)
    return plan_set(study, name, training, project.folders, fit, part=part)


def failure_table(failures: "tuple[Failures, ...]") -> list[TextPart]:
    """Return the runs that failed; settings without any run left come first."""
    if not failures:
        return []
    runs = sum(len(each.failed_at) for each in failures)
    ranked = sorted(failures, key=lambda each: not each.all)
    rows = [(f"{each.setting}", each.words) for each in ranked[:_SHOWN]]
    return [
        f"{runs} runs failed (networks, rewards or observations that are not finite) "
        "and are left out of every curve; the archive's manifest names them:",
        *listing(("setting", "failed"), rows),
        *_more(len(ranked)),
    ]


def _unfinished_table(left: tuple[Setting, ...], total: int) -> list[TextPart]:
    if not left:
        return []
    return [
        f"{len(left)} of {total} settings are unfinished; another process may be "
        "training them:",
        *listing(("setting",), [(f"{setting}",) for setting in left[:_SHOWN]]),
        *_more(len(left)),
    ]


def _more(count: int) -> list[str]:
    return [f"and {count - _SHOWN} more settings"] if count > _SHOWN else []
